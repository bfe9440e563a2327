# Prints "still alive 2"; with a bounded get: "still alive 0".
import multiprocessing as mp

from worker import work

if __name__ == "__main__":
    jobs, stop = mp.JoinableQueue(), mp.Event()
    workers = [mp.Process(target=work, args=(jobs, stop), daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    jobs.put(("a", 1))
    jobs.join()
    stop.set()
    for worker in workers:
        worker.join(timeout=4)
    print("still alive", sum(worker.is_alive() for worker in workers))
