# Prints "result 42".
import multiprocessing as mp

from work import work


class Job:
    def __init__(self):
        self.results = mp.Queue()
        self.process = mp.Process(target=work, kwargs={"results": self.results})

    def run(self):
        self.process.start()
        value = self.results.get(block=True)
        self.process.join(timeout=5)
        return value


if __name__ == "__main__":
    print("result", Job().run())
