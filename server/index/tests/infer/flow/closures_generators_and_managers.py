import queue
from contextlib import contextmanager

def outer(q):
    def inner():
        reveal_type(q)  # queue.Queue
    return inner

@contextmanager
def opened():
    q = queue.Queue()
    yield q

def each():
    yield queue.Queue()

outer(queue.Queue())
with opened() as q:
    reveal_type(q)  # queue.Queue
for one in each():
    reveal_type(one)  # queue.Queue
