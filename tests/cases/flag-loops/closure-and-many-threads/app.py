# Prints "still alive 2"; with a bounded get: "still alive 0".
import queue
import threading


def main():
    jobs, halt = queue.Queue(), threading.Event()

    def work():
        while not halt.is_set():
            job = jobs.get()
            print("job", job)
            jobs.task_done()

    threads = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    jobs.put(1)
    jobs.join()
    halt.set()
    for thread in threads:
        thread.join(4)
    print("still alive", sum(thread.is_alive() for thread in threads))


main()
