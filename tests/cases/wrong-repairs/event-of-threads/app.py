import asyncio
import threading
import time

ready = threading.Event()


def prepare():
    time.sleep(0.1)
    ready.set()


async def main():
    prepare()
    print(ready.is_set())


asyncio.run(main())
