# Prints "slept".
import asyncio
import time

import loop


class Step:
    async def run(self):
        time.sleep(0.1)
        return "slept"


if __name__ == "__main__":
    step = Step()
    if asyncio.iscoroutinefunction(step.run):
        print(loop.Loop().run(step.run()))
