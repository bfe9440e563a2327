import multiprocessing as mp
from base import Stage

class Reader(Stage):
    def __init__(self, frames):
        super().__init__(frames)

    def run(self):
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

    def hand(self, lock):
        reveal_type(lock)  # multiprocessing.Lock

def main():
    frames = mp.Queue()
    stages = [Reader(frames), Stage(frames)]
    for stage in stages:
        stage.hand(mp.Lock())
