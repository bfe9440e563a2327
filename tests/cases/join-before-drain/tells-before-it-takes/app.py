# Prints "child", "joined", "1" in this order.
import multiprocessing as mp
import time


def work(results):
    results.put(1)
    time.sleep(0.5)
    print("child", flush=True)


def read():
    results = mp.Queue()
    process = mp.Process(target=work, args=(results,))
    process.start()
    process.join()
    print("joined", flush=True)
    print(results.get(), flush=True)


if __name__ == "__main__":
    read()
