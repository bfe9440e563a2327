# Prints "4 lines".
import os
import queue
import tempfile
import threading
import time


class Log:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "w")
        self.lines = queue.Queue()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self):
        while not (self.stopping.is_set() and self.lines.empty()):
            time.sleep(0.5)
            self.file.write(self.lines.get(timeout=5))

    def close(self):
        self.stopping.set()
        self.thread.join()
        self.file.close()


if __name__ == "__main__":
    log = Log(os.path.join(tempfile.mkdtemp(), "log.txt"))
    for number in range(4):
        log.lines.put(f"{number}\n")
    log.close()
    with open(log.path) as file:
        print(len(file.readlines()), "lines")
