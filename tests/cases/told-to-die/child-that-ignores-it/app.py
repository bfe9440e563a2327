# Hangs for a minute.
import subprocess
import sys
import time

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class Server:
    def __init__(self):
        self.child = subprocess.Popen([sys.executable, "-c", DEAF])

    def stop(self):
        self.child.terminate()
        self.child.wait()


if __name__ == "__main__":
    server = Server()
    time.sleep(1)
    server.stop()
    print("gone")
