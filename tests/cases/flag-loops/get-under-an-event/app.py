# Hangs; with a bounded get: prints "ended".
import queue
import threading
import time


def work(jobs, stop):
    while not stop.is_set():
        job = jobs.get()
        print("job", job)


if __name__ == "__main__":
    jobs, stop = queue.Queue(), threading.Event()
    thread = threading.Thread(target=work, args=(jobs, stop))
    thread.start()
    jobs.put(1)
    time.sleep(0.2)
    stop.set()
    thread.join(timeout=5)
    print("ended")
