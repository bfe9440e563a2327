# Prints "staged".
import importlib
import os

for name in sorted(os.listdir(os.path.dirname(os.path.abspath(__file__)))):
    head, _, tail = name.partition(".")
    if tail == "py" and head != "app":
        importlib.import_module(head)
