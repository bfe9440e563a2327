import queue
import threading
from functools import partial

def run(q, n=0, lock=None):
    reveal_type(q)  # queue.Queue
    reveal_type(n)  # int | str
    reveal_type(lock)  # None | threading.Lock

def in_thread(*args, **kwargs):
    def inner():
        threading.Thread(target=run, args=args, kwargs=kwargs).start()
    inner()

def direct(label, *args, **kwargs):
    run(*args, **kwargs)

def first(q, **kwargs):
    run(q, **kwargs)

one = queue.Queue()
in_thread(one, lock=threading.Lock())
direct("label", one, "n")
direct(label="label", q=one)
first(one, n=1)
