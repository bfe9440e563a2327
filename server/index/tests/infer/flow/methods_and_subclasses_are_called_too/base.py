from multiprocessing import Process

class Stage(Process):
    def __init__(self, inbox, outbox=None):
        super().__init__()
        self.inbox = inbox
        self.outbox = outbox

    def run(self):
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

    def hand(self, lock):
        reveal_type(lock)  # multiprocessing.Lock
