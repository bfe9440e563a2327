# Prints "staged".
from importlib import import_module as load
load("st" + "age")
