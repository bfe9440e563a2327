import multiprocessing as mp
import threading

class Meeting:
    def __init__(self):
        self.gate = threading.Barrier(2, None, 1.0)
        self.other = threading.Barrier(2)

    def meet(self):
        self.gate.wait()

    def meet_other(self):
        self.other.wait()

def run(gate: "mp.Barrier"):
    gate.wait()

if __name__ == "__main__":
    g = mp.Barrier(1, timeout=3)
    run(g)
