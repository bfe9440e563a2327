import multiprocessing as mp
import queue
from typing import Any, Optional

def stop(procs: list, q: Optional[Any], names: dict):
    reveal_type(procs)  # [multiprocessing.Process]
    reveal_type(q)  # None | queue.Queue
    reveal_type(names["a"])  # queue.Queue

def sure(procs: list[int]):
    reveal_type(procs)  # [int]

def contradicted(procs: list):
    reveal_type(procs)  # [?]

def uncalled(procs: list, x: Any):
    reveal_type(procs)  # [?]
    reveal_type(x)  # ?

def ping(procs: list):
    reveal_type(procs)  # [queue.Queue]
    pong(procs)

def pong(procs: list):
    reveal_type(procs)  # [queue.Queue]
    ping(procs)

stop([mp.Process(target=print)], queue.Queue(), {"a": queue.Queue()})
sure([queue.Queue()])
contradicted([queue.Queue()])
contradicted(queue.Queue())
ping([queue.Queue()])
