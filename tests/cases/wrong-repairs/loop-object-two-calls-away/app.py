import asyncio

from desk import Desk


async def main():
    inbox = asyncio.Queue()
    desk = Desk(inbox)
    task = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    desk.accept("job")
    print(await asyncio.wait_for(task, 5))


asyncio.run(main(), debug=True)
