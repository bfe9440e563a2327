from dataclasses import dataclass
from multiprocessing import Process, Queue
from threading import Thread

from worker import crunch


@dataclass
class Result:
    number: int


class Printer(Thread):
    def run(self):
        print('x')


def main():
    tasks, results = Queue(), Queue()
    worker = Process(target=crunch, args=(tasks, results))
    worker.start()
    printer = Printer()
    printer.start()
    task = {'id': 1, 'text': 'a', 'priority': 2, 'comment': 'something'}
    tasks.put(task)
    tasks.put(Result(1))
    tasks.put(None)
    print(results.get())
