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
