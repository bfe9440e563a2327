class Loop:
    def run(self, coroutine):
        while True:
            try:
                coroutine.send(None)
            except StopIteration as end:
                return end.value
