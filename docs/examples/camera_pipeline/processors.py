"""What a processor is, and what all processors of frames have in common."""

from dataclasses import replace

from scene import Detection, Frame


class BaseProcessor:
    """What the detector process drives: one call a frame, and one at the end."""

    def process(self, frame: Frame) -> list[Detection]:
        """The objects in the frame."""
        raise NotImplementedError

    def shutdown(self) -> None:
        """Lets go of everything the processor holds."""
        raise NotImplementedError


class FrameProcessor(BaseProcessor):
    """Evens out the light, so that a threshold means the same by day and by night."""

    def __init__(self) -> None:
        self._darkest = 255
        self._brightest = 0

    def process(self, frame: Frame) -> list[Detection]:
        self.even_out(frame)
        return []

    def shutdown(self) -> None:
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
