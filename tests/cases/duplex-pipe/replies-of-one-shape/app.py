# Prints "84 96".
import multiprocessing as mp
from multiprocessing.connection import Connection


def worker(conn: Connection) -> None:
    while conn.recv_bytes() != b"end":
        conn.send((84, 96))


def main() -> None:
    ours, theirs = mp.Pipe()
    process = mp.Process(target=worker, args=(theirs,))
    process.start()
    ours.send_bytes(b"shape")
    height, width = ours.recv()
    ours.send_bytes(b"end")
    process.join(timeout=10)
    print(height, width)


if __name__ == "__main__":
    main()
