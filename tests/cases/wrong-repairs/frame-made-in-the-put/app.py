# Prints "all 5".
import queue
import threading
import time

frames = queue.Queue(maxsize=1)


class Camera:
    def __init__(self):
        self.number = 0

    def read(self):
        self.number += 1
        return self.number


def capture(camera, stop):
    while not stop.is_set():
        frames.put(camera.read())


if __name__ == "__main__":
    stop = threading.Event()
    thread = threading.Thread(target=capture, args=(Camera(), stop), daemon=True)
    thread.start()
    seen = []
    while len(seen) < 5:
        time.sleep(0.5)
        seen.append(frames.get(timeout=5))
    stop.set()
    print("all 5" if seen == [1, 2, 3, 4, 5] else seen)
