# Prints "result: 3".
import asyncio
from concurrent.futures import Future, ThreadPoolExecutor


class Shown(Future):
    def result(self, timeout=None):
        if not self.done():
            self.set_result(3)
        return f"result: {super().result(timeout)}"


def make() -> Future:
    return Shown()


async def ask():
    future: Future = make()
    return future.result()


print(asyncio.run(ask()))
