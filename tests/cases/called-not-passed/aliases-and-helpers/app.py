# Prints "slept slept slept".
import asyncio
import sched
import time


async def run_in_executor(pool, value, *rest):
    await asyncio.sleep(0)
    return value


async def to_thread(value, *rest):
    return value


class Worker:
    def __init__(self, target, args=()):
        self.target = target


def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


async def main():
    run = run_in_executor
    out = [await run(None, slow(0.02)), await run_in_executor(None, slow(0.02)), await to_thread(slow(0.02))]
    out[2] = Worker(target=slow(0.02)).target
    clock = sched.scheduler()
    clock.enter(0.01, 1, print, (slow(0.02),))
    print(*out)


asyncio.run(main())
