"""The third stage: turns detections into updates and keeps the account of the run."""

import multiprocessing.queues
import time
from typing import Any

from scene import PUT_TIMEOUT_S, WIDTH, Detection


def milliseconds_since(moment: float) -> float:
    return (time.time() - moment) * 1000


def draw_lane(objects: list[Detection]) -> str:
    """The picture from above: each object's number at its column."""
    lane = ["."] * WIDTH
    for detection in objects:
        lane[int(detection.x)] = str(detection.track_id or 0)[-1]
    return "".join(lane)


def run_aggregator(
    detections: "multiprocessing.queues.Queue[Any]",
    updates: "multiprocessing.queues.Queue[Any]",
    results: "multiprocessing.queues.Queue[Any]",
) -> None:
    """Process: sends an update for each frame, and the account at the end."""
    frames_seen = 0
    latency_sum_ms = 0.0
    tracks: set[int | None] = set()
    try:
        while True:
            msg = detections.get()
            if msg["type"] == "shutdown":
                break
            objects: list[Detection] = msg["objects"]
            frame_id: int = msg["frame_id"]
            latency_ms: float = milliseconds_since(msg["captured_at"])
            frames_seen += 1
            latency_sum_ms += latency_ms
            tracks.update(detection.track_id for detection in objects)
            updates.put(
                {
                    "type": "update",
                    "frame_id": frame_id,
                    "object_count": len(objects),
                    "latency_ms": latency_ms,
                    "lane": draw_lane(objects),
                },
                timeout=PUT_TIMEOUT_S,
            )
    finally:
        mean_latency_ms: float = latency_sum_ms / max(frames_seen, 1)
        results.put(
            {
                "frames": frames_seen,
                "objects": len(tracks),
                "mean_latency_ms": mean_latency_ms,
            }
        )
        updates.put({"type": "end", "reason": "no more frames"}, timeout=PUT_TIMEOUT_S)
