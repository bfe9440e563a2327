//! Attributes by name, functions that others call later, classes in capitals, and what patterns bind.

use super::check;

#[test]
fn attributes_are_read_and_set_by_name() {
    check(&[(
        "/w/a.py",
        r#"
import queue
import threading

class Holder:
    done = None

    def __init__(self, name):
        self.q = queue.Queue()
        setattr(self, "lock", threading.Lock())
        setattr(self, name, 3)

    def use(self, name):
        reveal_type(getattr(self, "q"))  # queue.Queue
        reveal_type(getattr(self, "q", None))  # queue.Queue
        reveal_type(getattr(self, "q", 3))  # int | queue.Queue
        reveal_type(getattr(self, name))  # ?
        reveal_type(getattr(self, "absent", None))  # ?
        reveal_type(getattr(name, "q", None))  # ?
        reveal_type(self.lock)  # threading.Lock
        reveal_type(self.done)  # None | threading.Event

holder = Holder("x")
setattr(holder, "done", threading.Event())
reveal_type(getattr(queue, "Queue")())  # queue.Queue
"#,
    )]);
}

#[test]
fn later_calls_pass_arguments() {
    check(&[(
        "/w/a.py",
        r"
import asyncio
import atexit
import queue
import signal
import threading
import weakref

def finalized(q, *, lock):
    reveal_type(q)  # queue.Queue
    reveal_type(lock)  # threading.Lock

def at_exit(q):
    reveal_type(q)  # queue.Queue

def later(q):
    reveal_type(q)  # queue.Queue

def soon(q):
    reveal_type(q)  # queue.Queue

def on_signal(number, frame):
    reveal_type(number)  # int
    reveal_type(frame)  # ?

class Server:
    def stop(self, number, frame=None):
        reveal_type(number)  # int
        reveal_type(frame)  # ?

    def start(self):
        signal.signal(signal.SIGTERM, self.stop)

def on_loop(q):
    reveal_type(q)  # queue.Queue

def main(owner, loop: asyncio.AbstractEventLoop):
    q = queue.Queue()
    weakref.finalize(owner, finalized, q, lock=threading.Lock())
    atexit.register(at_exit, q)
    loop.call_later(3, later, q)
    loop.call_soon_threadsafe(soon, q)
    loop.add_signal_handler(signal.SIGINT, on_loop, q)
    signal.signal(signal.SIGINT, on_signal)
",
    )]);
}

#[test]
fn classes_in_capitals() {
    check(&[(
        "/w/a.py",
        r#"
import ctypes
import os
import smtplib
from smtplib import SMTP
from typing import TypeVar
from ultralytics import YOLO
from limits import MAX_SIZE, T

reveal_type(YOLO("x.pt"))  # ultralytics.YOLO
reveal_type(SMTP("host"))  # smtplib.SMTP
reveal_type(smtplib.SMTP("host").quit)  # method smtplib.SMTP.quit
reveal_type(MAX_SIZE())  # ?
reveal_type(T())  # ?
reveal_type(os.WEXITSTATUS(3))  # ?
reveal_type(ctypes.POINTER(int))  # ?
reveal_type(NOWHERE())  # ?
"#,
    )]);
}

#[test]
fn patterns_bind_captures_alone() {
    check(&[(
        "/w/a.py",
        r#"
class Shape: pass
class Color:
    RED = 1

def f(value):
    match value:
        case Shape():
            reveal_type(Shape)  # class Shape
        case Shape  (x=1) | Shape(y=2) if value:
            reveal_type(Shape)  # class Shape
        case Color.RED:
            reveal_type(Color)  # class Color

def g(value):
    match value:
        case [Shape, *Color]:
            reveal_type(Shape)  # ?
            reveal_type(Color)  # ?

def h(value):
    match value:
        case Shape(x=Color) as y:
            reveal_type(Shape)  # class Shape
            reveal_type(Color)  # ?
            reveal_type(y)  # ?
        case {"a": 1, **rest}:
            reveal_type(rest)  # ?
"#,
    )]);
}
