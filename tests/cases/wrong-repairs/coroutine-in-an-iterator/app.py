# Prints "stepped".
import loop, steps
print(*loop.Own(steps.step()))
