import time


def work(results):
    time.sleep(2)
    results.put(42)
