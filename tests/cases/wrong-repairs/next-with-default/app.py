import asyncio
import time


def take(items):
    time.sleep(0.05)
    return next(items, None)


def caught(items):
    time.sleep(0.05)
    try:
        return next(items)
    except StopIteration:
        return None


async def main():
    items = iter([1, 2])
    first = take(items)
    second = caught(items)
    third = caught(items)
    fourth = take(items)
    print(first, second, third, fourth)


asyncio.run(main())
