import multiprocessing as mp
import threading
import time


def work() -> None:
    time.sleep(0.2)


def stop(worker: mp.Process) -> None:
    worker.kill()
    worker.join()
    other = threading.Thread(target=work)
    other.start()
    worker = other
    worker.join()


def restart() -> None:
    worker = mp.Process(target=work)
    worker.start()
    worker.kill()
    worker = mp.Process(target=work)
    worker.start()
    worker.join()


if __name__ == "__main__":
    restart()
