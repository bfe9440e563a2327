# Prints "met" twice.
import threading
import time


def meet(barrier, late):
    time.sleep(late)
    barrier.wait()
    print("met")


if __name__ == "__main__":
    barrier = threading.Barrier(parties=2)
    threads = [threading.Thread(target=meet, args=(barrier, late)) for late in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=5)
