"""Wires the stages together, starts them, shows what arrives, and ends them.

camera --frames--> detector --detections--> aggregator --updates--> output ~~> viewer
                                                '------reports-----> this process
"""

from __future__ import annotations

import json
import multiprocessing
import socket
from collections.abc import Iterable
from multiprocessing.queues import Queue
from queue import Empty

from aggregator import run_aggregator
from camera import run_camera
from detector import run_detector
from messages import FramesMessage, ObjectsMessage, ReportMessage, UpdatesMessage
from output import VIEWER_TIMEOUT_S, run_output
from scene import QUEUE_SIZE, Settings
from websocket import read_texts, request_upgrade

REPORT_TIMEOUT_S = 5.0
JOIN_TIMEOUT_S = 5.0
HEADING = "frame  objects  latency the room from above"


class PipelineError(Exception):
    """The pipeline could not do its work; the text says why."""


class Pipeline:
    """Four processes and the queues between them. Runs once."""

    def __init__(self, settings: Settings) -> None:
        # CUDA does not survive a fork, and spawn behaves alike on every platform.
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        # A spawned process opens its queues by name, so they have to live on here.
        self._frames: Queue[FramesMessage] = context.Queue(maxsize=QUEUE_SIZE)
        self._detections: Queue[ObjectsMessage] = context.Queue(maxsize=QUEUE_SIZE)
        self._updates: Queue[UpdatesMessage] = context.Queue(maxsize=QUEUE_SIZE)
        self._reports: Queue[ReportMessage] = context.Queue(maxsize=1)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._processes = [
            context.Process(
                name="output",
                target=run_output,
                args=(self._server, self._updates, self._stop),
            ),
            context.Process(
                name="aggregator",
                target=run_aggregator,
                args=(self._detections, self._updates, self._reports, self._stop),
            ),
            context.Process(
                name="detector",
                target=run_detector,
                args=(
                    self._frames,
                    self._detections,
                    self._stop,
                    settings.weights_path,
                    settings.onnx_path,
                ),
            ),
            context.Process(
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

    def run(self) -> None:
        """Prints the updates and a closing line. Raises where a stage failed."""
        report: ReportMessage | None = None
        try:
            for process in self._processes:
                process.start()
            report = self._watch()
        finally:
            self._stop.set()
            failed = self._join()
            self._server.close()
        if report is not None:
            print(
                f"\ncamera pipeline closed: {report['frames']} frames,"
                f" {report['objects']} objects,"
                f" mean latency {report['mean_latency_ms']:.0f} ms"
            )
        if failed:
            raise PipelineError(f"failed: {', '.join(failed)}")
        if report is None:
            raise PipelineError("a stage fell silent")

    def _watch(self) -> ReportMessage | None:
        """The account of the run, or nothing where a stage fell silent before it."""
        host, port = self._server.getsockname()
        try:
            viewer = socket.create_connection((host, port), timeout=VIEWER_TIMEOUT_S)
            with viewer, viewer.makefile("rwb") as stream:
                request_upgrade(stream, host=f"{host}:{port}")
                print(f"watching ws://{host}:{port}\n\n{HEADING}")
                show_updates(read_texts(stream))
            return self._reports.get(timeout=REPORT_TIMEOUT_S)
        except (OSError, Empty):
            return None

    def _join(self) -> list[str]:
        """The names of the stages that failed, or that had to be ended by force."""
        started = [process for process in self._processes if process.pid is not None]
        for process in started:
            process.join(timeout=JOIN_TIMEOUT_S)
            if process.is_alive():
                process.kill()
                process.join(timeout=JOIN_TIMEOUT_S)
        return [process.name for process in started if process.exitcode != 0]


def show_updates(texts: Iterable[str]) -> None:
    """Prints a row for each update until the server closes."""
    for text in texts:
        update = json.loads(text)
        if "end" in update:
            continue
        latency = f"{update['latency_ms']} ms"
        columns = f"{update['frame']:5}  {update['objects']:7}  {latency:>7}"
        print(columns, update["lane"])
