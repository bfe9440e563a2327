# Prints "n True".
import store


class Other:
    pass


store.Memory.register(Other)
print("n", isinstance(Other(), store.Memory))
