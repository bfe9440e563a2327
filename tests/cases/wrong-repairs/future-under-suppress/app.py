# Prints "saved 3".
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

saved = []


def save(number):
    time.sleep(1)
    saved.append(number)


def settle_all(futures):
    for future in futures:
        with suppress(Exception):
            future.result()


if __name__ == "__main__":
    pool = ThreadPoolExecutor(max_workers=3)
    settle_all([pool.submit(save, number) for number in range(3)])
    print("saved", len(saved))
