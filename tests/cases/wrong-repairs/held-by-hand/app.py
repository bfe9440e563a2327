import asyncio
import threading
import time

lock, seen = threading.Lock(), []


class Gate:
    def __init__(self):
        self.free = threading.Semaphore(1)

    async def pass_through(self, name):
        if self.free.acquire():
            time.sleep(0.05)
            seen.append(name)
            self.free.release()


async def step(name):
    lock.acquire()
    try:
        time.sleep(0.05)
        seen.append(name)
    finally:
        lock.release()


async def main():
    gate = Gate()
    await asyncio.gather(step("a"), step("b"))
    await asyncio.gather(gate.pass_through("c"), gate.pass_through("c"))
    print(*sorted(set(seen)))


asyncio.run(main())
