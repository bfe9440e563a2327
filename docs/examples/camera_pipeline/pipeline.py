"""Wires the stages together, starts them, shows what arrives, and ends them.

camera --frames--> detector --detections--> aggregator --updates--> output ~~> viewer
                                                '------results-----> this process
"""

from __future__ import annotations

import json
import multiprocessing as mp
import socket
from collections.abc import Iterable
from multiprocessing.queues import Queue
from typing import Any

from aggregator import run_aggregator
from camera import run_camera
from detector import run_detector
from output import VIEWER_TIMEOUT_S, run_output
from scene import PUT_TIMEOUT_S, QUEUE_SIZE, Settings
from websocket import read_texts, request_upgrade

JOIN_TIMEOUT_S = 5.0
HEADING = "frame  objects  latency the room from above"


class Pipeline:
    """Four processes and the queues between them. Runs once."""

    def __init__(self, settings: Settings) -> None:
        self._stop = mp.Event()
        self._frames: Queue[Any] = mp.Queue(maxsize=QUEUE_SIZE)
        self._detections: Queue[Any] = mp.Queue(maxsize=QUEUE_SIZE)
        self._updates: Queue[Any] = mp.Queue(maxsize=QUEUE_SIZE)
        self._results: Queue[Any] = mp.Queue()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._processes = [
            mp.Process(
                name="output",
                target=run_output,
                args=(self._server, self._updates, self._stop),
            ),
            mp.Process(
                name="aggregator",
                target=run_aggregator,
                args=(self._detections, self._updates, self._results),
            ),
            mp.Process(
                name="detector",
                target=run_detector,
                args=(
                    self._frames,
                    self._detections,
                    settings.weights_path,
                    settings.onnx_path,
                ),
            ),
            mp.Process(
                name="camera",
                target=run_camera,
                args=(
                    self._frames,
                    self._stop,
                    settings.frame_count,
                    settings.use_rtsp,
                ),
            ),
        ]

    def run(self) -> bool:
        """Whether every stage ended well. Prints the updates and a closing line."""
        for process in self._processes:
            process.start()
        try:
            address = self._server.getsockname()
            viewer = socket.create_connection(address, timeout=VIEWER_TIMEOUT_S)
            with viewer, viewer.makefile("rwb") as stream:
                request_upgrade(stream, host=f"{address[0]}:{address[1]}")
                print(f"watching ws://{address[0]}:{address[1]}\n\n{HEADING}")
                show_updates(read_texts(stream))
                reply = self._results.get()
                self._close_output()
                stream.read()  # until the output has closed its end
        finally:
            self._stop.set()
            failed = self._join()
            self._server.close()
        print(
            f"\ncamera pipeline closed: {reply['frames']} frames,"
            f" {reply['objects']} objects,"
            f" mean latency {reply['mean_latency_ms']:.0f} ms"
        )
        if failed:
            print(f"failed: {', '.join(failed)}")
        return not failed

    def _close_output(self) -> None:
        self._stop.set()
        # The output looks at the event only between two messages: this is the last.
        self._updates.put(
            {"type": "end", "reason": "the viewer has seen all"}, timeout=PUT_TIMEOUT_S
        )

    def _join(self) -> list[str]:
        """The names of the stages that failed, or that had to be ended by force."""
        for process in self._processes:
            process.join(timeout=JOIN_TIMEOUT_S)
            if process.is_alive():
                process.terminate()
                process.join(timeout=JOIN_TIMEOUT_S)
        return [process.name for process in self._processes if process.exitcode != 0]


def show_updates(texts: Iterable[str]) -> None:
    """Prints a row for each update until the one that says there are no more."""
    for text in texts:
        update = json.loads(text)
        if "end" in update:
            return
        latency = f"{update['latency_ms']} ms"
        columns = f"{update['frame']:5}  {update['objects']:7}  {latency:>7}"
        print(columns, update["lane"])
