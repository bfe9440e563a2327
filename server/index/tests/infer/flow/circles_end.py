import queue

def ping(q, n):
    reveal_type(q)  # queue.Queue
    pong(q, n)

def pong(q, n):
    reveal_type(q)  # queue.Queue
    ping(q, n - 1)

ping(queue.Queue(), 3)
