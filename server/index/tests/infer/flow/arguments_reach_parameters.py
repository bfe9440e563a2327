import multiprocessing as mp
import queue

def plain(q, n=3):
    reveal_type(q)  # queue.Queue
    reveal_type(n)  # int

def by_name(*, q):
    reveal_type(q)  # queue.Queue

def uncalled(q):
    reveal_type(q)  # ?

class Worker:
    def __init__(self, q):
        self.q = q

    def take(self, event):
        reveal_type(self.q)  # multiprocessing.queues.Queue
        reveal_type(event)  # multiprocessing.Event

    @staticmethod
    def still(q):
        reveal_type(q)  # queue.Queue

plain(queue.Queue())
by_name(q=queue.Queue())
worker = Worker(mp.Queue())
worker.take(mp.Event())
Worker.still(queue.Queue())
