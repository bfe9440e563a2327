# The child dies with "context has already been set", before and behind a guard that leaves this above.
import multiprocessing as mp
import sys


class Start:
    def __class_getitem__(cls, how):
        mp.set_start_method(how)
        return cls


Start["spawn"]


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
