"""The first stage: takes pictures, from a real camera or a synthetic scene."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Generator
from contextlib import closing
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event

from lifecycle import leave_interrupts_to_parent, pill, send
from messages import FrameMessage, FramesMessage
from scene import FRAMES_PER_SECOND, HEIGHT, WIDTH

try:
    import cv2  # type: ignore[import, unused-ignore]
except ImportError:  # only --rtsp needs it
    HAS_OPENCV = False
else:
    HAS_OPENCV = True

# Row, radius, first column and pixels a frame: each object has a lane of its own.
LANES = ((7, 2.6, 4.0, 1.3), (18, 3.2, 58.0, -0.9), (29, 2.2, 24.0, 0.6))


def rtsp_url() -> str:
    """The camera's address with its password: in the environment and nowhere else."""
    try:
        return os.environ["CAMERA_RTSP_URL"]
    except KeyError:
        raise RuntimeError("--rtsp needs CAMERA_RTSP_URL in the environment") from None


def rtsp_pictures() -> Generator[bytes, None, None]:
    """Grey pictures of the network camera, scaled down, until it stops sending."""
    if not HAS_OPENCV:
        raise RuntimeError("--rtsp needs the packages of requirements.txt")
    capture = cv2.VideoCapture(rtsp_url())
    try:
        if not capture.isOpened():
            raise ConnectionError("the camera does not answer")
        while True:
            ok, picture = capture.read()
            if not ok:
                raise ConnectionError("the camera stopped sending")
            grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
            yield cv2.resize(grey, (WIDTH, HEIGHT)).tobytes()
    finally:
        capture.release()


def synthetic_pictures() -> Generator[bytes, None, None]:
    """Discs that cross a noisy dark room. Seeded: every run shows the same scene."""
    noise = random.Random(7)
    step = 0
    while True:
        picture = bytearray(noise.randrange(20, 60) for _ in range(WIDTH * HEIGHT))
        for row, radius, start, speed in LANES:
            column = (start + speed * step) % WIDTH
            for y in range(row - 4, row + 5):
                for x in range(WIDTH):
                    if math.hypot(x - column, y - row) <= radius:
                        picture[y * WIDTH + x] = 220
        yield bytes(picture)
        step += 1
        time.sleep(1 / FRAMES_PER_SECOND)


def run_camera(
    frames: Queue[FramesMessage], stop: Event, frame_count: int, use_rtsp: bool
) -> None:
    """Process: sends `frame_count` pictures, then says that there are no more."""
    leave_interrupts_to_parent()
    try:
        with closing(rtsp_pictures() if use_rtsp else synthetic_pictures()) as pictures:
            for frame_id in range(frame_count):
                pixels = next(pictures)
                message = FrameMessage(
                    msg_type="frame",
                    frame_id=frame_id,
                    captured_at=time.time(),
                    pixels=pixels,
                )
                if not send(frames, message, stop):
                    break
    finally:
        send(frames, pill("camera closed"), stop)
