# Prints "b'k' b'v'".
import asyncio


class Store:
    def __init__(self):
        self.sent = asyncio.Queue[tuple[bytes, bytes]]()

    async def put(self, key, value):
        await self.sent.put((key, value))


async def main():
    store = Store()
    await store.put(b"k", b"v")
    print(*await store.sent.get())


if __name__ == "__main__":
    asyncio.run(main())
