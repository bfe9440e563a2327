import asyncio
import time


class Feed:
    def __init__(self, count):
        self.count = count

    def pull(self):
        if not self.count:
            raise StopIteration
        self.count -= 1
        return self.count


def step(feed):
    time.sleep(0.05)
    return feed.pull()


async def main():
    feed, seen = Feed(3), 0
    while True:
        try:
            step(feed)
        except Exception:
            break
        seen += 1
    print(seen, "end")


asyncio.run(main())
