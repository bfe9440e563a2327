# Prints "Memory is a Store".
import store


def of(cls):
    return [base.__name__ for base in cls.__bases__]


print("Memory is a", *[name for name in of(store.Memory) if name != "object"])
