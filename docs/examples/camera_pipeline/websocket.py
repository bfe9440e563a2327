"""As much of RFC 6455 as one stream of short texts needs."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from io import BufferedRWPair

ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3

FINAL = 0x80
TEXT = 0x1
CLOSE = 0x8

LONGEST_LINE = 1024
MOST_HEADERS = 64


def accept_key(key: str) -> str:
    # SHA-1 is the RFC's choice. The key protects nothing: it shows that the peer
    # speaks WebSocket.
    digest = hashlib.sha1((key + ACCEPT_SUFFIX).encode("ascii"), usedforsecurity=False)
    return base64.b64encode(digest.digest()).decode("ascii")


def read_headers(stream: BufferedRWPair) -> dict[str, str]:
    """The headers of an HTTP message, their names in lower case."""
    stream.readline(LONGEST_LINE)
    headers: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = stream.readline(LONGEST_LINE).decode("latin-1").strip()
        if not line:
            return headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    raise ValueError("too many headers")


def answer_upgrade(stream: BufferedRWPair) -> None:
    """The server's half of the opening handshake."""
    key = read_headers(stream)["sec-websocket-key"]
    stream.write(
        (
            "HTTP/1.1 101 Switching Protocols\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        ).encode("ascii")
    )
    stream.flush()


def request_upgrade(stream: BufferedRWPair, host: str) -> None:
    """The client's half of the opening handshake."""
    key = base64.b64encode(secrets.token_bytes(16)).decode("ascii")
    stream.write(
        (
            f"GET / HTTP/1.1\r\nHost: {host}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode("ascii")
    )
    stream.flush()
    if read_headers(stream).get("sec-websocket-accept") != accept_key(key):
        raise ConnectionError("the server does not speak WebSocket")


def write_frame(stream: BufferedRWPair, opcode: int, payload: bytes = b"") -> None:
    """One unmasked frame, as a server sends it. At most 65,535 bytes fit."""
    if len(payload) < 126:
        head = bytes([FINAL | opcode, len(payload)])
    else:
        head = bytes([FINAL | opcode, 126]) + len(payload).to_bytes(2, "big")
    stream.write(head + payload)
    stream.flush()


def read_exactly(stream: BufferedRWPair, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionError("the server left without a goodbye")
    return data


def read_texts(stream: BufferedRWPair) -> Iterator[str]:
    """The server's texts until it closes."""
    while True:
        first, length = read_exactly(stream, 2)
        if first & 0x0F == CLOSE:
            return
        if length == 126:
            length = int.from_bytes(read_exactly(stream, 2), "big")
        elif length > 126:
            raise ValueError("the frame is longer than any that this server sends")
        yield read_exactly(stream, length).decode("utf-8")
