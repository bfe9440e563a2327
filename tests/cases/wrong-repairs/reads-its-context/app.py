import asyncio
import time
from contextvars import ContextVar

trace = ContextVar("trace", default="none")


def load():
    time.sleep(0.05)
    return trace.get()


async def main():
    trace.set("trace-7")
    value = load()
    print(value)


asyncio.run(main())
