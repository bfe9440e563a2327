# Prints "done ['first', 'last']".
import queue
import threading
import time


def work(jobs, stop, done):
    while not stop.is_set():
        job = jobs.get()
        done.append(job)


def finish(jobs):
    time.sleep(3)
    jobs.put("last")


def main():
    jobs, stop, done = queue.Queue(), threading.Event(), []
    threads = [
        threading.Thread(target=work, args=(jobs, stop, done)),
        threading.Thread(target=finish, args=(jobs,)),
    ]
    for thread in threads:
        thread.start()
    jobs.put("first")
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    print("done", done)


main()
