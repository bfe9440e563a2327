"""Long files of one shape each, and what pyteam's time for them is: linear in their length, or worse.

    python3 shapes.py text SHAPE N               the file on standard output
    python3 shapes.py check PYTEAM N,N,.. [SHAPE ..]   seconds of `check --no-cache`
    python3 shapes.py keys PYTEAM N [SHAPE ..]         milliseconds from a character typed in the middle to its findings

N is the number of lines, terms or parts. Without shapes, all are measured.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

QUEUE = "import queue\nq = queue.Queue()\n"
MP = "import multiprocessing as mp\ndef w(): pass\n"
ABC = "from abc import ABC, abstractmethod\n"


def each(n: int, line: str, between: str = "") -> str:
    """`line` n times, `@` in it being the number."""
    return between.join(line.replace("@", str(at)) for at in range(n))


def steps(n: int, line: str) -> str:
    """`line` n times at changing depths."""
    return "".join(" " * (at % 13) + line for at in range(n))


SHAPES: dict[str, Callable[[int], str]] = {
    # Comments, in all places.
    "comments": lambda n: each(n, "# a comment, line @\n") + "x = 1\n",
    "comments-cr": lambda n: each(n, "# a comment, line @\r") + "x = 1\r",
    "comments-crlf": lambda n: each(n, "# a comment, line @\r\n") + "x = 1\r\n",
    "comments-bare": lambda n: each(n, "#\n") + "x = 1\n",
    "comments-def": lambda n: "def f():\n    a = 1\n" + each(n, "    # line @\n") + "    return a\n",
    "comments-depths": lambda n: "class A:\n  def f():\n    a = 1\n" + steps(n, "# line\n\n") + "x = 1\n",
    "comments-brackets": lambda n: "x = [\n" + each(n, "    # line @\n") + "]\n",
    "comments-error": lambda n: "def f(:\n" + each(n, "    # line @\n") + "y = 1\n",
    "comments-open-string": lambda n: '"""\n' + each(n, "# line @\n") + "y = 1\n",
    "comments-in-string": lambda n: 'x = """\n' + each(n, "# line @\n") + '"""\n',
    "comments-63": lambda n: each(n // 64, each(63, "# a comment\n") + "x@ = 1\n"),
    "comments-65": lambda n: each(n // 66, each(65, "# a comment\n") + "x@ = 1\n"),
    "suppressions": lambda n: each(n, "x = @  # pyteam: ignore[unbounded-wait] no\n"),
    # One thing that is long.
    "code": lambda n: each(n // 5, "def f@(x):\n    y = x + @\n    if y > 3:\n        y -= @\n    return y\n"),
    "blank": lambda n: "def f():\n    x = 1\n" + "    \n" * n + "    y = 1\n",
    "pass": lambda n: "pass\n" * n,
    "continuations": lambda n: "\\\n" * n + "x = 1\n",
    "list": lambda n: "x = [\n" + each(n, "    @,\n") + "]\n",
    "dict": lambda n: "x = {\n" + each(n, "    'k@': @,\n") + "}\n",
    "string": lambda n: 'x = """\n' + each(n, "line @\n") + '"""\n',
    "strings": lambda n: "x = (\n" + each(n, "    'line @'\n") + ")\n",
    "f-string": lambda n: 'x = f"""\n' + each(n, "line {a@}\n") + '"""\n',
    "parentheses": lambda n: "x = " + "(" * n + ")" * n + "\n",
    "open-parentheses": lambda n: "x = " + "(" * n + "\n",
    "nested": lambda n: "".join(" " * at + "if x:\n" for at in range(min(n, 1500))) + " " * min(n, 1500) + "pass\n",
    "elif": lambda n: "if x == 0:\n    pass\n" + each(n, "elif x == @:\n    pass\n"),
    "decorators": lambda n: "@d\n" * n + "def f(): pass\n",
    "terms": lambda n: "x = " + each(n, "a@", " + ") + "\n",
    "comparisons": lambda n: "x = " + each(n, "a@", " < ") + "\n",
    "attributes": lambda n: "x = a" + each(n, ".b@(1)") + "\n",
    "arguments": lambda n: "f(" + each(n, "a@=@", ", ") + ")\n",
    "errors": lambda n: "x = = 1\n" * n,
    # Many things that have to do with one another.
    "classes-chain": lambda n: "class C0: pass\n" + "".join(f"class C{at + 1}(C{at}): pass\n" for at in range(n)),
    "abc-chain": lambda n: ABC + "class C0(ABC):\n    @abstractmethod\n    def f(self): ...\n" + "".join(
        f"class C{at + 1}(C{at}):\n    @abstractmethod\n    def f{at}(self): ...\n" for at in range(n)
    ),
    "abcs": lambda n: ABC + "".join(
        f"class C{at}(ABC):\n    @abstractmethod\n    def f(self): ...\nclass D{at}(C{at}):\n    def f(self): return 1\n"
        for at in range(n)
    ),
    "puts": lambda n: QUEUE + "def f():\n" + each(n, "    q.put({'a@': @, 'kind': 'k@'})\n"),
    "puts-in-functions": lambda n: QUEUE + "def g():\n    while True:\n        print(q.get()['kind'])\n" + each(
        n, "def f@():\n    q.put({'a@': @, 'kind': 'k@'})\n"
    ),
    "gets": lambda n: QUEUE + each(n, "def f@():\n    while True:\n        q.get()\n"),
    "queues": lambda n: "import queue\n" + each(n, "q@ = queue.Queue()\nq@.put(1)\nq@.get()\n"),
    "processes": lambda n: MP + each(n, "p@ = mp.Process(target=w)\np@.start()\n"),
    "threads": lambda n: "import threading\ndef w(): pass\ndef m():\n" + each(
        n, "    t@ = threading.Thread(target=w)\n    t@.start()\n    t@.join()\n"
    ),
    "definitions": lambda n: "import queue\n" + "def f(q):\n    q.get()\n" * n + "f(queue.Queue())\n",
    "assignments": lambda n: QUEUE + "def f(q):\n" + "    q = q\n" * n + "    q.get()\n",
    "branches": lambda n: QUEUE + "def f(x):\n" + each(
        n, "    if x == @:\n        q = queue.Queue()\n        q.get()\n"
    ),
    "loads": lambda n: "import torch\n" + each(n, "torch.load('a@')\n"),
    "sleeps": lambda n: "import time\n" + each(n, "async def f@():\n    time.sleep(1)\n"),
}


def write(folder: str, shape: str, n: int) -> str:
    """Writes the file as a project, and returns its text."""
    text = SHAPES[shape](n)
    with open(Path(folder, "long.py"), "w", newline="") as file:
        file.write(text)
    Path(folder, "pyproject.toml").write_text('[project]\nname = "long"\nversion = "1"\n')
    return text


def check(pyteam: str, shape: str, n: int) -> str:
    """What one check costs."""
    with tempfile.TemporaryDirectory() as folder:
        if len(write(folder, shape, n).encode()) > 2_000_000:
            return "too large"
        start = time.perf_counter()
        run = subprocess.run([pyteam, "check", "--no-cache", "--exit-zero", "-q", folder], capture_output=True, text=True)
        took = time.perf_counter() - start
        is_whole = run.returncode == 0 and "took longer than" not in run.stdout + run.stderr
        return f"{took:.2f}" + ("" if is_whole else " not analyzed")


class Server:
    """A server that is spoken to with pushed diagnostics."""

    def __init__(self, pyteam: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([pyteam, "server"], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def send(self, method: str, params: object, number: int | None = None) -> None:
        """A notification, or with a number a request."""
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({} if number is None else {"id": number})
        self.write(message)

    def write(self, message: dict) -> None:
        """One message."""
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def until(self, wanted: Callable[[dict], bool]) -> None:
        """Reads up to a message; requests of the server are answered with nothing."""
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                if line.lower().startswith(b"content-length"):
                    length = int(line.split(b":")[1])
            if not length:
                raise EOFError("the server has ended")
            message = json.loads(self.process.stdout.read(length))
            if "id" in message and "method" in message:
                self.write({"jsonrpc": "2.0", "id": message["id"], "result": None})
            if wanted(message):
                return


def keys(pyteam: str, shape: str, n: int, samples: int = 11) -> str:
    """Median, least and most of what a keystroke costs."""
    with tempfile.TemporaryDirectory() as folder:
        text = write(folder, shape, n)
        root = Path(folder).as_uri()
        document = {"uri": root + "/long.py", "version": 1}
        server = Server(pyteam)
        published = {"textDocument": {"publishDiagnostics": {"versionSupport": True}}}
        server.send("initialize", {"processId": os.getpid(), "rootUri": root, "capabilities": published}, 1)
        server.until(lambda message: message.get("id") == 1 and "result" in message)
        server.send("initialized", {})

        def publication(message: dict) -> bool:
            of = message.get("params") if message.get("method") == "textDocument/publishDiagnostics" else None
            return of is not None and of.get("version") == document["version"]

        server.send("textDocument/didOpen", {"textDocument": {**document, "languageId": "python", "text": text}})
        server.until(publication)
        time.sleep(1)
        lines = text.splitlines()
        place = {"line": len(lines) // 2, "character": len(lines[len(lines) // 2])}
        took = []
        for sample in range(samples):
            document["version"] += 1
            after = place if sample % 2 == 0 else {**place, "character": place["character"] + 1}
            change = {"range": {"start": place, "end": after}, "text": "1" if sample % 2 == 0 else ""}
            start = time.perf_counter()
            server.send("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
            server.until(publication)
            took.append((time.perf_counter() - start) * 1000)
            time.sleep(0.2)
        server.process.kill()
        server.process.wait()
        return f"{statistics.median(took):.1f} [{min(took):.1f}..{max(took):.1f}]"


def main() -> None:
    match sys.argv[1:]:
        case ["text", shape, n]:
            sys.stdout.write(SHAPES[shape](int(n)))
        case [("check" | "keys") as what, pyteam, lengths, *shapes]:
            measure = check if what == "check" else keys
            for shape in shapes or SHAPES:
                figures = [measure(pyteam, shape, int(n)) for n in lengths.split(",")]
                print(f"{shape:20}", " | ".join(figures), flush=True)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
