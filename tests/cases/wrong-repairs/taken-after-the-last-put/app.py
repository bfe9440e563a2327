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
    await read(out.name, chunks)
    print(await count(chunks))


asyncio.run(main())
