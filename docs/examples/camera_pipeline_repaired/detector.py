"""The second stage: finds objects and follows them from one frame to the next."""

from __future__ import annotations

from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Empty

from lifecycle import POLL_S, leave_interrupts_to_parent, pill, send
from messages import DetectionsMessage, FramesMessage, ObjectsMessage
from model import load_model
from processors import Exposure, Model, Processor, Tracker
from scene import Detection, Frame


class TrackedDetector:
    """Finds objects with a model, in even light, and numbers them."""

    def __init__(self, model: Model) -> None:
        self._exposure = Exposure()
        self._model = model
        self._tracker = Tracker()

    def process(self, frame: Frame) -> list[Detection]:
        """The model keeps this process busy, which has nothing else to do."""
        return self._tracker.follow(self._model.infer(self._exposure.even_out(frame)))

    def shutdown(self) -> None:
        self._tracker.forget()


def run_detector(
    frames: Queue[FramesMessage],
    detections: Queue[ObjectsMessage],
    stop: Event,
    weights_path: str,
    onnx_path: str | None,
) -> None:
    """Process: answers each frame with the objects in it."""
    leave_interrupts_to_parent()
    try:
        processor = TrackedDetector(load_model(weights_path, onnx_path))
        answer_frames(processor, frames, detections, stop)
    finally:
        send(detections, pill("detector closed"), stop)


def answer_frames(
    processor: Processor,
    frames: Queue[FramesMessage],
    detections: Queue[ObjectsMessage],
    stop: Event,
) -> None:
    """Runs the processor on every frame until the camera has no more."""
    try:
        while not stop.is_set():
            try:
                msg = frames.get(timeout=POLL_S)
            except Empty:
                continue
            if msg["msg_type"] == "shutdown":
                break
            frame = Frame(msg["frame_id"], msg["captured_at"], msg["pixels"])
            answer = DetectionsMessage(
                msg_type="detections",
                frame_id=frame.frame_id,
                captured_at=frame.captured_at,
                objects=processor.process(frame),
            )
            send(detections, answer, stop)
    finally:
        processor.shutdown()
