import multiprocessing as mp
import queue
from typing import Any

WORKERS: list = []

class Pool:
    procs: list
    anything: Any
    queues: dict[str, Any] = {}
    unset: Any
    sure: list[int]

    def __init__(self):
        self.procs = []
        self.anything = queue.Queue()
        self.lock: Any = mp.Lock()
        self.more: list[Any] = []
        self.sure = [queue.Queue()]

    def start(self):
        for i in range(3):
            self.procs.append(mp.Process(target=print))
        self.queues["a"] = queue.Queue()
        self.more.append(mp.Event())
        WORKERS.append(mp.Process(target=print))

    def stop(self):
        for p in self.procs:
            reveal_type(p)  # multiprocessing.Process
        reveal_type(self.anything)  # queue.Queue
        reveal_type(self.queues["a"])  # queue.Queue
        reveal_type(self.lock)  # multiprocessing.Lock
        reveal_type(self.more[0])  # multiprocessing.Event
        reveal_type(self.unset)  # ?
        reveal_type(self.sure[0])  # int
        reveal_type(WORKERS[0])  # multiprocessing.Process

def f(flag):
    q: Any
    if flag:
        q = queue.Queue()
    else:
        q = queue.LifoQueue()
    reveal_type(q)  # queue.LifoQueue | queue.Queue
    many: list = [queue.Queue()]
    reveal_type(many)  # [queue.Queue]
    said: list = open("x")
    reveal_type(said)  # [?]
