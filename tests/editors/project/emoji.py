"""A worker as in worker.py, where characters count differently: 🛒 is two in UTF-16 and four in UTF-8, é is e and U+0301."""

import queue
import threading
from typing import Annotated

from orders import Order, pack


def work(waiting: queue.Queue[Order], stop: threading.Event) -> None:
    print("ready 🚀, naïve cafés 👩‍🍳")
    while not stop.is_set():
        order: Annotated[Order, "🛒🛒🛒🛒🛒🛒🛒🛒 é"] = waiting.get()  # 🧪 é
        pack(order)
