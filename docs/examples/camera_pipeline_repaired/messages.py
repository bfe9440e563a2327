"""What each queue carries. `msg_type` tells the members of a union apart."""

from typing import Literal, TypeAlias, TypedDict

from scene import Detection


class FrameMessage(TypedDict):
    """A picture, from the camera to the detector."""

    msg_type: Literal["frame"]
    frame_id: int
    captured_at: float
    pixels: bytes


class DetectionsMessage(TypedDict):
    """The objects in one frame, from the detector to the aggregator."""

    msg_type: Literal["detections"]
    frame_id: int
    captured_at: float
    objects: list[Detection]


class UpdateMessage(TypedDict):
    """What a viewer sees of one frame, from the aggregator to the output."""

    msg_type: Literal["update"]
    frame_id: int
    object_count: int
    latency_ms: float
    lane: str


class ReportMessage(TypedDict):
    """The account of the whole run, from the aggregator to the pipeline."""

    msg_type: Literal["report"]
    frames: int
    objects: int
    mean_latency_ms: float


class ShutdownMessage(TypedDict):
    """The poison pill: each stage's last message to the next."""

    msg_type: Literal["shutdown"]
    reason: str


FramesMessage: TypeAlias = FrameMessage | ShutdownMessage
ObjectsMessage: TypeAlias = DetectionsMessage | ShutdownMessage
UpdatesMessage: TypeAlias = UpdateMessage | ShutdownMessage
