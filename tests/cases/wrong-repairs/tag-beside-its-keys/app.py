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


def work() -> None:
    seen: list[object] = []
    while not inbox.empty():
        message = inbox.get(timeout=1)
        if "text" in message:
            seen.append(message["text"])
        else:
            seen.append(message["x"] + message.get("y", 0))
    print(*seen)


work()
