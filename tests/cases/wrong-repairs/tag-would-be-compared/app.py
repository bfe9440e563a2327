import queue
from typing import TypedDict


class Move(TypedDict):
    x: int
    y: int


class Say(TypedDict):
    text: str


inbox: "queue.Queue[Move | Say]" = queue.Queue()
inbox.put(Move(x=1, y=2))
inbox.put(Say(text="hi"))

first, second = inbox.get(timeout=1), inbox.get(timeout=1)
other = first
print(other == first, first == second)
