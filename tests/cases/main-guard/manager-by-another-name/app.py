# Works where processes are forked: prints "worked 1".
import multiprocessing as mp
import sys

context = mp.get_context()
make = context.Manager
store = make().dict()


def work(where):
    where["n"] = 1


process = mp.Process(target=work, args=(store,))
process.start()
process.join(timeout=10)
print("worked", store["n"])
sys.exit(process.exitcode)
