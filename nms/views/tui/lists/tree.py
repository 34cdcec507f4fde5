"""A tree as rows: its lines drawn with box characters, branches that can be folded."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from nms.i18n import gettext as _
from nms.queries.rows import Attention, TreeRow
from nms.views.tui.lists.columns import Column, order_of_attention, problem_column
from nms.views.tui.words import ATTENTION_GLYPH, role_word, state_word

SECOND_WAY = "⇉"
"""Stands behind what is reached or fed in more than one way; which, a column says where there is room."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A node with the lines before its name. `hidden` counts what is folded away, `worst` is the worst of it."""

    row: TreeRow
    lines: str
    folded: bool
    hidden: int
    worst: Attention

    @property
    def attention(self) -> Attention:
        return self.row.attention

    @property
    def problem(self) -> str:
        return self.row.problem


def branches(rows: Sequence[TreeRow], folded: Set[str], wanted: Set[str] | None = None) -> list[Branch]:
    """The rows that are not folded away; with `wanted`, only those and what they hang on."""
    rows = _narrowed(rows, wanted) if wanted is not None else rows
    lasts = _last_of_siblings(rows)
    found: list[Branch] = []
    open_at: list[bool] = []
    index = 0
    while index < len(rows):
        row = rows[index]
        del open_at[row.depth :]
        lines = "".join("│  " if more else "   " for more in open_at[1:])
        if row.depth:
            lines += "└─ " if lasts[index] else "├─ "
        below = _below(rows, index)
        is_folded = row.device in folded and bool(below)
        worst = min((r.attention for r in below), key=order_of_attention, default=Attention.FINE)
        found.append(Branch(row, lines, is_folded, len(below) if is_folded else 0, worst))
        open_at.append(not lasts[index])
        index += 1 + (len(below) if is_folded else 0)
    return found


def _narrowed(rows: Sequence[TreeRow], wanted: Set[str]) -> list[TreeRow]:
    kept: list[TreeRow] = []
    needed_depth = -1
    for row in reversed(rows):
        if row.device in wanted:
            kept.append(row)
            needed_depth = row.depth - 1
        elif row.depth == needed_depth:
            kept.append(row)
            needed_depth -= 1
        elif needed_depth >= row.depth:
            needed_depth = row.depth - 1
    return kept[::-1]


def _below(rows: Sequence[TreeRow], index: int) -> Sequence[TreeRow]:
    end = index + 1
    while end < len(rows) and rows[end].depth > rows[index].depth:
        end += 1
    return rows[index + 1 : end]


def _last_of_siblings(rows: Sequence[TreeRow]) -> list[bool]:
    """Whether no sibling follows, for each row."""
    found = [True] * len(rows)
    seen: list[bool] = []
    for index in range(len(rows) - 1, -1, -1):
        depth = rows[index].depth
        seen += [False] * (depth + 1 - len(seen))
        found[index] = not seen[depth]
        seen[depth] = True
        del seen[depth + 1 :]
    return found


def fine_branches(rows: Sequence[TreeRow]) -> set[str]:
    """The branches below which nothing needs a look: folding them leaves what matters."""
    calm = (Attention.FINE, Attention.UNKNOWN)
    return {
        row.device
        for index, row in enumerate(rows)
        if row.children and all(other.attention in calm for other in _below(rows, index))
    }


def columns() -> tuple[Column[Any], ...]:
    def name(branch: Branch) -> str:
        fold = "▸ " if branch.folded else ""
        hidden = f"  (+{branch.hidden} {ATTENTION_GLYPH[branch.worst]})" if branch.hidden else ""
        second = f" {SECOND_WAY}" if branch.row.via else ""
        return f"{branch.lines}{fold}{ATTENTION_GLYPH[branch.attention]} {branch.row.name}{second}{hidden}"

    return (
        Column("name", _("device"), 30, lambda b, _c: name(b), style=lambda b: b.attention, grow=5, keep=90),
        Column("state", _("state"), 13, lambda b, _c: state_word(b.row.state), style=lambda b: b.attention, keep=50),
        replace(problem_column(_("problem")), keep=40),
        Column("role", _("role"), 16, lambda b, _c: role_word(b.row.role), style=lambda _b: "dim", keep=10),
        Column("via", _("also through"), 20, lambda b, _c: b.row.via, style=lambda _b: "dim", grow=1, keep=5),
    )
