# Hangs.
import multiprocessing as mp
import queue
import threading
import time


class Producer:
    def __init__(self):
        self.items = queue.Queue(maxsize=1)
        self.running = True

    def close(self):
        self.running = False

    def run(self):
        while self.running:
            self.items.put(1)


class Receiver:
    def __init__(self, conn):
        self.conn = conn
        self._stop = threading.Event()

    def close(self):
        self._stop.set()

    def run(self):
        while True:
            if self._stop.is_set():
                break
            print(self.conn.recv())


if __name__ == "__main__":
    ours, theirs = mp.Pipe()
    workers = [Producer(), Receiver(ours)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    for worker in workers:
        worker.close()
    for thread in threads:
        thread.join(timeout=5)
    print("both ended")
