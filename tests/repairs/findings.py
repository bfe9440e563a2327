"""Runs `pyteam check` and reads what it found."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edits import Edit, Place

# From the least to the worst.
SEVERITIES = ("hint", "information", "warning", "error")
TIME_LIMIT_S = 900
Json = dict[str, Any]


class CheckFailed(Exception):
    """pyteam did not come to an end, or says that it failed."""


@dataclass(frozen=True)
class Finding:
    """One finding; `edits` is empty where no repair is offered."""

    code: str
    severity: str
    file: str
    start: Place
    message: str
    title: str
    applicability: str
    edits: tuple[Edit, ...]

    @property
    def files(self) -> frozenset[str]:
        """The finding's file and all that its repair changes."""
        return frozenset({self.file, *(edit.file for edit in self.edits)})

    def __str__(self) -> str:
        return f"{self.file}:{self.start.row}: [{self.code}]"


def check(binary: Path, root: Path, targets: list[str] | None = None) -> list[Finding]:
    """All findings, hints too, in `targets` or in everything below `root`.

    What targets mean depends on the whole project, which pyteam looks for by itself.
    """
    command = [str(binary), "check", "--output-format", "json", "--severity", "hint"]
    command += ["--exit-zero", "--quiet", "--no-cache", "--", *(targets or ["."])]
    try:
        done = subprocess.run(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIME_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise CheckFailed(f"pyteam did not end within {TIME_LIMIT_S} s") from error
    # What pyteam logs as an error is one of its own, such as a fix that it could not apply.
    own = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    if done.returncode != 0 or own or "please report it" in done.stderr:
        last = own or done.stderr.strip().splitlines()[-3:]
        raise CheckFailed(f"pyteam ended with {done.returncode}: " + " | ".join(last))
    return [read(one, root) for one in json.loads(done.stdout)]


def read(one: Json, root: Path) -> Finding:
    """A finding from its JSON."""
    fix = one["fix"] or {"edits": [], "message": "", "applicability": ""}
    return Finding(
        code=one["code"],
        severity=one["severity"],
        file=relative(one["filename"], root),
        start=place(one["location"]),
        message=one["message"],
        title=fix["message"],
        applicability=fix["applicability"],
        edits=tuple(
            Edit(
                relative(edit["filename"], root),
                place(edit["location"]),
                place(edit["end_location"]),
                edit["content"],
            )
            for edit in fix["edits"]
        ),
    )


def place(one: Json) -> Place:
    """A place from its JSON."""
    return Place(one["row"], one["column"])


def relative(path: str, root: Path) -> str:
    """`path` as seen from `root`; as it is, if it lies elsewhere."""
    try:
        return str((root / path).relative_to(root))
    except ValueError:
        return path


def by_file(findings: list[Finding]) -> dict[str, list[Finding]]:
    """Findings in their files."""
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        files.setdefault(finding.file, []).append(finding)
    return files
