"""Applies every repair that pyteam offers in real projects, one by one, and judges each.

    python3 tests/repairs/run_repairs.py [options] TREE...
    python3 tests/repairs/run_repairs.py --pinned      the projects of pinned.txt, from PyPI

A repair is right if afterwards
  - every file that it touches still compiles,
  - its finding is gone, and no repair of the same rule is offered in what it wrote,
  - no finding is new or worse, in the project or (see --whole-below) in the files around it,
  - `mypy --strict` has no new error in the files it touches,
  - line ends, indentation, comments, blank lines, the last line's end and the byte order mark
    are as they were.

The trees are copied and never changed. Needs pyteam, mypy and the standard library. Exit code 0
if everything was right, 1 if anything was wrong, 77 if it had to be left out (1 if CI=true).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sdists
from edits import BadEdit
from findings import CheckFailed
from trial import Options, Outcome, Trial

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LEFT_OUT = 77


def main() -> int:
    arguments = parse()
    options = Options(
        pyteam=arguments.pyteam.resolve(),
        mypy=arguments.mypy,
        rules=frozenset(arguments.rule),
        limit=arguments.limit,
        together=arguments.together,
        whole_below_s=arguments.whole_below,
        whole_share=arguments.whole_share,
        mypy_share=arguments.mypy_share,
    )
    if not options.pyteam.is_file():
        return left_out(f"there is no {options.pyteam}: cargo build --release -p pyteam")
    if not arguments.no_mypy and not (options.mypy and options.mypy.is_file()):
        return left_out("there is no mypy: name it with --mypy or PYTEAM_MYPY, or say --no-mypy")
    with tempfile.TemporaryDirectory(prefix="pyteam-repairs-") as folder:
        trees = [tree.resolve() for tree in arguments.trees]
        if arguments.pinned:
            try:
                trees += sdists.fetch(HERE / "pinned.txt", Path(folder, "pinned"))
            except sdists.NotThere as error:
                return left_out(f"the pinned projects cannot be had: {error}")
        outcomes, failures = try_all(trees, Path(folder), options, arguments.jobs)
    print(table(outcomes))
    print(remarks(outcomes))
    for failure in failures:
        print(f"FAILED  {failure}")
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    for outcome in wrong:
        print(f"WRONG   {outcome.tree}/{outcome.finding}")
        for complaint in outcome.wrong:
            print(f"        {complaint}")
    if arguments.jsonl:
        lines = (json.dumps(as_json(one), ensure_ascii=False) + "\n" for one in wrong)
        arguments.jsonl.write_text("".join(lines), encoding="utf-8")
    return 1 if wrong or failures else 0


def parse() -> argparse.Namespace:
    """The command line."""
    built = [ROOT / "target" / profile / "pyteam" for profile in ("release", "debug")]
    pyteam = os.environ.get("PYTEAM") or next(filter(Path.is_file, built), built[0])
    mypy = os.environ.get("PYTEAM_MYPY") or shutil.which("mypy")
    usage, _, text = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=usage, epilog=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("trees", nargs="*", type=Path, metavar="TREE", help="a project's folder")
    add("--pinned", action="store_true", help="also the projects of pinned.txt")
    add("--pyteam", type=Path, default=Path(pyteam), metavar="PATH")
    add("--mypy", type=Path, default=Path(mypy) if mypy else None, metavar="PATH")
    add("--no-mypy", action="store_const", dest="mypy", const=None, help="do not ask mypy")
    add("--rule", action="append", default=[], metavar="CODE", help="only this rule's repairs")
    add("--limit", type=int, default=0, metavar="PER_RULE", help="of a rule, per tree")
    add("--jobs", type=int, default=1, metavar="N", help="trees at the same time")
    add("--jsonl", type=Path, metavar="FILE", help="write the wrong ones there, one a line")
    add(
        "--together",
        action="store_true",
        help="repairs of different files in one go; then those that look wrong alone",
    )
    add(
        "--whole-below",
        type=float,
        default=2,
        metavar="S",
        help="check the whole tree each time if that takes less than S seconds (2); else the files that import or are imported by those touched",
    )
    add(
        "--whole-share",
        type=float,
        default=0.1,
        metavar="SHARE",
        help="of slower trees, the share of repairs judged on the whole tree (0.1)",
    )
    add(
        "--mypy-share",
        type=float,
        default=1,
        metavar="SHARE",
        help="the share of repairs that mypy judges (1)",
    )
    arguments = parser.parse_args()
    arguments.no_mypy = "--no-mypy" in sys.argv
    if not arguments.trees and not arguments.pinned:
        parser.error("name a tree, or say --pinned")
    return arguments


def left_out(reason: str) -> int:
    """Says why nothing was tried. Where everything must run, that is a failure."""
    print(f"skipped: {reason}")
    return 1 if os.environ.get("CI") == "true" else LEFT_OUT


def try_all(
    trees: list[Path], folder: Path, options: Options, jobs: int
) -> tuple[list[Outcome], list[str]]:
    """All outcomes, and the projects that could not be tried."""

    def one(tree: Path) -> tuple[list[Outcome], str]:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=folder) as own:
            try:
                trial = Trial(tree, Path(own), options)
                outcomes = trial.run()
            except (CheckFailed, BadEdit, OSError) as error:
                return [], f"{tree.name}: {error}"
        wrong = sum(bool(outcome.wrong) for outcome in outcomes)
        seconds = time.monotonic() - began
        said = f"{tree.name}: {len(outcomes)} repairs, {wrong} wrong, {seconds:.0f} s"
        print(said, file=sys.stderr, flush=True)
        return outcomes, ""

    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        results = list(pool.map(one, trees))
    return [one for found, _ in results for one in found], [why for _, why in results if why]


def table(outcomes: list[Outcome]) -> str:
    """By rule: how many repairs were tried, how many were right and wrong."""
    rows = [("rule", "attempted", "right", "wrong")]
    for code in sorted({one.finding.code for one in outcomes}):
        rows.append(row(f"`{code}`", (one for one in outcomes if one.finding.code == code)))
    rows.append(row("all", outcomes))
    lines = ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join([lines[0], "|---|---|---|---|", *lines[1:]])


def row(name: str, outcomes: Iterable[Outcome]) -> tuple[str, str, str, str]:
    """One line of the table."""
    verdicts = [bool(one.wrong) for one in outcomes]
    return name, str(len(verdicts)), str(verdicts.count(False)), str(verdicts.count(True))


def remarks(outcomes: list[Outcome]) -> str:
    """How far the verdicts reach."""
    whole = sum(one.whole for one in outcomes)
    kinds = [one.mypy for one in outcomes]
    return (
        f"\nChecked again: the whole project after {whole} repairs, the files around the repair "
        f"after {len(outcomes) - whole}.\nmypy --strict: {kinds.count('strict')} with the files' "
        f"imports, {kinds.count('strict, alone')} without, {kinds.count('no answer')} in files "
        f"that it cannot read, {kinds.count('')} not asked.\n"
    )


def as_json(outcome: Outcome) -> dict[str, object]:
    """A wrong repair, with all that it takes to look at it."""
    finding = outcome.finding
    return {
        "tree": outcome.tree,
        "code": finding.code,
        "file": finding.file,
        "row": finding.start.row,
        "column": finding.start.column,
        "fix": finding.title,
        "applicability": finding.applicability,
        "wrong": outcome.wrong,
        "diff": outcome.diff,
    }


if __name__ == "__main__":
    sys.exit(main())
