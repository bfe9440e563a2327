"""Whether a repair did what it should, and nothing else. Each judge gives its complaints."""

import warnings
from collections.abc import Mapping

from edits import Edited
from findings import SEVERITIES, Finding

ByFile = Mapping[str, list[Finding]]


def compiles(data: bytes, file: str) -> str | None:
    """Why Python refuses `data`, or nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def syntax(edited: Mapping[str, Edited]) -> list[str]:
    """Files that Python could read, and cannot any more."""
    wrong = []
    for file, texts in edited.items():
        trouble = compiles(texts.after.data, file)
        if trouble and compiles(texts.before.data, file) is None:
            wrong.append(f"syntax: {file}: {trouble}")
    return wrong


def findings(
    repaired: list[Finding],
    files: set[str],
    before: ByFile,
    after: ByFile,
    edited: Mapping[str, Edited],
) -> dict[str, list[str]]:
    """What is wrong with the findings in `files` after `repaired` were repaired, by file.

    A finding that stands where it stood, as far as the edits moved it, is the same one, whatever
    its message says now; so is one of the same message elsewhere in its file. All others are new.
    """
    wrong: dict[str, list[str]] = {}
    for file in sorted(files):
        gone = [finding for finding in repaired if finding.file == file]
        old = [finding for finding in before.get(file, []) if finding not in gone]
        new, complaints = unmatched(old, after.get(file, []), edited.get(file))
        places = {place for one in gone for place in now_at(one, edited.get(file))}
        written = edited[file].written_rows() if file in edited else set()
        codes = {finding.code for finding in repaired}
        for finding in new:
            same_place = start_of(finding, edited.get(file)) in places
            if any(one.code == finding.code for one in gone) and same_place:
                again = ", and the same repair again" if finding.edits else ""
                complaints.append(f"not silenced: {finding} stays{again}")
            elif finding.code in codes and finding.start.row in written and finding.edits:
                complaints.append(f"not idempotent: {finding} is offered behind the repair")
            else:
                complaints.append(f"new finding: {finding} {finding.message}")
        if complaints:
            wrong[file] = complaints
    return wrong


def unmatched(
    old: list[Finding], now: list[Finding], edited: Edited | None
) -> tuple[list[Finding], list[str]]:
    """The findings of `now` that none of `old` accounts for, and what became worse of the others."""
    worse = []
    rest = list(now)
    missing = []
    for finding in old:
        places = now_at(finding, edited)
        same = [one for one in rest if one.code == finding.code and start_of(one, edited) in places]
        # Two findings of one rule may stand at one place.
        same.sort(key=lambda one: one.message != finding.message)
        if not same:
            missing.append(finding)
            continue
        rest.remove(same[0])
        if SEVERITIES.index(same[0].severity) > SEVERITIES.index(finding.severity):
            worse.append(f"worse: {same[0]} was {finding.severity} and is {same[0].severity}")
    for finding in missing:
        moved = [one for one in rest if (one.code, one.message) == (finding.code, finding.message)]
        if moved:
            rest.remove(moved[0])
    return rest, worse


def now_at(finding: Finding, edited: Edited | None) -> set[int]:
    """Where a finding of before may stand now, as an offset; as a number of its own without edits."""
    if edited is None:
        return {finding.start.row << 32 | finding.start.column}
    return edited.moved(edited.before.offset(finding.start))


def start_of(finding: Finding, edited: Edited | None) -> int:
    """Where a finding of now stands, in the same numbers."""
    if edited is None:
        return finding.start.row << 32 | finding.start.column
    return edited.after.offset(finding.start)
