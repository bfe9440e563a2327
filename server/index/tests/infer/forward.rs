//! Arguments that are handed on in a tuple or a dict.

use super::check;

#[test]
fn constructors_hand_on_what_they_are_given() {
    check(&[
        (
            "/w/base.py",
            r"
import multiprocessing as mp

class Stage(mp.Process):
    def __init__(self, inbox, outbox=None, *, stop=None):
        super().__init__()
        self.inbox = inbox
        reveal_type(inbox)  # multiprocessing.queues.Queue
        reveal_type(outbox)  # None | multiprocessing.queues.SimpleQueue
        reveal_type(stop)  # multiprocessing.Event
",
        ),
        (
            "/w/app.py",
            r"
import multiprocessing as mp
from base import Stage

class Named(Stage):
    def __init__(self, name, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = name

class Deep(Named):
    def __init__(self, depth, *args, **kwargs):
        super().__init__('deep', *args, **kwargs)
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

q = mp.Queue()
stop = mp.Event()
Named('a', q, mp.SimpleQueue(), stop=stop)
Deep(3, inbox=q, stop=stop)
",
        ),
    ]);
}

#[test]
fn functions_hand_on_what_they_are_given() {
    check(&[(
        "/w/a.py",
        r#"
import queue
import threading
from functools import partial

def run(q, n=0, lock=None):
    reveal_type(q)  # queue.Queue
    reveal_type(n)  # int | str
    reveal_type(lock)  # None | threading.Lock

def in_thread(*args, **kwargs):
    def inner():
        threading.Thread(target=run, args=args, kwargs=kwargs).start()
    inner()

def direct(label, *args, **kwargs):
    run(*args, **kwargs)

def first(q, **kwargs):
    run(q, **kwargs)

one = queue.Queue()
in_thread(one, lock=threading.Lock())
direct("label", one, "n")
direct(label="label", q=one)
first(one, n=1)
"#,
    )]);
}

#[test]
fn what_is_changed_on_the_way_is_not_taken_for_what_was_given() {
    check(&[(
        "/w/a.py",
        r#"
import queue

def popped(q=None):
    reveal_type(q)  # ?

def pops(**kwargs):
    kwargs.pop("q")
    popped(**kwargs)

def set(q=None, n=None):
    reveal_type(q)  # queue.LifoQueue | queue.Queue
    reveal_type(n)  # None | int

def sets(**kwargs):
    kwargs.setdefault("q", queue.Queue())
    kwargs.pop("other", None)
    set(**kwargs)

def rebound(q=None):
    reveal_type(q)  # ?

def rebinds(*args):
    args = load(args)
    rebound(*args)

def uncalled(q=None):
    reveal_type(q)  # ?

def calls(*args):
    uncalled(*args)

def middle(q, n):
    reveal_type(q)  # ?
    reveal_type(n)  # ?

def hands(*args):
    middle(*args, 3)

def taken(n=1):
    reveal_type(n)  # int

def takes(n, **kwargs):
    taken(**kwargs)

pops(q=queue.Queue())
sets(q=queue.LifoQueue())
sets(n=3)
rebinds(queue.Queue())
hands(queue.Queue())
takes(n=queue.Queue())
"#,
    )]);
}

#[test]
fn circles_of_handing_on_end() {
    check(&[(
        "/w/a.py",
        r"
import queue

def ping(*args, **kwargs):
    pong(*args, **kwargs)
    done(*args, **kwargs)

def pong(*args, **kwargs):
    ping(*args, **kwargs)
    done(*args, **kwargs)

def done(q, other=None):
    reveal_type(q)  # queue.Queue
    reveal_type(other)  # None | int

one = queue.Queue()
ping(one)
pong(one, other=3)
",
    )]);
}

#[test]
fn class_methods_make_objects() {
    check(&[(
        "/w/a.py",
        r"
import queue

class Base:
    def __init__(self, q, n=None):
        self.q = q
        reveal_type(q)  # queue.Queue
        reveal_type(n)  # None | int

    @classmethod
    def made(cls, *args):
        return cls(*args)

class Derived(Base):
    def __init__(self, label, q):
        super().__init__(q, 3)
        reveal_type(label)  # str
        reveal_type(q)  # queue.Queue

    @classmethod
    def labelled(cls, q):
        return cls('label', q)

one = queue.Queue()
Base.made(one)
Derived.labelled(one)
",
    )]);
}
