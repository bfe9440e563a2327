import asyncio
import time


async def step():
    time.sleep(0.05)
    return "stepped"


def is_step(function):
    return asyncio.iscoroutinefunction(function)
