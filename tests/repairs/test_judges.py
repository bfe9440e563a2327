"""Holds that the judges of repairs see what they are there to see.

    python3 tests/repairs/test_judges.py
"""

import tempfile
import unittest
from pathlib import Path

import judge
import layout
from edits import BadEdit, Edit, Edited, Place, Text, apply
from findings import Finding
from scratch import Scratch
from trial import rounds


def edit(row: int, column: int, end_row: int, end_column: int, content: str) -> Edit:
    return Edit("a.py", Place(row, column), Place(end_row, end_column), content)


def edited(before: str, *edits: Edit) -> Edited:
    return apply(Text(before.encode()), edits)


def finding(row: int, column: int, message: str = "waits", **others: object) -> Finding:
    known = {
        "code": "join",
        "severity": "hint",
        "file": "a.py",
        "title": "",
        "applicability": "",
        "edits": (),
    }
    return Finding(start=Place(row, column), message=message, **{**known, **others})  # type: ignore[arg-type]


class Edits(unittest.TestCase):
    def test_rows_and_columns_are_those_of_people(self) -> None:
        done = edited(
            "\ufeffé = 1\r\n😀x\rlast",
            edit(1, 1, 1, 2, "e"),
            edit(2, 2, 2, 3, "y"),
            edit(3, 5, 3, 5, "!"),
        )
        self.assertEqual(done.after.text, "\ufeffe = 1\r\n😀y\rlast!")

    def test_texts_inserted_at_one_place_stay_in_order(self) -> None:
        self.assertEqual(
            edited("ab", edit(1, 2, 1, 2, "1"), edit(1, 2, 1, 2, "2")).after.text, "a12b"
        )

    def test_what_cannot_be_applied_is_refused(self) -> None:
        for wrong in (
            [edit(1, 1, 1, 3, ""), edit(1, 2, 1, 4, "")],
            [edit(9, 1, 9, 1, "")],
            [edit(1, 99, 1, 99, "")],
        ):
            with self.assertRaises(BadEdit):
                edited("abcd\n", *wrong)

    def test_places_move_with_the_edits_before_them(self) -> None:
        done = edited("a\nbcd\ne\n", edit(1, 1, 1, 1, "new\n"), edit(2, 2, 2, 3, "XX"))
        at = {name: done.moved("a\nbcd\ne\n".index(name)) for name in "abcde"}
        self.assertEqual(at, {"a": {0, 4}, "b": {6}, "c": {7}, "d": {9}, "e": {11}})
        self.assertEqual(edited("abc", edit(1, 1, 1, 4, "")).moved(1), set())


class Layout(unittest.TestCase):
    def complaints(self, before: str, *edits: Edit) -> str:
        return "\n".join(layout.complaints(edited(before, *edits)))

    def test_a_careful_edit_is_fine(self) -> None:
        self.assertEqual(self.complaints("if x:\n\tjoin()  # why\n", edit(2, 7, 2, 7, "5")), "")

    def test_each_carelessness_is_seen(self) -> None:
        text = "if x:\r\n    join()  # why\r\n\r\ny = 1\r\n"
        self.assertIn("line ends", self.complaints(text, edit(1, 1, 1, 1, "import a\n")))
        self.assertIn("indentation", self.complaints(text, edit(2, 1, 2, 1, "\tx = 1\r\n")))
        self.assertIn("lost the comment '# why'", self.complaints(text, edit(2, 11, 2, 19, "")))
        self.assertIn("blank line 3", self.complaints(text, edit(3, 1, 4, 1, "")))
        self.assertIn("last line's end", self.complaints(text, edit(4, 6, 5, 1, "0")))
        self.assertIn("end of line 4", self.complaints(text, edit(4, 6, 4, 6, "  ")))
        self.assertIn(
            "white space at the end of the new", self.complaints(text, edit(4, 6, 4, 6, "0 "))
        )
        self.assertIn("changes nothing", self.complaints(text, edit(4, 1, 4, 2, "y")))


class Judges(unittest.TestCase):
    BEFORE = "import q\nq.join()\nq.wait()\n"

    def verdict(self, done: Edited, *after: Finding, before: tuple[Finding, ...] = ()) -> str:
        gone = finding(2, 1, edits=(edit(1, 1, 1, 1, ""),))
        old = {"a.py": [gone, *before]}
        wrong = judge.findings([gone], {"a.py", "b.py"}, old, {"a.py": list(after)}, {"a.py": done})
        return "\n".join(wrong.get("a.py", []))

    def setUp(self) -> None:
        self.done = edited(self.BEFORE, edit(1, 1, 1, 1, "import t\n"), edit(2, 8, 2, 8, "5"))

    def test_a_finding_that_only_moved_is_not_new(self) -> None:
        other = finding(3, 1, "waits, too")
        self.assertEqual(
            self.verdict(self.done, finding(4, 1, "says it otherwise"), before=(other,)), ""
        )

    def test_a_finding_that_stays_is_seen(self) -> None:
        self.assertIn("not silenced", self.verdict(self.done, finding(3, 1)))

    def test_a_repair_offered_again_is_seen(self) -> None:
        again = finding(3, 5, edits=(edit(3, 1, 3, 1, "x"),))
        self.assertIn("not idempotent", self.verdict(self.done, again))

    def test_a_new_or_worse_finding_is_seen(self) -> None:
        self.assertIn("new finding", self.verdict(self.done, finding(4, 1, code="other")))
        worse = self.verdict(self.done, finding(4, 1, severity="error"), before=(finding(3, 1),))
        self.assertIn("worse", worse)

    def test_a_finding_in_another_file_is_seen(self) -> None:
        there = finding(7, 1, file="b.py")
        wrong = judge.findings([], {"a.py", "b.py"}, {}, {"b.py": [there]}, {"a.py": self.done})
        self.assertEqual(list(wrong), ["b.py"])

    def test_syntax_counts_only_where_there_was_some(self) -> None:
        self.assertTrue(judge.syntax({"a.py": edited("x = 1\n", edit(1, 5, 1, 6, "("))}))
        self.assertFalse(judge.syntax({"a.py": edited("print 1\n", edit(1, 7, 1, 8, "("))}))


class Rounds(unittest.TestCase):
    def test_repairs_of_one_round_have_no_file_in_common(self) -> None:
        fixes = [finding(row, 1, file=file) for row, file in ((1, "a"), (2, "a"), (1, "b"))]
        self.assertEqual(
            [[one.file for one in members] for members in rounds(fixes)], [["a", "b"], ["a"]]
        )


class Copies(unittest.TestCase):
    def test_a_copy_is_restored_and_the_tree_never_changed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder, "project")
            (tree / "pkg").mkdir(parents=True)
            (tree / "pkg" / "__init__.py").write_text("X = 1\n")
            (tree / "pkg" / "one.py").write_text("from . import X\n")
            (tree / "two.py").write_text("from pkg.one import X\n")
            (tree / "three.py").write_text("import os\n")
            copy = Scratch(tree, Path(folder, "scratch"))
            copy.write({"two.py": b"changed\n"})
            self.assertEqual((tree / "two.py").read_text(), "from pkg.one import X\n")
            self.assertEqual(copy.read("two.py"), b"changed\n")
            copy.restore()
            self.assertEqual(copy.read("two.py"), b"from pkg.one import X\n")
            self.assertEqual(
                copy.neighbors(["pkg/one.py"]), ["pkg/__init__.py", "pkg/one.py", "two.py"]
            )
            with self.assertRaises(ValueError):
                copy.path("../project/two.py")


if __name__ == "__main__":
    unittest.main()
