"""Runs the example programs as a user would, and holds that they end by themselves.

    python3 tests/examples/run_examples.py

Needs the standard library alone. Exit code 0 if every program ended in time, with exit
code 0 and its closing line; 1 otherwise, with what was wrong and what was printed.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
PROGRAMS = ("camera_pipeline", "camera_pipeline_repaired")
FRAMES = 20
TIME_LIMIT_S = 60
CLOSING_LINE = re.compile(
    rf"camera pipeline closed: {FRAMES} frames, 3 objects, mean latency \d+ ms"
)


def complaint(program: str) -> str | None:
    """What is wrong with the program, or nothing."""
    main = EXAMPLES / program / "main.py"
    # An empty working directory: an example must not depend on where it is started.
    with tempfile.TemporaryDirectory() as elsewhere:
        process = subprocess.Popen(
            [sys.executable, str(main), "--frames", str(FRAMES)],
            cwd=elsewhere,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            end_with_children(process)
            output, _ = process.communicate(timeout=TIME_LIMIT_S)
            return f"did not end within {TIME_LIMIT_S} s\n{output}"
    if process.returncode != 0:
        return f"ended with exit code {process.returncode}\n{output}"
    lines = output.splitlines()
    if not lines or not CLOSING_LINE.fullmatch(lines[-1]):
        return f"did not end with its closing line\n{output}"
    return None


def end_with_children(process: subprocess.Popen[str]) -> None:
    """Ends the program's whole session: its children would hold the pipe open."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def main() -> int:
    failures = 0
    for program in PROGRAMS:
        wrong = complaint(program)
        if wrong is None:
            print(f"ok      {program}")
        else:
            failures += 1
            print(f"FAILED  {program}: {wrong}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
