import asyncio
import sqlite3
import threading
import time
from contextvars import ContextVar

from store import Store

trace = ContextVar("trace", default="none")


class Local(threading.local):
    user = "nobody"


local = Local()


def login(user):
    time.sleep(0.05)
    local.user = user


def begin(number):
    time.sleep(0.05)
    mark(number)


def mark(number):
    trace.set(f"trace-{number}")


async def main():
    store = Store(sqlite3.connect(":memory:"))
    store.add("a")
    login("admin")
    begin(7)
    print(store.count(), local.user, trace.get())


asyncio.run(main())
