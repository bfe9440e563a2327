# The child dies with "context has already been set"; "worked" is never printed.
import multiprocessing as mp
import sys
from multiprocessing import set_start_method as start_by

start_by("spawn")


def work():
    print("worked", flush=True)


process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
