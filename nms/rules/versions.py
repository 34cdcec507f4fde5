"""Versions of software compared, as vendors write them: `15.2(7)E5`, `21.4R3-S2`, `v7.2.8,build1639`, `7.15rc2`."""

from __future__ import annotations

import re

_VERSION = re.compile(r"\d+[.(][\w.()+~-]*|\d+")
_PART = re.compile(r"\d+|[a-z]+")
_BEFORE = frozenset({"alpha", "beta", "rc", "dev", "pre", "preview"})

Rank = tuple[tuple[int, int, str], ...]


def rank(text: str) -> Rank | None:
    """What sorts versions; None where the text holds none.

    Numbers count as numbers and letters as letters; more is newer, except what says that it came before (rc, beta).
    """
    found = _VERSION.search(text)
    if found is None:
        return None
    parts = _PART.findall(found[0].lower())
    return (*(_ranked(part) for part in parts), _END)


_END = (1, 0, "")


def _ranked(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return (3, int(part), "")
    return (0 if part in _BEFORE else 2, 0, part)


def is_below(version: str, least: str) -> bool:
    """Whether a version is older than the least one; False where either cannot be told."""
    one, other = rank(version), rank(least)
    return one is not None and other is not None and one < other
