import asyncio
import threading
import time

lock, seen = threading.Lock(), []


async def step(name, turn):
    lock.acquire()
    seen.append(name)
    lock.release()
    time.sleep(0.05)
    await turn.acquire()
    try:
        time.sleep(0.05)
    finally:
        turn.release()


async def main():
    turn = asyncio.Lock()
    await asyncio.gather(step("a", turn), step("b", turn))
    print(*sorted(seen))


asyncio.run(main())
