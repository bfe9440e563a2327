"""Texts, places in them, and edits as `pyteam check --output-format json` gives them.

A place counts from 1: rows end with `\\n`, `\\r\\n` or `\\r`, columns are characters, and a
byte order mark is no character. Nothing else is known here, so that edits are applied as any
other reader of the JSON would apply them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

BYTE_ORDER_MARK = "\ufeff"
LINE_END = re.compile(r"\r\n|\n|\r")


class BadEdit(Exception):
    """Edits that cannot be applied: out of the text, or one inside the other."""


@dataclass(frozen=True, order=True)
class Place:
    """A row and a column, from 1."""

    row: int
    column: int


@dataclass(frozen=True)
class Edit:
    """Replaces what stands from `start` to `end` in `file`, a path relative to the project."""

    file: str
    start: Place
    end: Place
    content: str


class Text:
    """The text of a file, as it stands there: line ends and byte order mark included."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        try:
            self.text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadEdit("an edit in a file that is no UTF-8") from error
        self.line_starts = [0, *(end.end() for end in LINE_END.finditer(self.text))]

    def offset(self, place: Place) -> int:
        """Where `place` is, in characters from the beginning."""
        if not 1 <= place.row <= len(self.line_starts):
            raise BadEdit(f"row {place.row} of {len(self.line_starts)}")
        mark = place.row == 1 and self.text.startswith(BYTE_ORDER_MARK)
        offset = self.line_starts[place.row - 1] + place.column - 1 + mark
        if offset > len(self.text):
            raise BadEdit(f"column {place.column} of row {place.row} is behind the text")
        return offset

    def row(self, offset: int) -> int:
        """The row of `offset`, from 1."""
        low, high = 0, len(self.line_starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.line_starts[middle] <= offset else (low, middle)
        return low + 1

    def lines(self) -> list[str]:
        """All lines with their ends."""
        ends = [*self.line_starts[1:], len(self.text)]
        return [self.text[a:b] for a, b in zip(self.line_starts, ends, strict=True) if a < b]


@dataclass(frozen=True)
class Span:
    """Where one edit was in the text before, and what it wrote in the text after."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Edited:
    """A text before and after some edits."""

    before: Text
    after: Text
    spans: tuple[Span, ...]

    def moved(self, offset: int) -> set[int]:
        """Where what stood at `offset` may stand now; nothing if an edit replaced it.

        What stood right where a text was inserted may be counted before or behind it.
        """
        shift = 0
        places = set()
        for span in self.spans:
            if span.start == offset:
                places.add(span.new_start)
                if span.end > offset:
                    return places
            if span.end > offset:
                break
            shift += (span.new_end - span.new_start) - (span.end - span.start)
        if any(span.start < offset < span.end for span in self.spans):
            return set()
        places.add(offset + shift)
        return places

    def written_rows(self) -> set[int]:
        """The rows of the text after that edits wrote in."""
        rows: set[int] = set()
        for span in self.spans:
            rows.update(range(self.after.row(span.new_start), self.after.row(span.new_end) + 1))
        return rows


def apply(before: Text, edits: Iterable[Edit]) -> Edited:
    """Applies all `edits`, whose places are those of `before`, at once."""
    placed = [(before.offset(edit.start), before.offset(edit.end), edit.content) for edit in edits]
    # Stable: texts inserted at one place stay in their order.
    placed.sort(key=lambda one: one[:2])
    pieces, spans, done, length = [], [], 0, 0
    for start, end, content in placed:
        if end < start or start < done:
            raise BadEdit("edits overlap")
        kept = before.text[done:start]
        pieces += [kept, content]
        spans.append(Span(start, end, length + len(kept), length + len(kept) + len(content)))
        length = spans[-1].new_end
        done = end
    pieces.append(before.text[done:])
    return Edited(before, Text("".join(pieces).encode("utf-8")), tuple(spans))
