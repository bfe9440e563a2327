import multiprocessing as mp

class Stage(mp.Process):
    def __init__(self, inbox, outbox=None, *, stop=None):
        super().__init__()
        self.inbox = inbox
        reveal_type(inbox)  # multiprocessing.queues.Queue
        reveal_type(outbox)  # None | multiprocessing.queues.SimpleQueue
        reveal_type(stop)  # multiprocessing.Event
