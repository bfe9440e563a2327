"""Packs orders until it is told to stop, or rather: until the queue is empty, where it waits for ever."""

import queue
import threading

from orders import Order, pack


def work(waiting: queue.Queue[Order], stop: threading.Event) -> None:
    while not stop.is_set():
        order = waiting.get()
        pack(order)
