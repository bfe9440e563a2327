import asyncio
import time

total = 0
stock = {"a": 1}


def fetch():
    time.sleep(0.02)
    return 1


class Account:
    def __init__(self):
        self.balance = 100
        self.hits = 0

    def pay(self, amount):
        self.balance -= amount

    async def withdraw(self, amount):
        if self.balance >= amount:
            time.sleep(0.02)
            self.pay(amount)

    async def take(self, amount):
        if self.balance < amount:
            return
        time.sleep(0.02)
        self.balance = self.balance - amount

    async def hit(self):
        self.hits += fetch()


async def add():
    global total
    seen = total
    time.sleep(0.02)
    total = seen + 1


class Counter:
    def __init__(self):
        self.value = 0

    def bump(self):
        seen = self.value
        time.sleep(0.02)
        self.value = seen + 1


async def visit(counter):
    counter.bump()


async def main():
    one, other, counter = Account(), Account(), Counter()
    await asyncio.gather(*(one.withdraw(60) for _ in range(3)))
    await asyncio.gather(*(other.take(60) for _ in range(3)))
    await asyncio.gather(*(add() for _ in range(5)))
    await asyncio.gather(*(one.hit() for _ in range(5)))
    await asyncio.gather(*(visit(counter) for _ in range(3)))
    print(one.balance, other.balance, total, one.hits, counter.value)


asyncio.run(main())
