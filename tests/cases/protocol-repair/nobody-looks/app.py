# Prints "loaded k".
import store


def use(where: store.Store) -> str:
    return where.load("k")


print("loaded", use(store.Memory()), vars(store.Memory()) or "")
