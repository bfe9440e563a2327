"""`mypy --strict` over some files of a project, before and after a repair.

Real projects are rarely such that mypy takes all of their files at once: two scripts have the
same name, or a file that is imported has a syntax error. So the first run finds out which files
can be asked about together, and how; every later run asks in the same way.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scratch import write_anew

TIME_LIMIT_S = 600
MOST_GROUPS = 12
MESSAGE = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+): error: (?P<text>.*)$")
CULPRIT = re.compile(r"^(?P<file>[^:\n]+?)(?::\d+)?: error: (?P<text>.*)$", re.M)
OTHER_LINE = re.compile(r"\bline \d+")

# Of one file: its errors without their places.
Errors = Counter[str]


class Fatal(Exception):
    """mypy gave up before it had looked at the files."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__(f"{file}: {text}" if file else text)
        self.file = file


@dataclass
class Group:
    """Files that mypy takes together, following imports or not."""

    files: list[str]
    follow: str
    errors: dict[str, Errors]


class Strict:
    """What mypy says about some files of the project at `root`."""

    def __init__(self, mypy: Path, root: Path, cache: Path, files: Iterable[str]) -> None:
        self.mypy, self.root, self.cache = mypy, root, cache
        self.groups: list[Group] = []
        # Files that mypy cannot be asked about, and why.
        self.silent: dict[str, str] = {}
        pending, follow = sorted(files), "silent"
        while pending:
            if len(self.groups) == MOST_GROUPS:
                self.silent.update(dict.fromkeys(pending, "too many files of the same name"))
                break
            pending, follow = self._group(pending, follow)

    def _group(self, pending: list[str], follow: str) -> tuple[list[str], str]:
        """Takes one group out of the pending files; the rest, and how to ask about it."""
        group = list(pending)
        later: list[str] = []
        while group:
            try:
                self.groups.append(Group(group, follow, self._run(group, follow)))
                return later, "silent"
            except Fatal as fatal:
                if fatal.file in group and len(group) > 1:
                    group.remove(fatal.file)
                    later.append(fatal.file)
                elif follow == "silent":
                    # Something that they import cannot be read. So without imports.
                    follow = "skip"
                else:
                    self.silent.update(dict.fromkeys(group, str(fatal)))
                    return later, "silent"
        return later, follow

    def new_errors(self, before: Mapping[str, bytes]) -> dict[str, Errors]:
        """The errors that files did not have `before`. Raises `Fatal` if mypy cannot say."""
        new = {}
        for group in self.groups:
            chosen = [file for file in group.files if file in before]
            if not chosen:
                continue
            errors = self._more(chosen, group, group.errors)
            if errors:
                # What mypy makes of names that modules import from one another in a circle depends on which of the
                # files it is given and which it remembers. So the files of before are asked about in the same way.
                errors = self._more(chosen, group, self._errors_of(chosen, group, before))
            new.update(errors)
        return new

    def _more(
        self, files: list[str], group: Group, known: Mapping[str, Errors]
    ) -> dict[str, Errors]:
        """What mypy says of `files` beyond what is known."""
        now = self._run(files, group.follow)
        more = {file: now.get(file, Errors()) - known.get(file, Errors()) for file in files}
        return {file: errors for file, errors in more.items() if errors}

    def _errors_of(
        self, files: list[str], group: Group, before: Mapping[str, bytes]
    ) -> dict[str, Errors]:
        """What mypy says of the files as they were, apart from a comment that makes it look again."""
        now = {file: (self.root / file).read_bytes() for file in files}
        try:
            for file in files:
                write_anew(self.root / file, before[file] + b"\n#\n")
            return self._run(files, group.follow)
        finally:
            for file in files:
                write_anew(self.root / file, now[file])

    def _run(self, files: list[str], follow: str) -> dict[str, Errors]:
        command = [
            str(self.mypy),
            "--strict",
            "--ignore-missing-imports",
            f"--follow-imports={follow}",
        ]
        command += ["--cache-dir", str(self.cache / follow), "--config-file=", "--no-error-summary"]
        command += ["--no-color-output", "--hide-error-context", "--no-pretty"]
        try:
            done = subprocess.run(
                [*command, "--", *files],
                cwd=self.root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=TIME_LIMIT_S,
            )
        except subprocess.TimeoutExpired as error:
            raise Fatal("", f"mypy did not end within {TIME_LIMIT_S} s") from error
        if done.returncode not in (0, 1):
            culprit = CULPRIT.search(done.stdout + done.stderr)
            if culprit:
                raise Fatal(culprit["file"], culprit["text"])
            raise Fatal("", (done.stderr or done.stdout).strip()[-300:])
        errors: dict[str, Errors] = {}
        for line in done.stdout.splitlines():
            found = MESSAGE.match(line)
            if found:
                text = OTHER_LINE.sub("line N", found["text"])
                errors.setdefault(found["file"], Errors())[text] += 1
        return errors
