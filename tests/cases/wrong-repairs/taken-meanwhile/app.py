import asyncio
import tempfile


async def read(path, chunks):
    with open(path, "rb") as source:
        while True:
            piece = source.read(1000)
            await chunks.put(piece)
            if not piece:
                break


async def count(chunks):
    total = 0
    while True:
        piece = await chunks.get()
        if not piece:
            return total
        total += len(piece)


async def main():
    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(bytes(500_000))
    chunks = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(read(out.name, chunks))
        consumer = group.create_task(count(chunks))
    print(consumer.result())


asyncio.run(main())
