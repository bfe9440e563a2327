"""Tries the repairs of one project: applies them to a copy, judges, and takes them back."""

import difflib
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import judge
import layout
from edits import BadEdit, Edited, Text, apply
from findings import CheckFailed, Finding, by_file, check
from scratch import Scratch
from strict import Fatal, Strict


@dataclass(frozen=True)
class Options:
    """How thoroughly to look."""

    pyteam: Path
    mypy: Path | None
    rules: frozenset[str]
    # At most so many repairs of one rule in one project; 0 for all.
    limit: int
    # Repairs in different files in one go; those that then look wrong once more, alone.
    together: bool
    # Projects that are checked in fewer seconds than this are checked as a whole each time.
    whole_below_s: float
    # Of the other projects' repairs, how many are judged by a check of the whole project.
    whole_share: float
    # Of all repairs, how many are judged by mypy.
    mypy_share: float


@dataclass
class Outcome:
    """What became of one repair."""

    tree: str
    finding: Finding
    wrong: list[str] = field(default_factory=list)
    # Whether the whole project was checked afterwards, or only the files around the repair.
    whole: bool = False
    # "strict", "strict, alone" (without imports), or why mypy was not asked.
    mypy: str = ""
    diff: str = ""


class Trial:
    """The repairs that pyteam offers in `tree`, tried in a copy below `folder`."""

    def __init__(self, tree: Path, folder: Path, options: Options) -> None:
        self.name, self.options = tree.name, options
        self.scratch = Scratch(tree, folder)
        began = time.monotonic()
        self.before = by_file(check(options.pyteam, self.scratch.root))
        self.check_s = time.monotonic() - began
        self.fixes = self._chosen()
        touched = {edit.file for finding in self.fixes for edit in finding.edits}
        self.strict: Strict | None = None
        if options.mypy and touched:
            self.strict = Strict(options.mypy, self.scratch.root, folder / "mypy", touched)

    def _chosen(self) -> list[Finding]:
        """The findings whose repairs are tried, spread over the project where there is a limit."""
        limit, rules = self.options.limit, self.options.rules
        fixable: dict[str, list[Finding]] = {}
        for findings in self.before.values():
            for finding in findings:
                if finding.edits and (not rules or finding.code in rules):
                    fixable.setdefault(finding.code, []).append(finding)
        chosen = []
        for of_rule in fixable.values():
            step = max(1, len(of_rule) / limit) if limit else 1
            chosen += [
                of_rule[int(i * step)] for i in range(min(limit or len(of_rule), len(of_rule)))
            ]
        return chosen

    def run(self) -> list[Outcome]:
        """Tries all of them."""
        outcomes = []
        for fixes in rounds(self.fixes) if self.options.together else [[one] for one in self.fixes]:
            outcomes += self._settled(fixes)
        return outcomes

    def _settled(self, fixes: list[Finding]) -> list[Outcome]:
        """Outcomes of a round; who looks wrong in company is looked at alone."""
        outcomes = self._judged(fixes)
        if len(fixes) == 1:
            return outcomes
        return [self._judged([one.finding])[0] if one.wrong else one for one in outcomes]

    def _judged(self, fixes: list[Finding]) -> list[Outcome]:
        """Applies `fixes`, which have no file in common, and judges each."""
        outcomes = [Outcome(self.name, finding) for finding in fixes]
        edited: dict[str, Edited] = {}
        for outcome in outcomes:
            try:
                own = self._applied(outcome.finding)
            except (BadEdit, ValueError, OSError) as error:
                outcome.wrong.append(f"edits: {error}")
                continue
            edited.update(own)
            outcome.diff = diff(own)
            outcome.wrong += judge.syntax(own)
            for file, texts in own.items():
                outcome.wrong += [f"layout: {file}: {one}" for one in layout.complaints(texts)]
        applied = [one for one in outcomes if one.diff or not one.wrong]
        try:
            self.scratch.write({file: texts.after.data for file, texts in edited.items()})
            self._judge_findings(applied, edited)
            self._judge_types(applied, edited)
        finally:
            self.scratch.restore()
        return outcomes

    def _applied(self, finding: Finding) -> dict[str, Edited]:
        files = {edit.file for edit in finding.edits}
        texts = {file: Text(self.scratch.read(file)) for file in sorted(files)}
        return {
            file: apply(text, [edit for edit in finding.edits if edit.file == file])
            for file, text in texts.items()
        }

    def _judge_findings(self, outcomes: list[Outcome], edited: dict[str, Edited]) -> None:
        fixes = [outcome.finding for outcome in outcomes]
        files = {file for finding in fixes for file in finding.files}
        targets: list[str] | None = None
        if not self._is_whole(fixes):
            targets = self.scratch.neighbors(files)
            if not self.scratch.is_one_project(targets):
                targets = None
        try:
            after = by_file(check(self.options.pyteam, self.scratch.root, targets))
        except CheckFailed as error:
            share(outcomes, set(), f"check: {error}")
            return
        asked = set(targets) if targets is not None else {*self.before, *after}
        for file, complaints in judge.findings(fixes, asked, self.before, after, edited).items():
            for complaint in complaints:
                share(outcomes, {file}, complaint)
        for outcome in outcomes:
            outcome.whole = targets is None

    def _is_whole(self, fixes: list[Finding]) -> bool:
        quick = self.check_s < self.options.whole_below_s
        return quick or sampled(fixes[0], self.options.whole_share)

    def _judge_types(self, outcomes: list[Outcome], edited: dict[str, Edited]) -> None:
        if self.strict is None:
            return
        asked = [one for one in outcomes if sampled(one.finding, self.options.mypy_share)]
        files = {file for one in asked for file in one.finding.files} & edited.keys()
        follow = {file: group.follow for group in self.strict.groups for file in group.files}
        for outcome in asked:
            kinds = {follow.get(file, "none") for file in outcome.finding.files & edited.keys()}
            kind = "none" if "none" in kinds else "skip" if "skip" in kinds else "silent"
            outcome.mypy = {"none": "no answer", "skip": "strict, alone", "silent": "strict"}[kind]
        try:
            new = self.strict.new_errors({file: edited[file].before.data for file in files})
        except Fatal as fatal:
            share(asked, {fatal.file} & files, f"mypy: {fatal}")
            return
        for file, errors in new.items():
            for error, count in errors.items():
                times = f" ({count} times)" if count > 1 else ""
                share(asked, {file}, f"mypy: {file}: {error}{times}")


def rounds(fixes: Iterable[Finding]) -> list[list[Finding]]:
    """Repairs in as few rounds as it takes so that those of one round have no file in common."""
    found: list[tuple[set[str], list[Finding]]] = []
    for finding in fixes:
        free = next((one for one in found if one[0].isdisjoint(finding.files)), None)
        if free is None:
            free = (set(), [])
            found.append(free)
        free[0].update(finding.files)
        free[1].append(finding)
    return [members for _, members in found]


def share(outcomes: list[Outcome], files: set[str], complaint: str) -> None:
    """Lays a complaint to those who touched the files, and to all if nobody did."""
    guilty = [one for one in outcomes if not files.isdisjoint(one.finding.files)]
    for outcome in guilty or outcomes:
        outcome.wrong.append(complaint)


def sampled(finding: Finding, share_of_all: float) -> bool:
    """Whether a finding is in the sample, always the same."""
    return zlib.crc32(str(finding).encode()) < share_of_all * 2**32


def diff(edited: dict[str, Edited]) -> str:
    """What was changed, for people."""
    parts: list[str] = []
    for file, texts in edited.items():
        before, after = texts.before.lines(), texts.after.lines()
        parts += difflib.unified_diff(before, after, file, file, n=2)
    return "".join(part if part.endswith("\n") else part + "\n" for part in parts)
