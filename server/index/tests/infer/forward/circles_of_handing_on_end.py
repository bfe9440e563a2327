import queue

def ping(*args, **kwargs):
    pong(*args, **kwargs)
    done(*args, **kwargs)

def pong(*args, **kwargs):
    ping(*args, **kwargs)
    done(*args, **kwargs)

def done(q, other=None):
    reveal_type(q)  # queue.Queue
    reveal_type(other)  # None | int

one = queue.Queue()
ping(one)
pong(one, other=3)
