import queue, multiprocessing as mp
from multiprocessing import Queue as Q
import queue as Queue
import torch.multiprocessing as tmp
def f():
    from queue import LifoQueue
    reveal_type(LifoQueue())  # queue.LifoQueue
reveal_type(queue.Queue())  # queue.Queue
reveal_type(mp.Queue())  # multiprocessing.queues.Queue
reveal_type(Q(5))  # multiprocessing.queues.Queue
reveal_type(Queue.Queue())  # queue.Queue
reveal_type(tmp.Queue())  # multiprocessing.queues.Queue
ctx = mp.get_context('spawn')
reveal_type(ctx.Queue())  # multiprocessing.queues.Queue
m = mp.Manager()
reveal_type(m.Queue())  # multiprocessing.managers.Queue
a, b = mp.Pipe()
reveal_type(b)  # multiprocessing.connection.Connection
with mp.Manager() as n:
    reveal_type(n.Event())  # threading.Event
