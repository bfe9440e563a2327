import queue
from dataclasses import dataclass
from pydantic import BaseModel
from typing import Any

@dataclass
class Data:
    q: Any
    many: list

    def reset(self):
        self.q = queue.Queue()
        self.many = [queue.Queue()]

    def use(self):
        reveal_type(self.q)  # ?
        reveal_type(self.many)  # [?]

class Model(BaseModel):
    q: Any

    def reset(self):
        self.q = queue.Queue()

    def use(self):
        reveal_type(self.q)  # ?

class Mixin:
    q: Any

    def use(self):
        reveal_type(self.q)  # queue.Queue

class User(Mixin):
    def __init__(self):
        self.q = queue.Queue()

class Plain:
    q: Any

plain = Plain()
plain.q = queue.Queue()
reveal_type(plain.q)  # queue.Queue
