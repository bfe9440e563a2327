# Prints "stepped".
import asyncio
import contextlib
import time


class Loop:
    def __init__(self):
        self.tasks = []

    def run(self):
        for task in self.tasks:
            answer = None
            with contextlib.suppress(StopIteration):
                while True:
                    answer = task.send(answer)


async def step(found):
    await asyncio.sleep(0)
    time.sleep(0.05)
    found.append("stepped")


found = []
loop = Loop()
loop.tasks.append(step(found))
loop.run()
print(*found)
