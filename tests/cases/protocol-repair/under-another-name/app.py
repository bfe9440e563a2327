# Prints "found 1".
from functools import partial

from ports import Power as Port
from ports import Relay


def find(drivers, wanted=Port):
    return [driver for driver in drivers if isinstance(driver, wanted)]


if __name__ == "__main__":
    search = partial(find, wanted=Port)
    print("found", len(search([Relay(), 1])))
