"""Two texts compared line by line: how much differs, and how, as a unified diff.

What both begin and end with is set aside first: changes are few and near each other, and Python's matcher takes
the square of the number of equal lines, of which configurations are full.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

CONTEXT = 3
Opcode = tuple[str, int, int, int, int]


def changed_lines(before: str, after: str) -> tuple[int, int]:
    """How many lines came and how many went."""
    added = removed = 0
    for tag, start, end, new_start, new_end in _opcodes(before.splitlines(), after.splitlines()):
        if tag != "equal":
            removed += end - start
            added += new_end - new_start
    return added, removed


def unified(before: str, after: str, context: int = CONTEXT) -> list[str]:
    """The lines of a unified diff without its file headers; empty when nothing differs.

    A hunk header carries the section it is in (the last line that is not indented), as `git diff` does.
    """
    old, new = before.splitlines(), after.splitlines()
    lines: list[str] = []
    for group in _grouped(_opcodes(old, new), context):
        first, last = group[0], group[-1]
        heading = section(old, first[1])
        ranges = f"-{_range(first[1], last[2])} +{_range(first[3], last[4])}"
        lines.append(f"@@ {ranges} @@ {heading}".rstrip())
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [f" {line}" for line in old[start:end]]
            else:
                lines += [f"-{line}" for line in old[start:end]]
                lines += [f"+{line}" for line in new[new_start:new_end]]
    return lines


def _opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    inner = difflib.SequenceMatcher(None, old[head : len(old) - tail], new[head : len(new) - tail]).get_opcodes()
    found: list[Opcode] = [("equal", 0, head, 0, head)] if head else []
    found += [(tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in inner]
    if tail:
        found.append(("equal", len(old) - tail, len(old), len(new) - tail, len(new)))
    return found


def _grouped(opcodes: Sequence[Opcode], context: int) -> Iterator[list[Opcode]]:
    """Changes with so many equal lines around, those that touch together."""
    group: list[Opcode] = []
    for number, (tag, a, b, c, d) in enumerate(opcodes):
        if tag != "equal":
            group.append((tag, a, b, c, d))
        elif number == 0:
            group.append((tag, max(a, b - context), b, max(c, d - context), d))
        elif b - a > 2 * context and number < len(opcodes) - 1:
            yield [*group, (tag, a, a + context, c, c + context)]
            group = [(tag, b - context, b, d - context, d)]
        else:
            end = min(b, a + context) if number == len(opcodes) - 1 else b
            group.append((tag, a, end, c, c + end - a))
    if any(tag != "equal" for tag, *_ in group):
        yield group


def section(lines: Sequence[str], at: int) -> str:
    """The heading of the part that a line is in."""
    for line in reversed(lines[:at]):
        if line and not line[0].isspace() and line[0] not in "!#}":
            return line[:80]
    return ""


def _range(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"
