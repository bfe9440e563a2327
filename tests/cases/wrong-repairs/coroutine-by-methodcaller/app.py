# Prints "stepped".
from operator import methodcaller

from steps import step

begin = methodcaller("send", None)
try:
    begin(step())
except StopIteration as end:
    print(end.value)
