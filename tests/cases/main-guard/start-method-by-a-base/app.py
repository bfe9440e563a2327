# The child dies with "context has already been set", before and behind a guard that leaves this above.
import multiprocessing as mp
import sys


class Base:
    def __init_subclass__(cls):
        mp.set_start_method("spawn")


class Job(Base):
    pass


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
