import multiprocessing as mp
import queue
from typing import Any, Optional

def workers() -> list[Any]:
    return [mp.Process(target=print) for _ in range(3)]

def pair() -> tuple:
    return queue.Queue(), 1

def named() -> dict[str, Any]:
    return {"q": queue.Queue()}

def perhaps(flag) -> Optional[Any]:
    if flag:
        return queue.Queue()
    return None

def sure() -> list[int]:
    return [queue.Queue()]

def contradicted() -> list:
    return queue.Queue()

def lost(x) -> list[Any]:
    return x

reveal_type(workers())  # [multiprocessing.Process]
reveal_type(pair()[0])  # queue.Queue
reveal_type(named()["q"])  # queue.Queue
reveal_type(perhaps(1))  # None | queue.Queue
reveal_type(sure())  # [int]
reveal_type(contradicted())  # [?]
reveal_type(lost(open("x")))  # [?]
