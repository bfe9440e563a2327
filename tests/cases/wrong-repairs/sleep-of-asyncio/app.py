# The ticks come after the sleep only: prints "slept tick"; repaired: "tick slept".
import asyncio
import time


async def tick(out):
    await asyncio.sleep(0.02)
    out.append("tick")


async def work(out):
    time.sleep(0.3)
    out.append("slept")


async def main():
    out = []
    await asyncio.gather(work(out), tick(out))
    print(*out)


asyncio.run(main())
