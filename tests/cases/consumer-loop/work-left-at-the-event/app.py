# Prints "done 9".
import queue
import threading
import time

finished = []


def work(jobs: "queue.Queue[int]", stop: threading.Event) -> None:
    while True:
        job = jobs.get()
        time.sleep(0.1)
        finished.append(job)
        jobs.task_done()


def main() -> None:
    jobs: "queue.Queue[int]" = queue.Queue()
    stop = threading.Event()
    threading.Thread(target=work, args=(jobs, stop), daemon=True).start()
    for number in range(9):
        jobs.put(number)
    stop.set()
    jobs.join()
    print("done", len(finished))


main()
