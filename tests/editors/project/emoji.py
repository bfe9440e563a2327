"""A worker as in worker.py, where characters count differently: 🛒 is two in UTF-16 and four in UTF-8, é is e and U+0301."""

import queue
import threading
import time
from typing import Annotated

from orders import Order, pack


def work(waiting: queue.Queue[Order], stop: threading.Event) -> None:
    print("ready 🚀, naïve cafés 👩‍🍳")
    while not stop.is_set():
        order: Annotated[Order, "🛒🛒🛒🛒🛒🛒🛒🛒 é"] = waiting.get()  # 🧪 é
        pack(order)


def run() -> None:
    waiting: queue.Queue[Order] = queue.Queue()
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(waiting, stop))
    worker.start()
    waiting.put(Order(1, "🫖"))
    time.sleep(0.1)
    stop.set()
    worker.join(timeout=5.0)
