import asyncio
import tempfile


async def read(path, chunks):
    with open(path, "rb") as source:
        while True:
            piece = source.read(1000)
            await chunks.put(piece)
            if not piece:
                break


async def count(chunks, done):
    await done
    total = 0
    while piece := await chunks.get():
        total += len(piece)
    return total


async def main():
    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(bytes(500_000))
    chunks = asyncio.Queue()
    producer = asyncio.create_task(read(out.name, chunks))
    consumer = asyncio.create_task(count(chunks, producer))
    print(await consumer)


asyncio.run(main())
