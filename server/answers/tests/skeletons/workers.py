import multiprocessing
import queue
import threading


class Doubler(multiprocessing.Process):
    def __init__(self, numbers, doubled, stop, factor=2):
        super().__init__()
        self.numbers = numbers
        self.doubled = doubled
        self._stop_asked = stop
        self.factor = factor

    def run(self):
        while not self._stop_asked.is_set():
            try:
                number = self.numbers.get(timeout=0.1)
            except queue.Empty:
                continue
            if number is None:
                break
            self.doubled.put({"type": "doubled", "value": number * self.factor, "note": f"{number}"})
        self.doubled.put({"type": "stop"})


def tick(ticks, stop, pause: float):
    count = 0
    while not stop.wait(pause):
        ticks.put(("tick", count), timeout=1.0)
        count += 1


def count_down(out: "queue.Queue[object]"):
    for number in range(3):
        out.put({"number": number})
    out.put(None)


def main():
    numbers, doubled, stop = multiprocessing.Queue(5), multiprocessing.Queue(5), multiprocessing.Event()
    doubler = Doubler(numbers, doubled, stop)
    doubler.start()
    numbers.put(3)
    numbers.put(None)
    ticks, asked = queue.Queue(maxsize=3), threading.Event()
    ticker = threading.Thread(target=tick, args=(ticks, asked, 0.01))
    ticker.start()
    ticks.get(timeout=1)
    asked.set()
    ticker.join(timeout=5)
    out = queue.Queue()
    counter = threading.Thread(target=count_down, kwargs={"out": out})
    counter.start()
    out.get(timeout=1)
    counter.join(timeout=5)
    doubler.join(timeout=5)
