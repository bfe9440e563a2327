import multiprocessing as mp
import queue

def agreed(q: mp.Queue):
    reveal_type(q)  # multiprocessing.queues.Queue

def proxy(q: mp.Queue):
    reveal_type(q)  # multiprocessing.managers.Queue

def contradicted(q: queue.Queue):
    reveal_type(q)  # ?

agreed(mp.Queue())
proxy(mp.Manager().Queue())
contradicted(mp.Event())
