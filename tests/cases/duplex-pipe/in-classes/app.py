# Prints "4 done".
import multiprocessing as mp


class Worker:
    def __init__(self, conn):
        self.conn = conn

    def run(self):
        for command, data in iter(self.conn.recv, ("close", None)):
            if command == "double":
                self.conn.send((data * 2, "done"))


class Client:
    def __init__(self):
        self.conn, theirs = mp.Pipe()
        self.process = mp.Process(target=Worker(theirs).run)
        self.process.start()

    def double(self, number):
        self.conn.send(("double", number))
        return self.conn.recv()

    def close(self):
        self.conn.send(("close", None))
        self.process.join(timeout=5)


if __name__ == "__main__":
    client = Client()
    number, word = client.double(2)
    client.close()
    print(number, word)
