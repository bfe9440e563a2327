# Prints "Memory Store".
import store

names = [cls.__name__ for cls in type(store.Memory()).mro()]
print(*[name for name in names if name not in ("ABC", "object")])
