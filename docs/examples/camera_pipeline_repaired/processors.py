"""What the detector process drives, and the parts that its processor is made of."""

import math
from dataclasses import replace
from typing import Protocol

from scene import Detection, Frame

# Pixels an object may move between two frames and still be the same object.
FARTHEST_STEP = 6.0


class Processor(Protocol):
    """One call a frame, and one at the end."""

    def process(self, frame: Frame) -> list[Detection]:
        """The objects in the frame."""
        ...

    def shutdown(self) -> None:
        """Lets go of everything the processor holds."""
        ...


class Model(Protocol):
    """Whatever finds objects in a frame."""

    def infer(self, frame: Frame) -> list[Detection]:
        """The objects in the frame, not knowing which is which."""
        ...


class Exposure:
    """Evens out the light, so that a threshold means the same by day and by night."""

    def __init__(self) -> None:
        self._darkest = 255
        self._brightest = 0

    def even_out(self, frame: Frame) -> Frame:
        """The frame with its greys stretched over the whole range seen so far."""
        self._darkest = min(self._darkest, *frame.pixels)
        self._brightest = max(self._brightest, *frame.pixels)
        span = max(self._brightest - self._darkest, 1)
        stretched = bytes(
            min(max(grey - self._darkest, 0) * 255 // span, 255) for grey in range(256)
        )
        return replace(frame, pixels=frame.pixels.translate(stretched))


class Tracker:
    """Gives each object a number that it keeps for as long as it is seen."""

    def __init__(self) -> None:
        self._previous: list[Detection] = []
        self._tracks = 0

    def follow(self, detections: list[Detection]) -> list[Detection]:
        """The detections with their numbers."""
        unmatched = self._previous
        self._previous = []
        for detection in detections:
            nearest = closest(detection, unmatched)
            if nearest is None:
                self._tracks += 1
                self._previous.append(replace(detection, track_id=self._tracks))
            else:
                unmatched = [old for old in unmatched if old is not nearest]
                self._previous.append(replace(detection, track_id=nearest.track_id))
        return self._previous

    def forget(self) -> None:
        """The next detections are all new objects."""
        self._previous = []


def closest(detection: Detection, candidates: list[Detection]) -> Detection | None:
    """The candidate that lies nearest, if one is near enough to be the same object."""

    def distance(other: Detection) -> float:
        return math.hypot(detection.x - other.x, detection.y - other.y)

    nearest = min(candidates, key=distance, default=None)
    return nearest if nearest and distance(nearest) <= FARTHEST_STEP else None
