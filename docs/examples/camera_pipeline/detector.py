"""The second stage: finds objects and follows them from one frame to the next."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from multiprocessing.queues import Queue
from typing import Any

from model import BlobModel, load_model
from processors import BaseProcessor, FrameProcessor
from scene import PUT_TIMEOUT_S, Detection, Frame

# Pixels an object may move between two frames and still be the same object.
FARTHEST_STEP = 6.0


async def detect(model: BlobModel, frame: Frame) -> list[Detection]:
    """Awaitable, to leave room for other work while the model thinks."""
    return model.infer(frame)


class DetectionProcessor(FrameProcessor):
    """Finds the objects in a frame, not knowing which is which."""

    def __init__(self, model: BlobModel) -> None:
        super().__init__()
        self._model: BlobModel | None = model

    def process(self, frame: Frame) -> list[Detection]:
        if self._model is None:
            raise RuntimeError("the processor was shut down")
        return asyncio.run(detect(self._model, self.even_out(frame)))

    def shutdown(self) -> None:
        super().shutdown()
        self._model = None


class TrackedDetectionProcessor(DetectionProcessor):
    """Gives each object a number that it keeps for as long as it is seen."""

    def __init__(self, model: BlobModel) -> None:
        super().__init__(model)
        self._previous: list[Detection] = []
        self._tracks = 0

    def process(self, frame: Frame) -> list[Detection]:
        unmatched = self._previous
        self._previous = []
        for detection in super().process(frame):
            nearest = closest(detection, unmatched)
            if nearest is None:
                self._tracks += 1
                self._previous.append(replace(detection, track_id=self._tracks))
            else:
                unmatched = [old for old in unmatched if old is not nearest]
                self._previous.append(replace(detection, track_id=nearest.track_id))
        return self._previous

    def shutdown(self) -> None:
        super().shutdown()
        self._previous = []


def closest(detection: Detection, candidates: list[Detection]) -> Detection | None:
    """The candidate that lies nearest, if one is near enough to be the same object."""

    def distance(other: Detection) -> float:
        return math.hypot(detection.x - other.x, detection.y - other.y)

    nearest = min(candidates, key=distance, default=None)
    return nearest if nearest and distance(nearest) <= FARTHEST_STEP else None


def run_detector(
    frames: Queue[Any], detections: Queue[Any], weights_path: str, onnx_path: str | None
) -> None:
    """Process: answers each frame with the objects in it."""
    model = load_model(weights_path, onnx_path)
    processor: BaseProcessor = TrackedDetectionProcessor(model)
    try:
        while True:
            msg = frames.get()
            if msg["type"] == "shutdown":
                break
            frame_id: int = msg["frame_id"]
            captured_at: float = msg["captured_at"]
            frame = Frame(frame_id, captured_at, msg["pixels"])
            found: list[Detection] = processor.process(frame)
            detections.put(
                {
                    "type": "detections",
                    "frame_id": frame_id,
                    "captured_at": captured_at,
                    "objects": found,
                },
                timeout=PUT_TIMEOUT_S,
            )
    finally:
        processor.shutdown()
        detections.put(
            {"type": "shutdown", "reason": "detector closed"}, timeout=PUT_TIMEOUT_S
        )
