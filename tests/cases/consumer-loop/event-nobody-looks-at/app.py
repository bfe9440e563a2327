# Hangs; with the loop's end: prints "ended".
import queue
import threading
import time


def work(jobs: "queue.Queue[int]", stop: threading.Event) -> None:
    while True:
        try:
            job = jobs.get(timeout=0.2)
        except queue.Empty:
            continue
        print("job", job)


def main() -> None:
    jobs: "queue.Queue[int]" = queue.Queue()
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(jobs, stop), daemon=True)
    thread.start()
    jobs.put(1)
    time.sleep(0.5)
    stop.set()
    thread.join()
    print("ended")


main()
