def run(coroutine):
    steps = coroutine.__await__()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
