# Prints "200 10".
from urllib.request import urlopen

import server


def version(port):
    with urlopen(f"http://127.0.0.1:{port}/version") as answer:
        return answer.status, len(answer.read())


print(*version(server.start()))
