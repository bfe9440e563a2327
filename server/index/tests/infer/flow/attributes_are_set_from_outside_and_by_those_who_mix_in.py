import queue

class Plain:
    q = None

class Mixin:
    def take(self):
        reveal_type(self.q)  # queue.Queue

class User(Mixin):
    def __init__(self):
        self.q = queue.Queue()

plain = Plain()
plain.q = queue.Queue()
reveal_type(plain.q)  # None | queue.Queue
