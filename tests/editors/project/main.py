"""Starts one worker, gives it an order, and stops it."""

import queue
import threading
import time

from orders import Order
from worker import work


def main() -> None:
    waiting: queue.Queue[Order] = queue.Queue()
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(waiting, stop))
    worker.start()
    waiting.put(Order(1, "tea"))
    time.sleep(0.1)
    stop.set()
    worker.join(timeout=5.0)


if __name__ == "__main__":
    main()
