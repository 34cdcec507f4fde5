"""Versions sort as their vendors mean them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nms.rules.versions import is_below

IN_ORDER = (
    ("12.2(55)SE", "15.0(2)SE11", "15.2(4)E8", "15.2(7)E", "15.2(7)E5", "15.2(7)E10", "16.12.05", "17.3.4a"),
    ("6.49.10", "7.15beta2", "7.15rc2", "7.15", "7.15.1", "7.16"),
    ("18.4R3", "21.4R3", "21.4R3-S2", "22.1R1"),
    ("v6.4.9,build1966", "v7.0.12,build0523", "v7.2.8,build1639"),
    ("WB.16.02.0012", "WB.16.10.0009"),
    ("4.20.5F", "4.28.3M"),
)


@pytest.mark.parametrize(("older", "newer"), [pair for versions in IN_ORDER for pair in pairwise(versions)])
def test_the_older_is_below_the_newer_and_not_the_other_way(older: str, newer: str) -> None:
    assert is_below(older, newer)
    assert not is_below(newer, older)
    assert not is_below(newer, newer)


def test_a_version_is_found_after_words_and_none_is_below_nothing() -> None:
    assert is_below("Version 15.2(4)E8", "15.2(7)E5")
    assert not is_below("unknown", "15.2")
    assert not is_below("", "15.2")
