# Prints "n True".
import abc
import store

print("n", isinstance(store.Memory, abc.ABCMeta))
