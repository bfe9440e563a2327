import asyncio
import time


def answer(box):
    time.sleep(0.1)
    for future in box["waiting"]:
        future.set_result(42)


async def main():
    future = asyncio.get_running_loop().create_future()
    box = {"waiting": [future]}
    task = asyncio.create_task(asyncio.wait_for(future, 10))
    await asyncio.sleep(0)
    answer(box)
    print(await task)


asyncio.run(main(), debug=True)
