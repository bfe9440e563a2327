from multiprocessing import Pipe, Process


def work(out):
    out.send("staged")


source, end = Pipe(duplex=False)
process = Process(target=work, args=(end,))
process.start()
print(source.recv())
process.join(timeout=10)
