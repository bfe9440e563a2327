import multiprocessing as mp
from base import Stage

class Named(Stage):
    def __init__(self, name, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = name

class Deep(Named):
    def __init__(self, depth, *args, **kwargs):
        super().__init__('deep', *args, **kwargs)
        reveal_type(self.inbox)  # multiprocessing.queues.Queue

q = mp.Queue()
stop = mp.Event()
Named('a', q, mp.SimpleQueue(), stop=stop)
Deep(3, inbox=q, stop=stop)
