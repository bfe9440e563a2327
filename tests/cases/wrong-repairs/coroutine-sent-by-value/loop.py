def run(coroutine):
    advance = coroutine.send
    try:
        while True:
            advance(None)
    except StopIteration as end:
        return end.value
