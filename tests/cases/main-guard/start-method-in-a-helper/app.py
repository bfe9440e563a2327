# The child dies with "context has already been set"; "worked" is never printed.
import multiprocessing as mp
import sys


def prepare():
    mp.set_start_method("spawn")


def work():
    print("worked", flush=True)


prepare()
process = mp.Process(target=work)
process.start()
process.join(timeout=10)
sys.exit(process.exitcode)
