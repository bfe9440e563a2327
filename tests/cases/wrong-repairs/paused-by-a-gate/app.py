# Prints "sent 3".
import threading
import time


class Sender:
    def __init__(self):
        self._unblocked = threading.Event()
        self.sent = []

    def send(self, lines):
        for line in lines:
            self._unblocked.wait()
            self.sent.append(line)


if __name__ == "__main__":
    sender = Sender()
    thread = threading.Thread(target=sender.send, args=(["a", "b", "c"],))
    thread.start()
    time.sleep(1)
    sender._unblocked.set()
    thread.join(timeout=5)
    print("sent", len(sender.sent))
