//! Objects that go through calls, containers, closures and other people's hands.

use super::check;

#[test]
fn arguments_reach_parameters() {
    check(&[(
        "/w/a.py",
        r"
import multiprocessing as mp
import queue

def plain(q, n=3):
    reveal_type(q)  # queue.Queue
    reveal_type(n)  # int

def by_name(*, q):
    reveal_type(q)  # queue.Queue

def nobody(q):
    reveal_type(q)  # ?

class Worker:
    def __init__(self, q):
        self.q = q

    def take(self, event):
        reveal_type(self.q)  # multiprocessing.queues.Queue
        reveal_type(event)  # multiprocessing.Event

    @staticmethod
    def still(q):
        reveal_type(q)  # queue.Queue

plain(queue.Queue())
by_name(q=queue.Queue())
worker = Worker(mp.Queue())
worker.take(mp.Event())
Worker.still(queue.Queue())
",
    )]);
}

#[test]
fn others_call_on_our_behalf() {
    check(&[(
        "/w/a.py",
        r#"
import asyncio
import multiprocessing as mp
import threading
from concurrent.futures import ProcessPoolExecutor
from functools import partial

def target(q, conn):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(conn)  # multiprocessing.connection.Connection

def in_thread(q, stop=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(stop)  # threading.Event

def submitted(q):
    reveal_type(q)  # multiprocessing.queues.Queue

def mapped(q):
    reveal_type(q)  # multiprocessing.queues.Queue

def starred(i, q):
    reveal_type(q)  # multiprocessing.queues.Queue

def initializer(q):
    reveal_type(q)  # multiprocessing.queues.Queue

def in_executor(q):
    reveal_type(q)  # multiprocessing.queues.Queue

def bound_early(q, n):
    reveal_type(q)  # multiprocessing.queues.Queue

def with_context(q):
    reveal_type(q)  # multiprocessing.queues.Queue

async def main(loop):
    await loop.run_in_executor(None, in_executor, q)

if __name__ == "__main__":
    q = mp.Queue()
    a, b = mp.Pipe()
    mp.Process(target=target, args=(q, a)).start()
    threading.Thread(target=in_thread, args=(q,), kwargs={"stop": threading.Event()}).start()
    with ProcessPoolExecutor(initializer=initializer, initargs=(q,)) as pool:
        pool.submit(submitted, q)
        pool.map(mapped, [q, q])
    with mp.Pool() as pool:
        pool.starmap(starred, [(i, q) for i in range(3)])
    f = partial(bound_early, q)
    ctx = mp.get_context("spawn")
    arguments = (q,)
    ctx.Process(target=with_context, args=arguments)
"#,
    )]);
}

#[test]
fn methods_and_subclasses_are_called_too() {
    check(&[
        (
            "/w/base.py",
            r"
from multiprocessing import Process

class Stage(Process):
    def __init__(self, inbox, outbox=None):
        super().__init__()
        self.inbox = inbox
        self.outbox = outbox

    def run(self):
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

    def hand(self, lock):
        reveal_type(lock)  # multiprocessing.Lock
",
        ),
        (
            "/w/app.py",
            r"
import multiprocessing as mp
from base import Stage

class Reader(Stage):
    def __init__(self, frames):
        super().__init__(frames)

    def run(self):
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

    def hand(self, lock):
        reveal_type(lock)  # multiprocessing.Lock

def main():
    frames = mp.Queue()
    stages = [Reader(frames), Stage(frames)]
    for stage in stages:
        stage.hand(mp.Lock())
",
        ),
    ]);
}

#[test]
fn containers_are_filled_later() {
    check(&[(
        "/w/a.py",
        r"
import multiprocessing as mp

WORKERS = []

class Pool:
    def __init__(self):
        self.procs = []
        self.queues = {}

    def start(self):
        for i in range(3):
            p = mp.Process(target=print)
            self.procs.append(p)
            self.queues[i] = mp.Queue()

    def stop(self):
        for p in self.procs:
            reveal_type(p)  # multiprocessing.Process
        for q in self.queues.values():
            reveal_type(q)  # multiprocessing.queues.Queue

def start():
    WORKERS.append(mp.Process(target=print))
    local = []
    local.append(mp.Queue())
    reveal_type(local[0])  # multiprocessing.queues.Queue
    more = list()
    more.extend(local)
    reveal_type(more.pop())  # multiprocessing.queues.Queue

def stop():
    for worker in WORKERS:
        reveal_type(worker)  # multiprocessing.Process
",
    )]);
}

#[test]
fn attributes_are_set_from_outside_and_by_those_who_mix_in() {
    check(&[(
        "/w/a.py",
        r"
import queue

class Plain:
    q = None

class Mixin:
    def take(self):
        reveal_type(self.q)  # queue.Queue

class User(Mixin):
    def __init__(self):
        self.q = queue.Queue()

plain = Plain()
plain.q = queue.Queue()
reveal_type(plain.q)  # None | queue.Queue
",
    )]);
}

#[test]
fn closures_generators_and_managers() {
    check(&[(
        "/w/a.py",
        r"
import queue
from contextlib import contextmanager

def outer(q):
    def inner():
        reveal_type(q)  # queue.Queue
    return inner

@contextmanager
def opened():
    q = queue.Queue()
    yield q

def each():
    yield queue.Queue()

outer(queue.Queue())
with opened() as q:
    reveal_type(q)  # queue.Queue
for one in each():
    reveal_type(one)  # queue.Queue
",
    )]);
}

#[test]
fn annotation_and_flow_agree_or_fall_silent() {
    check(&[(
        "/w/a.py",
        r"
import multiprocessing as mp
import queue

def agreed(q: mp.Queue):
    reveal_type(q)  # multiprocessing.queues.Queue

def proxy(q: mp.Queue):
    reveal_type(q)  # multiprocessing.managers.Queue

def contradicted(q: queue.Queue):
    reveal_type(q)  # ?

agreed(mp.Queue())
proxy(mp.Manager().Queue())
contradicted(mp.Event())
",
    )]);
}

#[test]
fn circles_end() {
    check(&[(
        "/w/a.py",
        r"
import queue

def ping(q, n):
    reveal_type(q)  # queue.Queue
    pong(q, n)

def pong(q, n):
    reveal_type(q)  # queue.Queue
    ping(q, n - 1)

ping(queue.Queue(), 3)
",
    )]);
}

#[test]
fn arithmetic() {
    check(&[(
        "/w/a.py",
        "a = 1\nb = 2\nreveal_type(a / b)  # float\nreveal_type(a + b)  # int\nreveal_type(round(2.5, 1))  # float\nreveal_type(round(2.5))  # int\n\
         c = 'x'\nreveal_type(a and c)  # int | str\n",
    )]);
}
