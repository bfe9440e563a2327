# The child dies with "context has already been set", before and behind a guard that leaves this above.
import multiprocessing as mp
import sys

from plugins import stage


@stage
def load():
    return 1


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
