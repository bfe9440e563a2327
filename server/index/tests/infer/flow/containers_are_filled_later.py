import multiprocessing as mp

WORKERS = []

class Pool:
    def __init__(self):
        self.procs = []
        self.queues = {}

    def start(self):
        for i in range(3):
            p = mp.Process(target=print)
            self.procs.append(p)
            self.queues[i] = mp.Queue()

    def stop(self):
        for p in self.procs:
            reveal_type(p)  # multiprocessing.Process
        for q in self.queues.values():
            reveal_type(q)  # multiprocessing.queues.Queue

def start():
    WORKERS.append(mp.Process(target=print))
    local = []
    local.append(mp.Queue())
    reveal_type(local[0])  # multiprocessing.queues.Queue
    more = list()
    more.extend(local)
    reveal_type(more.pop())  # multiprocessing.queues.Queue

def stop():
    for worker in WORKERS:
        reveal_type(worker)  # multiprocessing.Process
