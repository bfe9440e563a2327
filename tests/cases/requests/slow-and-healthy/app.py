# Prints "10 2 10 10".
import urllib.request
from urllib.request import urlopen

import server


def send(port):
    with urlopen(f"http://127.0.0.1:{port}/orders", b"order") as answer:
        return len(answer.read())


def lines(port):
    return len([line for line in urlopen(f"http://127.0.0.1:{port}/news")])


def handed_on(port):
    return urlopen(f"http://127.0.0.1:{port}/news")


def request(port):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/orders", data=b"order")
    return len(urlopen(request).read())


port = server.start()
print(send(port), lines(port), len(handed_on(port).read()), request(port))
