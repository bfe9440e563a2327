# Prints "staged".
import steps.first

print(steps.first.__name__)
