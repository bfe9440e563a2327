import loop


def start(function):
    return loop.run(function())
