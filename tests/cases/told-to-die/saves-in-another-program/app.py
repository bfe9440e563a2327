# Prints "ended by 3".
import subprocess
import sys
import time

SAVES = """
import signal, sys, time

def save(*_):
    time.sleep(3)
    sys.exit(3)

signal.signal(signal.SIGTERM, save)
time.sleep(60)
"""

child = subprocess.Popen([sys.executable, "-c", SAVES])
time.sleep(1)
child.terminate()
child.wait()
print("ended by", child.returncode)
