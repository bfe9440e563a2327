import asyncio
import time


async def compute():
    time.sleep(0.3)
    return 42


async def answer():
    return await compute()


async def guarded():
    async with asyncio.timeout(0.1):
        time.sleep(0.3)
        return 42


async def main():
    first = await asyncio.wait_for(answer(), 0.1)
    try:
        second = await guarded()
    except TimeoutError:
        second = 42
    print(first, second)


asyncio.run(main())
