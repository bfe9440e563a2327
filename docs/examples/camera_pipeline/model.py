"""The model: a smoothing convolution whose peaks are objects.

Its weights are a torch checkpoint. The convolution runs in ONNX Runtime where the user
brings a model file for it, and otherwise in pure Python.
"""

from collections.abc import Mapping

from scene import HEIGHT, WIDTH, Detection, Frame

try:
    import torch  # type: ignore[import, unused-ignore]
except ImportError:
    import torch_stand_in as torch  # type: ignore[no-redef, unused-ignore]

try:
    import numpy as np  # type: ignore[import, unused-ignore]
    import onnxruntime as ort  # type: ignore[import, unused-ignore]
except ImportError:  # only --onnx needs them
    HAS_ONNX = False
else:
    HAS_ONNX = True

NEIGHBORS = [dy * WIDTH + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


class BlobModel:
    """Finds bright blobs in a frame."""

    def __init__(self, onnx_path: str | None = None) -> None:
        self._kernel = [0.0] * 9
        self._threshold = 1.0
        self._session = None
        if onnx_path is not None:
            if not HAS_ONNX:
                raise RuntimeError("--onnx needs the packages of requirements.txt")
            providers = ["CPUExecutionProvider"]
            self._session = ort.InferenceSession(onnx_path, providers=providers)

    def load_state_dict(self, state: Mapping[str, list[float]]) -> None:
        self._kernel = list(state["kernel"])
        (self._threshold,) = state["threshold"]

    def infer(self, frame: Frame) -> list[Detection]:
        """Blobs from top to bottom. Takes milliseconds of processor time a frame."""
        return find_blobs(self._heat(frame), self._threshold)

    def _heat(self, frame: Frame) -> list[float]:
        if self._session is None:
            return convolve(frame.pixels, self._kernel)
        grey = np.frombuffer(frame.pixels, dtype=np.uint8)
        picture = grey.reshape(1, 1, HEIGHT, WIDTH).astype(np.float32) / 255
        (heat,) = self._session.run(None, {"picture": picture})
        return [float(value) for value in heat.ravel()]


def load_model(weights_path: str, onnx_path: str | None) -> BlobModel:
    model = BlobModel(onnx_path)
    model.load_state_dict(torch.load(weights_path))
    return model


def write_demo_weights(path: str) -> None:
    """A checkpoint to run with where the user brings none."""
    torch.save({"kernel": [1 / 9] * 9, "threshold": [0.55]}, path)


def convolve(pixels: bytes, kernel: list[float]) -> list[float]:
    """The 3x3 convolution of a picture in 0..1; its border stays cold."""
    heat = [0.0] * len(pixels)
    taps = list(zip(NEIGHBORS, (weight / 255 for weight in kernel), strict=True))
    for row in range(1, HEIGHT - 1):
        for here in range(row * WIDTH + 1, (row + 1) * WIDTH - 1):
            heat[here] = sum(pixels[here + offset] * weight for offset, weight in taps)
    return heat


def find_blobs(heat: list[float], threshold: float) -> list[Detection]:
    """Connected regions above the threshold."""
    hot = {place for place, value in enumerate(heat) if value > threshold}
    blobs: list[Detection] = []
    for seed in sorted(hot):
        if seed not in hot:
            continue
        hot.discard(seed)
        region = [seed]
        for place in region:  # grows while it is walked
            found = {place + offset for offset in NEIGHBORS} & hot
            hot -= found
            region.extend(found)
        x = sum(place % WIDTH for place in region) / len(region)
        y = sum(place // WIDTH for place in region) / len(region)
        blobs.append(Detection(x, y, area=len(region)))
    return blobs
