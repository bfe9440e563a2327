# Prints "stepped".
from loop import run
from steps import step

print(run(step()))
