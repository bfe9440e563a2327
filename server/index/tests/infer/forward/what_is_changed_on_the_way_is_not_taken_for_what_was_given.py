import queue

def popped(q=None):
    reveal_type(q)  # ?

def pops(**kwargs):
    kwargs.pop("q")
    popped(**kwargs)

def set(q=None, n=None):
    reveal_type(q)  # queue.LifoQueue | queue.Queue
    reveal_type(n)  # None | int

def sets(**kwargs):
    kwargs.setdefault("q", queue.Queue())
    kwargs.pop("other", None)
    set(**kwargs)

def rebound(q=None):
    reveal_type(q)  # ?

def rebinds(*args):
    args = load(args)
    rebound(*args)

def uncalled(q=None):
    reveal_type(q)  # ?

def calls(*args):
    uncalled(*args)

def middle(q, n):
    reveal_type(q)  # ?
    reveal_type(n)  # ?

def hands(*args):
    middle(*args, 3)

def taken(n=1):
    reveal_type(n)  # int

def takes(n, **kwargs):
    taken(**kwargs)

pops(q=queue.Queue())
sets(q=queue.LifoQueue())
sets(n=3)
rebinds(queue.Queue())
hands(queue.Queue())
takes(n=queue.Queue())
