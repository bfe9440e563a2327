import multiprocessing as mp
import queue
import threading

manager = mp.Manager()

class Worker:
    shared: mp.Queue
    thread: threading.Thread | None = None

    def __init__(self):
        self.inbox: mp.Queue | None = None
        self.items: "queue.Queue[int]"
        self.other: queue.Queue = queue.Queue()

    def start(self, given):
        self.inbox = manager.Queue()
        self.shared = manager.Queue()
        self.items = queue.Queue()
        self.other = given
        self.thread = threading.Thread(target=print)

    def use(self):
        reveal_type(self.inbox)  # None | multiprocessing.managers.Queue
        reveal_type(self.shared)  # multiprocessing.managers.Queue
        reveal_type(self.items)  # queue.Queue[int]
        reveal_type(self.other)  # queue.Queue
        reveal_type(self.thread)  # None | threading.Thread

class Contradicted:
    def __init__(self):
        self.q: queue.Queue | None = None

    def start(self):
        self.q = mp.Event()
        reveal_type(self.q)  # None | queue.Queue
