# Prints "staged".
import steps.stage

print(steps.stage.__name__)
