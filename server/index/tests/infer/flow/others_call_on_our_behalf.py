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
