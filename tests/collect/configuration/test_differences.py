"""Differences are those that Python's own (slow) difflib and a patch by hand agree with."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from nms.collect.configuration.differences import changed_lines, unified

lines = st.lists(st.sampled_from(["!", "a", "b", " c", "interface 1", "interface 2", "end"]), max_size=30)


def patched(before: list[str], diff: list[str]) -> list[str]:
    """Applies a unified diff, strictly."""
    made, at = [], 0
    for line in diff:
        if found := re.match(r"@@ -(\d+),(\d+) ", line):
            start = int(found[1]) - 1 if int(found[2]) else int(found[1])
            made += before[at:start]
            at = start
        elif line[0] in " -":
            assert before[at] == line[1:]
            at += 1
            if line[0] == " ":
                made.append(line[1:])
        else:
            made.append(line[1:])
    return made + before[at:]


@given(lines, lines, st.integers(0, 4))
def test_a_diff_applied_to_the_old_gives_the_new(old: list[str], new: list[str], context: int) -> None:
    diff = unified("\n".join(old), "\n".join(new), context)
    assert patched(old, diff) == new
    added, removed = changed_lines("\n".join(old), "\n".join(new))
    assert (added, removed) == (sum(line[0] == "+" for line in diff), sum(line[0] == "-" for line in diff))
    assert (not diff) == (old == new)


def test_a_hunk_names_the_section_it_is_in() -> None:
    old = "hostname sw\ninterface Gi0/1\n" + "".join(f" line {n}\n" for n in range(9))
    assert unified(old, old.replace(" line 8", " line x"))[0] == "@@ -8,4 +8,4 @@ interface Gi0/1"


def test_ten_thousand_lines_with_little_changed_are_compared() -> None:
    old = "".join(f"interface Gi1/0/{n}\n switchport\n!\n" for n in range(4000))
    new = old.replace("interface Gi1/0/17\n", "interface Gi1/0/17\n description x\n").replace("Gi1/0/3990\n", "X\n")
    assert changed_lines(old, new) == (2, 1)
