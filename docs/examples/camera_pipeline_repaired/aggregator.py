"""The third stage: turns detections into updates and keeps the account of the run."""

from __future__ import annotations

import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Empty

from lifecycle import POLL_S, leave_interrupts_to_parent, pill, send
from messages import ObjectsMessage, ReportMessage, UpdateMessage, UpdatesMessage
from scene import WIDTH, Detection


def milliseconds_since(moment: float) -> float:
    return (time.time() - moment) * 1000


def draw_lane(objects: list[Detection]) -> str:
    """The picture from above: each object's number at its column."""
    lane = ["."] * WIDTH
    for detection in objects:
        lane[int(detection.x)] = str(detection.track_id or 0)[-1]
    return "".join(lane)


def run_aggregator(
    detections: Queue[ObjectsMessage],
    updates: Queue[UpdatesMessage],
    reports: Queue[ReportMessage],
    stop: Event,
) -> None:
    """Process: sends an update for each frame, and the account at the end."""
    leave_interrupts_to_parent()
    frames_seen = 0
    latency_sum_ms = 0.0
    tracks: set[int | None] = set()
    try:
        while not stop.is_set():
            try:
                msg = detections.get(timeout=POLL_S)
            except Empty:
                continue
            if msg["msg_type"] == "shutdown":
                break
            latency_ms = milliseconds_since(msg["captured_at"])
            frames_seen += 1
            latency_sum_ms += latency_ms
            tracks.update(detection.track_id for detection in msg["objects"])
            update = UpdateMessage(
                msg_type="update",
                frame_id=msg["frame_id"],
                object_count=len(msg["objects"]),
                latency_ms=latency_ms,
                lane=draw_lane(msg["objects"]),
            )
            send(updates, update, stop)
    finally:
        report = ReportMessage(
            msg_type="report",
            frames=frames_seen,
            objects=len(tracks),
            mean_latency_ms=latency_sum_ms / max(frames_seen, 1),
        )
        send(reports, report, stop)
        send(updates, pill("no more frames"), stop)
