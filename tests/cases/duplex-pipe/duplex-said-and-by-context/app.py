# Prints "a 1 b 2".
import multiprocessing as mp
from multiprocessing.connection import Connection

BOTH = True


def worker(end: Connection) -> None:
    end.send({"name": end.recv_bytes().decode(), "size": 1})


def other(end: Connection) -> None:
    end.send({"name": end.recv_bytes().decode(), "size": 2})


def main() -> None:
    context = mp.get_context("fork")
    ours, theirs = mp.Pipe(BOTH)
    first = context.Process(target=worker, args=(theirs,))
    first.start()
    ours.send_bytes(b"a")
    one = ours.recv()
    first.join(timeout=10)
    mine, yours = context.Pipe(duplex=True)
    second = context.Process(target=other, args=(yours,))
    second.start()
    mine.send_bytes(b"b")
    two = mine.recv()
    second.join(timeout=10)
    print(one["name"], one["size"], two["name"], two["size"])


if __name__ == "__main__":
    main()
