# Prints "done ['first', 'summary']".
import queue
import threading
import time


def work(jobs, stop, done):
    while not stop.is_set():
        job = jobs.get()
        done.append(job)


def release(jobs):
    time.sleep(2)
    jobs.put("summary")


def main():
    jobs, stop, done = queue.Queue(), threading.Event(), []
    thread = threading.Thread(target=work, args=(jobs, stop, done))
    thread.start()
    jobs.put("first")
    time.sleep(0.5)
    stop.set()
    release(jobs)
    thread.join()
    print("done", done)


main()
