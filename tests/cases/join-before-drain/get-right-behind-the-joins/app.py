# Hangs; with the get first: prints "length 500000".
import multiprocessing as mp


def work(results):
    results.put("x" * 500_000)


def idle():
    pass


def read():
    results = mp.Queue()
    process = mp.Process(target=work, args=(results,), daemon=True)
    other = mp.Process(target=idle)
    process.start()
    other.start()
    process.join()
    other.join()
    return results.get()


if __name__ == "__main__":
    print("length", len(read()))
