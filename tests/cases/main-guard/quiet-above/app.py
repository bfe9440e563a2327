# Works where processes are forked: prints "worked: a of 2".
import logging
import multiprocessing as mp
import os
import re
import sys
from collections import namedtuple
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)
HERE = Path(__file__).resolve().parent
LEVEL = int(os.environ.get("LEVEL", "2"))
WORD = re.compile(r"\w+")
Point = namedtuple("Point", "x y")


@dataclass
class Job:
    names: list = field(default_factory=list)


def work(job, end):
    end.send("worked: %s of %d" % (job.names[0], LEVEL))


source, out = mp.Pipe(duplex=False)
process = mp.Process(target=work, args=(Job(["a"]), out))
process.start()
print(source.recv())
process.join(timeout=10)
sys.exit(process.exitcode)
