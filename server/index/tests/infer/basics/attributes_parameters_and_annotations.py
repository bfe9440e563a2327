import queue
import multiprocessing as mp
from typing import Optional, TYPE_CHECKING
if TYPE_CHECKING:
    from multiprocessing.queues import Queue
class W:
    events: 'queue.Queue[int]'
    late = None
    def __init__(self, inbox: Optional['Queue[str]'], raw):
        self.q = queue.Queue()
        self.inbox = inbox
        self.raw = raw
        self.late = mp.Event()
        self.a, self.b = mp.Pipe()
    def run(self):
        reveal_type(self.q)  # queue.Queue
        reveal_type(self.inbox)  # None | multiprocessing.queues.Queue[str]
        reveal_type(self.raw)  # ?
        reveal_type(self.events)  # queue.Queue[int]
        reveal_type(self.late)  # None | multiprocessing.Event
        reveal_type(self.a)  # multiprocessing.connection.Connection
        reveal_type(self.q.get)  # method queue.Queue.get
def g(x: mp.Queue, y: 'mp.Queue | None', *zs: queue.Queue):
    reveal_type(x)  # multiprocessing.queues.Queue
    reveal_type(y)  # None | multiprocessing.queues.Queue
    for z in zs:
        reveal_type(z)  # queue.Queue
