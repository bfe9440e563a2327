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

import json


def dump(messages: list[object]) -> str:
    return json.dumps(messages)


taken: list[object] = []
for _ in range(2):
    taken.append(inbox.get(timeout=1))
print(dump(taken))
