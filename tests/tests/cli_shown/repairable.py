import queue
import threading


def main() -> None:
    q: "queue.Queue[int]" = queue.Queue()
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            number = q.get()
            print(number)
            q.task_done()

    thread = threading.Thread(target=run)
    thread.start()
    q.put(1)
    q.join()
    stop.set()
    thread.join()
