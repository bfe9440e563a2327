import queue
import threading

def fast(q):
    reveal_type(q)  # queue.Queue

def slow(q):
    reveal_type(q)  # queue.Queue

def either(q):
    reveal_type(q)  # queue.Queue

def first(q):
    reveal_type(q)  # queue.Queue

def second(q):
    reveal_type(q)  # queue.LifoQueue

def with_tuple(q):
    reveal_type(q)  # ?

def with_other(q):
    reveal_type(q)  # ?

def looped(q):
    reveal_type(q)  # queue.Queue

class Worker:
    def one(self, q):
        reveal_type(q)  # queue.Queue

    def start(self, quick):
        target = self.one
        threading.Thread(target=target, args=(queue.Queue(),)).start()

def main(quick):
    q = queue.Queue()
    if quick:
        target = fast
    else:
        target = slow
    threading.Thread(target=target, args=(q,)).start()
    threading.Thread(target=either if quick else fast, args=(q,)).start()
    for each in (looped, fast):
        threading.Thread(target=each, args=(q,)).start()

def again():
    run = first
    threading.Thread(target=run, args=(queue.Queue(),)).start()
    run = second
    threading.Thread(target=run, args=(queue.LifoQueue(),)).start()

def together(quick):
    if quick:
        target = with_tuple
        args = (queue.Queue(),)
    else:
        target = with_other
        args = (queue.LifoQueue(),)
    threading.Thread(target=target, args=args).start()
