"""What the stages tell each other about, and the sizes they share."""

from dataclasses import dataclass

# Pixels. Small enough for a convolution in pure Python to keep up with the camera.
WIDTH = 64
HEIGHT = 36
FRAMES_PER_SECOND = 20

# Messages. A full queue slows its producer down.
QUEUE_SIZE = 16


@dataclass(frozen=True, slots=True)
class Frame:
    """One grey picture: a byte a pixel, row after row."""

    frame_id: int
    captured_at: float
    pixels: bytes

    def __post_init__(self) -> None:
        if len(self.pixels) != WIDTH * HEIGHT:
            raise ValueError(f"{len(self.pixels)} pixels are no {WIDTH}x{HEIGHT} frame")


@dataclass(frozen=True, slots=True)
class Detection:
    """A bright object: its center and area in pixels, its number once it is tracked."""

    x: float
    y: float
    area: int
    track_id: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line decides."""

    frame_count: int
    weights_path: str
    onnx_path: str | None
    use_rtsp: bool
