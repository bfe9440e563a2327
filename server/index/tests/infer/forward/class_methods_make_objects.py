import queue

class Base:
    def __init__(self, q, n=None):
        self.q = q
        reveal_type(q)  # queue.Queue
        reveal_type(n)  # None | int

    @classmethod
    def made(cls, *args):
        return cls(*args)

class Derived(Base):
    def __init__(self, label, q):
        super().__init__(q, 3)
        reveal_type(label)  # str
        reveal_type(q)  # queue.Queue

    @classmethod
    def labelled(cls, q):
        return cls('label', q)

one = queue.Queue()
Base.made(one)
Derived.labelled(one)
