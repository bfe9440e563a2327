# Prints "stepped".
from runner import start
from steps import step

print(start(step))
