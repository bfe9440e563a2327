//! Declared types that leave something open, completed by what flows.

use super::check;

#[test]
fn returned_values_complete_the_declared_type() {
    check(&[(
        "/w/a.py",
        r#"
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
"#,
    )]);
}

#[test]
fn assigned_values_complete_the_declared_type() {
    check(&[(
        "/w/a.py",
        r#"
import multiprocessing as mp
import queue
from typing import Any

WORKERS: list = []

class Pool:
    procs: list
    anything: Any
    queues: dict[str, Any] = {}
    unset: Any
    sure: list[int]

    def __init__(self):
        self.procs = []
        self.anything = queue.Queue()
        self.lock: Any = mp.Lock()
        self.more: list[Any] = []
        self.sure = [queue.Queue()]

    def start(self):
        for i in range(3):
            self.procs.append(mp.Process(target=print))
        self.queues["a"] = queue.Queue()
        self.more.append(mp.Event())
        WORKERS.append(mp.Process(target=print))

    def stop(self):
        for p in self.procs:
            reveal_type(p)  # multiprocessing.Process
        reveal_type(self.anything)  # queue.Queue
        reveal_type(self.queues["a"])  # queue.Queue
        reveal_type(self.lock)  # multiprocessing.Lock
        reveal_type(self.more[0])  # multiprocessing.Event
        reveal_type(self.unset)  # ?
        reveal_type(self.sure[0])  # int
        reveal_type(WORKERS[0])  # multiprocessing.Process

def f(flag):
    q: Any
    if flag:
        q = queue.Queue()
    else:
        q = queue.LifoQueue()
    reveal_type(q)  # queue.LifoQueue | queue.Queue
    many: list = [queue.Queue()]
    reveal_type(many)  # [queue.Queue]
    said: list = open("x")
    reveal_type(said)  # [?]
"#,
    )]);
}

#[test]
fn passed_values_complete_the_declared_type() {
    check(&[(
        "/w/a.py",
        r#"
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

def nobody(procs: list, x: Any):
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
"#,
    )]);
}

#[test]
fn fields_are_filled_by_those_who_make_the_object() {
    check(&[(
        "/w/a.py",
        r"
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
",
    )]);
}

#[test]
fn a_type_variable_stands_for_what_is_given() {
    check(&[(
        "/w/a.py",
        r#"
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
"#,
    )]);
}
