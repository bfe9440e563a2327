# Prints "_abc_impl load".
import store

print(*[name for name in dir(store.Memory()) if not name.startswith("__")])
