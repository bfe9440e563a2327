import queue
from typing import TypeVar

T = TypeVar("T")

def same(value: T) -> T:
    reveal_type(value)  # queue.Queue
    return value

def send(inbox: "queue.Queue[T]", message: T) -> None:
    reveal_type(inbox)  # queue.Queue[?] | queue.Queue[?]
    reveal_type(message)  # int | str

reveal_type(same(queue.Queue()))  # queue.Queue
send(queue.Queue(), "x")
send(queue.Queue(), 3)
