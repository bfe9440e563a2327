"""The last stage: a WebSocket server, for one viewer on this machine."""

from __future__ import annotations

import json
import socket
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Empty

from lifecycle import POLL_S, leave_interrupts_to_parent
from messages import UpdatesMessage
from websocket import CLOSE, TEXT, answer_upgrade, write_frame

VIEWER_TIMEOUT_S = 10.0


def run_output(
    server: socket.socket, updates: Queue[UpdatesMessage], stop: Event
) -> None:
    """Process: sends each update to the viewer as JSON until there are no more."""
    leave_interrupts_to_parent()
    connection = accept_viewer(server, stop)
    if connection is None:
        return
    connection.settimeout(VIEWER_TIMEOUT_S)
    with connection, connection.makefile("rwb") as stream:
        answer_upgrade(stream)
        while not stop.is_set():
            try:
                msg = updates.get(timeout=POLL_S)
            except Empty:
                continue
            write_frame(stream, TEXT, viewer_text(msg).encode("utf-8"))
            if msg["msg_type"] == "shutdown":
                break
        write_frame(stream, CLOSE)


def accept_viewer(server: socket.socket, stop: Event) -> socket.socket | None:
    """The viewer's connection, or nothing where the pipeline stops first."""
    server.settimeout(POLL_S)
    while not stop.is_set():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        return connection
    return None


def viewer_text(msg: UpdatesMessage) -> str:
    """The message as the viewer gets it."""
    if msg["msg_type"] == "shutdown":
        return json.dumps({"end": msg["reason"]})
    return json.dumps(
        {
            "frame": msg["frame_id"],
            "objects": msg["object_count"],
            "latency_ms": round(msg["latency_ms"], 1),
            "lane": msg["lane"],
        }
    )
