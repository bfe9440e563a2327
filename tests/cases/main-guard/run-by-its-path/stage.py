# Does its work while it is imported, and is meant to.
from multiprocessing import Pipe, Process


def work(out):
    out.send("staged")


source, out = Pipe(duplex=False)
process = Process(target=work, args=(out,))
process.start()
print(source.recv())
process.join(timeout=10)
