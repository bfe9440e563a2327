# The child dies with "context has already been set", before and behind a guard that leaves this above.
import multiprocessing as mp
import sys

import jobs

print(jobs.__name__)


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
