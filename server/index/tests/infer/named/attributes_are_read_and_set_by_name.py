import queue
import threading

class Holder:
    done = None

    def __init__(self, name):
        self.q = queue.Queue()
        setattr(self, "lock", threading.Lock())
        setattr(self, name, 3)

    def use(self, name):
        reveal_type(getattr(self, "q"))  # queue.Queue
        reveal_type(getattr(self, "q", None))  # queue.Queue
        reveal_type(getattr(self, "q", 3))  # int | queue.Queue
        reveal_type(getattr(self, name))  # ?
        reveal_type(getattr(self, "absent", None))  # ?
        reveal_type(getattr(name, "q", None))  # ?
        reveal_type(self.lock)  # threading.Lock
        reveal_type(self.done)  # None | threading.Event

holder = Holder("x")
setattr(holder, "done", threading.Event())
reveal_type(getattr(queue, "Queue")())  # queue.Queue
