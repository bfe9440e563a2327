# Prints "total 3".
import multiprocessing as mp
import time


def work(results, total):
    results.put("first")
    time.sleep(1)
    total.value = 3


def main():
    results, total = mp.Queue(), mp.Value("i", 0)
    process = mp.Process(target=work, args=(results, total))
    process.start()
    process.join()
    print("total", total.value)
    results.get()


if __name__ == "__main__":
    main()
