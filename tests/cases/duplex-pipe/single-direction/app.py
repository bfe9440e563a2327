# Prints "1 a.png".
import multiprocessing as mp
from multiprocessing.connection import Connection


def worker(out: Connection) -> None:
    out.send({"frame": 1, "path": "a.png"})


def main() -> None:
    source, out = mp.Pipe(duplex=False)
    process = mp.Process(target=worker, args=(out,))
    process.start()
    message = source.recv()
    process.join(timeout=10)
    print(message["frame"], message["path"])


if __name__ == "__main__":
    main()
