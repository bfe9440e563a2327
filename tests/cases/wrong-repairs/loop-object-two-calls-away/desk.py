import time


class Desk:
    def __init__(self, inbox):
        self.inbox = inbox

    def accept(self, job):
        time.sleep(0.1)
        self._hand_on(job)

    def _hand_on(self, job):
        self.inbox.put_nowait(job)
