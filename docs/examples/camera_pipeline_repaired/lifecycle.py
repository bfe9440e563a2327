"""How stages wait, and end: by a poison pill, or by the stop event if a run fails."""

from __future__ import annotations

import signal
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Full
from typing import TypeVar

from messages import ShutdownMessage

Message = TypeVar("Message")

# The longest that a stage waits before it looks at the stop event again.
POLL_S = 1.0


def leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches every process of a terminal; the parent alone acts on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def send(queue: Queue[Message], message: Message, stop: Event) -> bool:
    """Whether the message was put. Waits for room in the queue, but not past a stop."""
    while not stop.is_set():
        try:
            queue.put(message, timeout=POLL_S)
        except Full:
            continue
        return True
    # Nobody may be left to read what is still buffered, and a process does not exit
    # before its buffers are written.
    queue.cancel_join_thread()
    return False


def pill(reason: str) -> ShutdownMessage:
    return ShutdownMessage(msg_type="shutdown", reason=reason)
