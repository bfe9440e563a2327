# Fails with TypeError; passed: prints "slept 0.1 slept 0.1".
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor


def slow(seconds: float) -> str:
    time.sleep(seconds)
    return f"slept {seconds}"


async def main():
    pool = ThreadPoolExecutor()
    future = pool.submit(slow(0.1))
    loop = asyncio.get_event_loop()
    print(await asyncio.wrap_future(future), await loop.run_in_executor(pool, slow(0.1)))


asyncio.run(main())
