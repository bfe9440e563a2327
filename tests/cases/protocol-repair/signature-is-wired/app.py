# Prints "wired k".
import inspect

import store


def use(where: store.Store):
    return where.load("k")


def call(function, values):
    wanted = inspect.signature(function).parameters.values()
    chosen = [next(one for one in values if isinstance(one, parameter.annotation)) for parameter in wanted]
    return function(*chosen)


print("wired", call(use, [1, store.Memory()]))
