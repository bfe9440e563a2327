"""What a repair must leave as it is: line ends, indentation, comments, blank lines."""

import difflib
import io
import re
import tokenize
from collections import Counter

from edits import BYTE_ORDER_MARK, LINE_END, Edited, Text

# What changed: lines from .. to before, lines from .. to after.
Change = tuple[int, int, int, int]


def complaints(edited: Edited) -> list[str]:
    """All that the edits changed and should not have."""
    before, after = edited.before.lines(), edited.after.lines()
    opcodes = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changes = [(a, b, c, d) for kind, a, b, c, d in opcodes if kind != "equal"]
    if not changes:
        return ["changes nothing"]
    written = [line for _, _, low, high in changes for line in after[low:high]]
    return [
        *line_ends(edited, written),
        *indentation(before, written),
        *margins(before, after, changes),
        *comments(edited),
    ]


def line_ends(edited: Edited, written: list[str]) -> list[str]:
    """Line ends of another kind, a lost or new end of the last line, a lost byte order mark."""
    wrong = []
    before, after = edited.before.text, edited.after.text
    kinds = set(LINE_END.findall(before))
    new = {end for line in written for end in LINE_END.findall(line)} - kinds
    if kinds and new:
        wrong.append(f"line ends {sorted(new)} in a file with {sorted(kinds)}")
    if bool(before) and before.endswith(("\n", "\r")) != after.endswith(("\n", "\r")):
        wrong.append("the last line's end changed")
    if before.startswith(BYTE_ORDER_MARK) != after.startswith(BYTE_ORDER_MARK):
        wrong.append("the byte order mark changed")
    return wrong


def indentation(before: list[str], written: list[str]) -> list[str]:
    """Tabs where the file has only blanks, and the other way round."""
    used = {character for line in before if line.strip() for character in margin(line)}
    new = {character for line in written if line.strip() for character in margin(line)}
    if used & {" ", "\t"} and not new <= used:
        return [f"indentation with {sorted(new - used)!r} in a file with {sorted(used)!r}"]
    return []


def margin(line: str) -> str:
    """The white space before the line's text."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def margins(before: list[str], after: list[str], changes: list[Change]) -> list[str]:
    """Lines that changed in their white space alone, and white space at the end of new lines."""
    wrong = []
    for low, high, new_low, new_high in changes:
        old, new = before[low:high], after[new_low:new_high]
        if old and not new and not any(line.strip() for line in old):
            wrong.append(f"takes the blank line {low + 1} away")
        kept = {line.rstrip() for line in old if line.strip()}
        wrong += [
            f"changes only the white space at the end of line {low + 1 + index}"
            for index, line in enumerate(old)
            if line.strip() and line not in new and line.rstrip() in {one.rstrip() for one in new}
        ]
        wrong += [
            f"white space at the end of the new line {new_low + 1 + index}"
            for index, line in enumerate(new)
            if re.search(r"[ \t][\r\n]*$", line) and line.rstrip() not in kept and line not in old
        ]
    return wrong


def comments(edited: Edited) -> list[str]:
    """Comments that are gone."""
    before, after = comments_of(edited.before), comments_of(edited.after)
    if before is None or after is None:
        return []
    return [f"lost the comment {comment!r}" for comment in (before - after).elements()]


def comments_of(text: Text) -> Counter[str] | None:
    """A text's comments; nothing if it is no Python."""
    read = io.StringIO(text.text.removeprefix(BYTE_ORDER_MARK), newline="").readline
    try:
        tokens = list(tokenize.generate_tokens(read))
    except (tokenize.TokenError, SyntaxError):
        return None
    return Counter(token.string.rstrip() for token in tokens if token.type == tokenize.COMMENT)
