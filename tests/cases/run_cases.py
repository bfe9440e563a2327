"""Checks each program of this folder against pyteam; README.md says what a case holds.

    python3 tests/cases/run_cases.py [options]

A case that fails and does not stand in not-yet.txt fails the run, and so does one that stands
there and passes. A fix that makes a program wrong is never excused. Needs pyteam and the standard
library. Exit code 0 if all is as listed, 1 if not, 77 if it had to be left out (1 if CI=true).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LEFT_OUT = 77
LEVELS = ("hint", "information", "warning", "error")
CHECK_S = 60.0


def main() -> int:
    arguments = parse()
    pyteam = arguments.pyteam.resolve()
    if not pyteam.is_file():
        print(f"there is no {pyteam}: cargo build --release -p pyteam")
        return 1 if os.environ.get("CI") == "true" else LEFT_OUT
    folders = sorted(path.parent for path in HERE.rglob("case.toml"))
    listed = not_yet(HERE / "not-yet.txt")
    complaints = [f"{name} is in not-yet.txt, and there is no such case"
                  for name in sorted(listed.keys() - {name_of(folder) for folder in folders})]
    if arguments.kind:
        folders = [folder for folder in folders if folder.parent.name in arguments.kind]
    checker = Checker(str(pyteam))
    with ThreadPoolExecutor(arguments.jobs) as pool:
        outcomes = list(pool.map(checker.outcome, folders))
    for outcome in outcomes:
        complaints += judged(outcome, listed)
    show(outcomes, listed, verbose=arguments.verbose)
    for complaint in complaints:
        print(f"FAILED {complaint}")
    held = sum(not outcome.all for outcome in outcomes)
    print(f"{held} of {len(outcomes)} hold, {len(outcomes) - held} do not yet; {len(complaints)} failed")
    return 1 if complaints else 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pyteam", type=Path, default=ROOT / "target/release/pyteam")
    parser.add_argument("--kind", action="append", help="only this kind; may be given several times")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="what fails in the listed cases, too")
    return parser.parse_args()


def not_yet(path: Path) -> dict[str, str]:
    """The cases that do not hold yet, with their reasons."""
    lines = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines())
    return {name: reason.strip() for name, _, reason in lines if name and not name.startswith("#")}


def name_of(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


@dataclass
class Outcome:
    """What is wrong with one case."""

    name: str
    findings: list[str] = field(default_factory=list)
    # A fix that is offered and should not be, or leaves a program that does not do its work.
    harm: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        return self.findings + self.harm


def judged(outcome: Outcome, listed: dict[str, str]) -> list[str]:
    """What the list does not excuse."""
    if outcome.harm:
        return [f"{outcome.name}: {'; '.join(outcome.all)}"]
    if outcome.findings and outcome.name not in listed:
        return [f"{outcome.name}: {'; '.join(outcome.findings)}"]
    if not outcome.findings and outcome.name in listed:
        return [f"{outcome.name} passes: take its line out of not-yet.txt"]
    if outcome.findings and not listed[outcome.name]:
        return [f"{outcome.name} has no reason in not-yet.txt"]
    return []


def show(outcomes: list[Outcome], listed: dict[str, str], *, verbose: bool) -> None:
    table: dict[str, list[bool]] = defaultdict(list)
    for outcome in outcomes:
        table[outcome.name.partition("/")[0]].append(not outcome.all)
        if verbose and outcome.all:
            print(f"{outcome.name}: {'; '.join(outcome.all)} ({listed.get(outcome.name, 'not listed')})")
    for kind, holds in sorted(table.items()):
        if not all(holds):
            print(f"{kind}: {sum(holds)} of {len(holds)}")


@dataclass(frozen=True)
class Finding:
    """A finding, as far as cases ask for it."""

    file: str
    line: int
    code: str
    level: int

    def __str__(self) -> str:
        return f"{self.code} ({LEVELS[self.level]}) at {self.file}:{self.line}"


class Checker:
    """Checks cases with one pyteam."""

    def __init__(self, pyteam: str) -> None:
        self.pyteam = pyteam
        rules = json.loads(run([pyteam, "rules", "--output-format", "json"], HERE, CHECK_S).out)
        self.codes = {rule["code"] for rule in rules}
        late = [rule["code"] for rule in rules if not rule["on-by-default"]]
        self.all_rules = [part for word in ["all", *late] for part in ("--select", word)]

    def outcome(self, folder: Path) -> Outcome:
        outcome = Outcome(name_of(folder))
        try:
            wanted = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
            outcome.findings += self.wrong_findings(folder, wanted)
            if "repair" in wanted:
                self.try_repair(folder, wanted, outcome)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            # A case that is broken fails whatever the list says.
            outcome.harm.append(f"{type(error).__name__}: {error}")
        return outcome

    def wrong_findings(self, folder: Path, wanted: dict[str, Any]) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="case-") as place:
            found = self.findings(copied(folder, Path(place)))
        wrong = []
        for want in wanted.get("named", []):
            near = [one for one in found if is_near(one, want)]
            least = LEVELS.index(want.get("min", "information"))
            if not any(one.code in want["codes"] and one.level >= least for one in near):
                seen = ", ".join(sorted({str(one) for one in near})) or "nothing there"
                wrong.append(f"not named: {'|'.join(want['codes'])} at {want['file']}:{want['line']} ({seen})")
        for want in wanted.get("silent", []):
            wrong += [f"false alarm: {one}" for one in found if breaks_silence(one, want)]
        return wrong

    def findings(self, folder: Path) -> list[Finding]:
        command = [self.pyteam, "check", "--severity", "hint", "--no-cache", "--output-format", "json", "--exit-zero",
                   *self.all_rules, "."]
        done = run(command, folder, CHECK_S)
        if done.code != 0:
            raise RuntimeError(f"pyteam ended with {done.code}: {done.err.strip() or done.out.strip()}")
        real = folder.resolve()
        return [Finding(os.path.relpath(real / one["filename"], real), one["location"]["row"], one["code"],
                        LEVELS.index(one["severity"])) for one in json.loads(done.out)]

    def try_repair(self, folder: Path, wanted: dict[str, Any], outcome: Outcome) -> None:
        """Has the fixes made, and runs what is left."""
        want = wanted["repair"]
        codes = want.get("select") or sorted({code for one in wanted.get("named", []) for code in one["codes"]})
        known = [code for code in codes if code in self.codes]
        may_be_none = want.get("or_none") or want.get("offered") is False
        with tempfile.TemporaryDirectory(prefix="case-") as place:
            copy = copied(folder, Path(place))
            before = texts(copy)
            if known:
                chosen = [part for code in known for part in ("--select", code)]
                # What is only a hint is offered by the light bulb, too.
                command = [self.pyteam, "check", "--severity", "hint", "--no-cache", "--exit-zero", "--fix",
                           "--unsafe-fixes", *chosen, "."]
                done = run(command, copy, CHECK_S)
                if done.code != 0:
                    raise RuntimeError(f"pyteam ended with {done.code}: {done.err.strip() or done.out.strip()}")
            after = texts(copy)
            if after == before:
                outcome.findings += [] if may_be_none else [f"no fix of {'|'.join(codes)} is offered"]
            elif want.get("offered") is False:
                outcome.harm.append(f"a fix of {'|'.join(known)} is offered and changes files")
            else:
                outcome.harm += broken(copy, after, want)


def broken(folder: Path, files: dict[str, bytes], want: dict[str, Any]) -> list[str]:
    """What is wrong with a program that fixes were made in."""
    for name, text in files.items():
        if name.endswith(".py"):
            try:
                compile(text, name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError) as error:
                return [f"the fixed {name} does not compile: {error}"]
    if "run" not in want:
        return []
    within = float(want.get("within", 20))
    done = run([sys.executable, want["run"]], folder, within)
    last = (done.err.strip().splitlines() or [""])[-1][:160]
    if done.code is None:
        return [f"the fixed {want['run']} does not end within {within:g} s"]
    if done.code != 0:
        return [f"the fixed {want['run']} exits with {done.code}: {last}"]
    if want.get("output", "") not in done.out:
        return [f"the fixed {want['run']} does not print {want['output']!r}: {done.out.strip()[-120:]!r} {last}"]
    return []


def is_near(finding: Finding, want: dict[str, Any]) -> bool:
    places = [(want["file"], want["line"])]
    for place in want.get("or", []):
        file, _, line = place.rpartition(":")
        places.append((file, int(line)))
    return any(finding.file == file and abs(finding.line - line) <= 1 for file, line in places)


def breaks_silence(finding: Finding, want: dict[str, Any]) -> bool:
    return (
        finding.file == want["file"]
        and finding.level >= LEVELS.index("information")
        and ("*" in want["codes"] or finding.code in want["codes"])
        and ("line" not in want or abs(finding.line - want["line"]) <= 1)
    )


def copied(folder: Path, into: Path) -> Path:
    target = into / "work"
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("case.toml", "__pycache__"))
    return target


def texts(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@dataclass(frozen=True)
class Done:
    """How a program ended; without a code it did not within its time."""

    code: int | None
    out: str
    err: str


def run(command: list[str], folder: Path, within: float) -> Done:
    """Runs a program, and ends whatever it has started."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, text=True, errors="replace", start_new_session=True)
    try:
        out, err = process.communicate(timeout=within)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        code, out, err = None, "", ""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if code is None:
        out, err = process.communicate()
    return Done(code, out, err)


if __name__ == "__main__":
    sys.exit(main())
