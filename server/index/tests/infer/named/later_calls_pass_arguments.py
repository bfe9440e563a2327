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
