import queue
class Base:
    def __init__(self):
        self.q = queue.Queue()
def make():
    return queue.Queue(3)
