"""Generates a project in which a hundred files import one: what an edit of that one's signatures costs is measured on it.

    python3 importers.py FOLDER [--importers 100] [--functions 700]

`hub.py` has 13 lines for each of its functions, one in ten of which works on queues. In its middle stands `probe`, which
everybody calls, and behind it the place where `lsp_bench.py` defines it anew with another signature.
"""

import argparse
from pathlib import Path

CONSUMER = '''
def work_{n}(inbox, outbox=None, limit={n}):
    """Moves up to `limit` messages from one queue to the other."""
    moved = 0
    for _ in range(limit):
        message = inbox.get(timeout=1.0)
        if message is None:
            break
        if outbox is not None:
            outbox.put(message, timeout=1.0)
        moved += 1
    return moved

'''

FUNCTION = '''
def work_{n}(inbox, outbox=None, limit={n}):
    """What a message of `limit` bytes costs."""
    sizes = [limit * step for step in range(1, 4)]
    total = 0
    for size in sizes:
        if size > {n}:
            total += size // 2
        else:
            total -= size
    label = f"{{inbox}} {{outbox}}".strip()
    return total, label

'''

PROBE = '''
def probe(inbox, limit=7): return work_0(inbox, limit=limit)


# Everybody calls it. `lsp_bench.py` puts its probe before the first
# statement behind the middle of the file, which is the one below: with
#   --toggle 'def probe(inbox, limit=7, extra=torch.load(undefined_name_probe)): return work_0(inbox)'
# each keystroke gives the function that everybody calls another signature.


PROBED = probe

'''

IMPORTER = '''import multiprocessing as mp
import queue

from hub import probe, {names}


class Stage_{n}:
    def __init__(self, inbox):
        self.inbox = inbox
        self.outbox = mp.Queue(maxsize=8)
        self.local = queue.Queue()

    def run(self):
        return probe(self.inbox, limit={n})

{methods}

def start_{n}():
    stage = Stage_{n}(mp.Queue())
    process = mp.Process(target={first}, args=(stage.inbox, stage.outbox))
    process.start()
    process.join(timeout=5)
    return stage.run()
'''


def importer(n: int, functions: int) -> str:
    """The text of the n-th file that imports the hub."""
    used = [f"work_{(n * 7 + step) % functions}" for step in range(7)]
    methods = "\n".join(
        f"    def step_{at}(self):\n        return {name}(self.inbox, self.outbox)\n" for at, name in enumerate(used)
    )
    return IMPORTER.format(n=n, names=", ".join(sorted(set(used))), methods=methods, first=used[0])


def generate(folder: Path, importers: int, functions: int) -> None:
    """Writes the project."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "importers"\nversion = "1"\n')
    texts = [(FUNCTION if n % 10 else CONSUMER).format(n=n) for n in range(functions)]
    texts.insert(functions // 2, PROBE)
    (folder / "hub.py").write_text('"""What everybody imports."""\n\nimport torch\n\n' + "".join(texts))
    for n in range(importers):
        (folder / f"importer_{n}.py").write_text(importer(n, functions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--importers", type=int, default=100)
    parser.add_argument("--functions", type=int, default=700)
    asked = parser.parse_args()
    generate(asked.folder, asked.importers, asked.functions)


if __name__ == "__main__":
    main()
