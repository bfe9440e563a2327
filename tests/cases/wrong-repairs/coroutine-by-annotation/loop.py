from collections.abc import Coroutine


def run(c: Coroutine):
    try:
        c.send(None)
    except StopIteration as end:
        return end.value
