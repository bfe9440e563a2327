# Prints "done: slept".
import asyncio
import time
from concurrent.futures import Future, ThreadPoolExecutor


class Lenient(ThreadPoolExecutor):
    def submit(self, fn, /, *args, **kwargs):
        if callable(fn) and not args:
            return super().submit(fn)
        future = Future()
        future.set_result(fn)
        return future


def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


async def main():
    pool = Lenient()
    print("done:", await asyncio.wrap_future(pool.submit(slow(0.05))))


asyncio.run(main())
