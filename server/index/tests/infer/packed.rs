//! Arguments that are packed into dicts, and targets that are chosen.

use super::check;

#[test]
fn keyword_arguments_come_from_dicts_anywhere() {
    check(&[(
        "/w/a.py",
        r#"
import multiprocessing as mp
import threading

def displayed(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # None

def called(q, n):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # int

def element(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # None | int

def counted(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue

def appended(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue

def added(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # int

def merged(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # int

def lost(q, n=None):
    reveal_type(q)  # ?
    reveal_type(n)  # ?

def popped(q, n=None):
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(n)  # ?

def main(path):
    q = mp.Queue()
    kwargs = {"q": q}
    mp.Process(target=displayed, kwargs=kwargs)
    threading.Thread(target=called, kwargs=dict(q=q, n=1))
    jobs = [{"q": q, "n": 1}, {"q": q}]
    for job in jobs:
        threading.Thread(target=element, kwargs=job)
    for i, job in enumerate(jobs):
        threading.Thread(target=counted, kwargs=job)
    more = []
    more.append(dict(q=q))
    for one in more:
        threading.Thread(target=appended, kwargs=one)
    built = {}
    built["q"] = q
    built["n"] = 1
    threading.Thread(target=added, kwargs=built)
    threading.Thread(target=merged, kwargs={**kwargs, "n": 2})
    threading.Thread(target=lost, kwargs=load(path))
    fewer = {"q": q, "n": 1}
    fewer.pop("n")
    threading.Thread(target=popped, kwargs=fewer)
"#,
    )]);
}

#[test]
fn a_target_may_be_chosen() {
    check(&[(
        "/w/a.py",
        r"
import queue
import threading

def fast(q):
    reveal_type(q)  # queue.Queue

def slow(q):
    reveal_type(q)  # queue.Queue

def either(q):
    reveal_type(q)  # queue.Queue

def first(q):
    reveal_type(q)  # queue.Queue

def second(q):
    reveal_type(q)  # queue.LifoQueue

def with_tuple(q):
    reveal_type(q)  # ?

def with_other(q):
    reveal_type(q)  # ?

def looped(q):
    reveal_type(q)  # queue.Queue

class Worker:
    def one(self, q):
        reveal_type(q)  # queue.Queue

    def start(self, quick):
        target = self.one
        threading.Thread(target=target, args=(queue.Queue(),)).start()

def main(quick):
    q = queue.Queue()
    if quick:
        target = fast
    else:
        target = slow
    threading.Thread(target=target, args=(q,)).start()
    threading.Thread(target=either if quick else fast, args=(q,)).start()
    for each in (looped, fast):
        threading.Thread(target=each, args=(q,)).start()

def again():
    run = first
    threading.Thread(target=run, args=(queue.Queue(),)).start()
    run = second
    threading.Thread(target=run, args=(queue.LifoQueue(),)).start()

def together(quick):
    if quick:
        target = with_tuple
        args = (queue.Queue(),)
    else:
        target = with_other
        args = (queue.LifoQueue(),)
    threading.Thread(target=target, args=args).start()
",
    )]);
}
