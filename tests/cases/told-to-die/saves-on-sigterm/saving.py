import sys
import time
from signal import *


def save(*_):
    time.sleep(3)
    print("saved", flush=True)
    sys.exit(3)


def install():
    signal(SIGTERM, save)
