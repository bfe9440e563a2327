import asyncio
import tempfile


async def read(path, chunks):
    with open(path, "rb") as source:
        while True:
            piece = source.read(1000)
            await chunks.put(piece)
            if not piece:
                break


async def some(chunks, most):
    seen = 0
    while True:
        await chunks.get()
        seen += 1
        if seen >= most:
            return seen


async def main():
    with tempfile.NamedTemporaryFile(delete=False) as out:
        out.write(bytes(500_000))
    chunks = asyncio.Queue()
    producer = asyncio.create_task(read(out.name, chunks))
    print(await some(chunks, 3))
    await producer


asyncio.run(main())
