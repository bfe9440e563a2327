import asyncio
import time


class Counter:
    def __init__(self):
        self.value = 0

    async def bump(self):
        time.sleep(0.02)
        self.value += 1


async def main():
    counter = Counter()
    await asyncio.gather(*(counter.bump() for _ in range(5)))
    print(counter.value)


asyncio.run(main())
