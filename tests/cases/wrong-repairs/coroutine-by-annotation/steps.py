import asyncio
import time


async def step():
    await asyncio.Event().wait() if False else None
    time.sleep(0.02)
    return "stepped"
