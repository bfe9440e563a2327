class Own:
    def __init__(self, c):
        self.c = c

    def __iter__(self):
        end = yield from self.c.__await__()
        yield end
