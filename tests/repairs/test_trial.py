"""Holds that a trial of a project tells a right repair from each kind of wrong one.

    python3 tests/repairs/test_trial.py

Instead of pyteam, a program of a few lines checks: it finds each `join()`, and repairs it as the
project's file `repair` says. The part about types needs mypy (PYTEAM_MYPY, or on PATH).
"""

import os
import shutil
import tempfile
import unittest
from collections import Counter
from pathlib import Path

from strict import Strict
from trial import Options, Outcome, Trial

CHECKER = r"""#!/usr/bin/env python3
import json, pathlib, sys
found = []
kind = pathlib.Path("repair").read_text()
for path in sorted(pathlib.Path(".").rglob("*.py")):
    for row, line in enumerate(path.read_text().splitlines(), 1):
        def place(column):
            return {"row": row, "column": column + 1}
        def add(code, at, edits):
            fix = edits and {"message": "m", "applicability": "unsafe", "edits": edits}
            found.append({"code": code, "severity": "hint", "filename": str(path.absolute()),
                          "location": place(at), "message": code, "fix": fix})
        if "join()" in line:
            at = line.index("join()") + 5
            content = {"useless": "  ", "broken": "(", "noisy": "noise", "untyped": "'5'"}.get(kind, "5")
            add("join", at - 5, [{"filename": str(path.absolute()), "content": content,
                                  "location": place(at), "end_location": place(at)}])
        if "join(  )" in line:
            add("join", line.index("join"), None)
        if "noise" in line:
            add("noise", 0, None)
print(json.dumps(found))
"""
# Says more of a file that it is asked about alone, as mypy does where modules import one another in a circle.
MOODY = r"""#!/usr/bin/env python3
import pathlib, sys
files = sys.argv[sys.argv.index("--") + 1:]
for file in files:
    errors = ["alone"] if len(files) == 1 else []
    errors += ["bad"] * pathlib.Path(file).read_text().count("bad")
    for error in errors:
        print(f"{file}:1: error: {error}")
"""
PROGRAM = """def join(seconds: int = 0) -> None:
    noise = 1


join()
for _ in range(3): join()  # twice
"""


def trial(kind: str, *, mypy: Path | None = None, together: bool = False) -> list[Outcome]:
    """The outcomes for a project of two files that are repaired in the way `kind`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree, checker = folder / "project", folder / "checker"
        tree.mkdir()
        for file in ("a.py", "b.py"):
            (tree / file).write_text(PROGRAM)
        (tree / "repair").write_text(kind)
        checker.write_text(CHECKER)
        checker.chmod(0o755)
        options = Options(
            pyteam=checker,
            mypy=mypy,
            rules=frozenset(),
            limit=0,
            together=together,
            whole_below_s=60,
            whole_share=1,
            mypy_share=1,
        )
        outcomes = Trial(tree, folder / "scratch", options).run()
        assert (tree / "a.py").read_text() == PROGRAM
        return outcomes


class Trials(unittest.TestCase):
    def verdicts(self, kind: str) -> set[str]:
        """What all outcomes have in common, whether tried one by one or together."""
        kinds = []
        for together in (False, True):
            outcomes = trial(kind, together=together)
            self.assertEqual(len(outcomes), 4)
            kinds += [{wrong.split(":")[0] for wrong in one.wrong} for one in outcomes]
        self.assertTrue(all(one == kinds[0] for one in kinds), kinds)
        return kinds[0]

    def test_a_right_repair_is_right(self) -> None:
        self.assertEqual(self.verdicts("right"), set())

    def test_each_wrong_repair_is_wrong(self) -> None:
        self.assertEqual(self.verdicts("useless"), {"not silenced"})
        self.assertEqual(self.verdicts("broken"), {"syntax"})
        self.assertEqual(self.verdicts("noisy"), {"new finding"})

    def test_mypy_is_asked(self) -> None:
        mypy = os.environ.get("PYTEAM_MYPY") or shutil.which("mypy")
        if not mypy:
            self.skipTest("there is no mypy")
        for together in (False, True):
            right = trial("right", mypy=Path(mypy), together=together)
            self.assertEqual([(one.wrong, one.mypy) for one in right], [([], "strict")] * 4)
            wrong = trial("untyped", mypy=Path(mypy), together=together)
            for one in wrong:
                self.assertEqual([text.split(":")[0] for text in one.wrong], ["mypy"])

    def test_only_what_the_repair_brought_counts(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            mypy = folder / "mypy"
            mypy.write_text(MOODY)
            mypy.chmod(0o755)
            for file in ("a.py", "b.py"):
                (folder / file).write_text("bad = 1\n")
            strict = Strict(mypy, folder, folder / "cache", ["a.py", "b.py"])
            before = {"a.py": (folder / "a.py").read_bytes()}
            (folder / "a.py").write_text("bad = 2\n")
            self.assertEqual(strict.new_errors(before), {})
            (folder / "a.py").write_text("bad = bad\n")
            self.assertEqual(strict.new_errors(before), {"a.py": Counter({"bad": 1})})
            self.assertEqual((folder / "a.py").read_text(), "bad = bad\n")


if __name__ == "__main__":
    unittest.main()
