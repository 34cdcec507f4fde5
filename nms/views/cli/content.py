"""`nms init`, `nms check`: the municipality's own content."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from nms.documents import Problem
from nms.i18n import render
from nms.views.cli.common import console


def register(app: typer.Typer) -> None:
    """Adds the commands."""


def print_problems(problems: Iterable[Problem]) -> None:
    """One line a mistake, in the form that editors jump to: FILE:LINE: what (what would be right)."""
    out = console(error=True)
    for problem in problems:
        hint = f" ({render(problem.hint)})" if problem.hint else ""
        out.print(f"{problem.file}:{problem.line}: {render(problem.message)}{hint}")
