# Prints "1 2", in the order in which they were asked for.
import asyncio
import subprocess
import sys


class Collector:
    def __init__(self):
        self.found = []

    def add(self, process):
        self.found.append(process.returncode)


async def ask(collector, code):
    collector.add(subprocess.run([sys.executable, "-c", f"raise SystemExit({code})"], timeout=20))


async def main():
    collector = Collector()
    first = asyncio.ensure_future(ask(collector, 1))
    await asyncio.sleep(0)
    collector.found.append(2)
    await first
    print(*collector.found)


asyncio.run(main())
