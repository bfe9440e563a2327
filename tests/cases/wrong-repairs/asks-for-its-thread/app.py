import asyncio
import signal
import threading
import time
from threading import get_ident

OWNER = get_ident()


def name():
    time.sleep(0.05)
    return threading.current_thread().name


def is_owner():
    time.sleep(0.05)
    return get_ident() == OWNER


def install():
    time.sleep(0.05)
    signal.signal(signal.SIGUSR1, lambda *_: None)
    return "set"


async def main():
    first = name()
    second = is_owner()
    third = install()
    print(first, second, third)


asyncio.run(main())
