# Prints "done: slept".
import asyncio
import time


class Desk:
    def __init__(self):
        self.jobs = []

    def submit(self, text, *rest):
        self.jobs.append(str(text))


def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


async def main():
    desk = Desk()
    desk.submit(slow(0.05))
    print("done:", *desk.jobs)


asyncio.run(main())
