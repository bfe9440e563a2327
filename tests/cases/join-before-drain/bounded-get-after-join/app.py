# Prints "answer 9".
import multiprocessing as mp
import time


def work(results):
    time.sleep(2)
    results.put(9)


def main():
    results = mp.Queue()
    process = mp.Process(target=work, args=(results,))
    process.start()
    process.join()
    print("answer", results.get(timeout=0.5))


if __name__ == "__main__":
    main()
