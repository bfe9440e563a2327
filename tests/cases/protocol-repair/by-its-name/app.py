# Prints "is True".
import importlib

from ports import Relay


def is_a(driver, path):
    module, _, name = path.rpartition(".")
    return isinstance(driver, getattr(importlib.import_module(module), name))


if __name__ == "__main__":
    print("is", is_a(Relay(), "ports.Power"))
