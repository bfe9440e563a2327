import multiprocessing as mp
import queue
import threading

def written_out(n, q):
    reveal_type(n)  # int
    reveal_type(q)  # multiprocessing.queues.Queue

threading.Thread(target=written_out, args=[1, mp.Queue()]).start()

def named(n, q, more=None):
    reveal_type(n)  # int
    reveal_type(q)  # multiprocessing.queues.Queue
    reveal_type(more)  # None | str

def start_named(flag):
    q = mp.Queue()
    if flag:
        args = [1, q, "x"]
    else:
        args = [1, q]
    threading.Thread(target=named, args=args).start()

def changed(n, q):
    reveal_type(q)  # int | queue.Queue

def start_changed():
    args = [1]
    args.append(queue.Queue())
    threading.Thread(target=changed, args=args).start()
