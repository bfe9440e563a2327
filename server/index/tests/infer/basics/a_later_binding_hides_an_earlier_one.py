import yaml, queue
def f(flag):
    q = {}
    reveal_type(q)  # {nothing}
    q = queue.Queue()
    reveal_type(q)  # queue.Queue
    if flag:
        q = None
    reveal_type(q)  # None | queue.Queue
def g():
    yaml = open('x')
    reveal_type(yaml)  # ?
def h(q=None):
    if q is None:
        q = queue.Queue()
    reveal_type(q)  # ? | queue.Queue
