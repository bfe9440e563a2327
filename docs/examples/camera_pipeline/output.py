"""The last stage: a WebSocket server, for one viewer on this machine."""

from __future__ import annotations

import json
import socket
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Any

from websocket import CLOSE, TEXT, answer_upgrade, write_frame

VIEWER_TIMEOUT_S = 10.0


def run_output(server: socket.socket, updates: Queue[Any], stop: Event) -> None:
    """Process: sends each update to the viewer as JSON until it is told to stop."""
    server.settimeout(VIEWER_TIMEOUT_S)
    connection, _ = server.accept()
    connection.settimeout(VIEWER_TIMEOUT_S)
    with connection, connection.makefile("rwb") as stream:
        answer_upgrade(stream)
        while not stop.is_set():
            msg = updates.get()
            if msg["type"] == "update":
                text = json.dumps(
                    {
                        "frame": msg["frame_id"],
                        "objects": msg["object_count"],
                        "latency_ms": round(msg["latency_ms"], 1),
                        "lane": msg["lane"],
                    }
                )
            else:
                text = json.dumps({"end": msg["reason"]})
            write_frame(stream, TEXT, text.encode("utf-8"))
        write_frame(stream, CLOSE)
