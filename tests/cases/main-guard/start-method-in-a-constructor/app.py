# The child dies with "context has already been set", before and behind a guard that leaves this above.
import multiprocessing
import multiprocessing as mp
import sys


class Settings:
    def __init__(self):
        begin = getattr(multiprocessing, "set_" + "start_method")
        begin("spawn")


settings = Settings()


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
