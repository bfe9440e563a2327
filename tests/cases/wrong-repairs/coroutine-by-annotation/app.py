# Prints "stepped".
import loop, steps
print(loop.run(steps.step()))
