import asyncio
import time


def advance(items):
    return next(items)


def take(items):
    time.sleep(0.05)
    return advance(items)


async def main():
    items, seen = iter([1, 2]), []
    try:
        while True:
            item = take(items)
            seen.append(item)
    except (StopIteration, ValueError):
        print(*seen, "end")


asyncio.run(main())
