"""Ranges in names: against their definition, for all kinds of ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.i18n import render
from nms.inventory.ranges import MOST, RangeMistake, expand, expand_numbered, has_range

literals = st.text(st.characters(exclude_characters="[]"), max_size=8)


@given(st.integers(0, 5000), st.integers(0, 300), st.integers(1, 7), literals, literals)
def test_a_range_of_numbers_counts_both_ends(first: int, more: int, step: int, before: str, after: str) -> None:
    texts = expand(f"{before}[{first}:{first + more}:{step}]{after}")
    assert texts == [f"{before}{number}{after}" for number in range(first, first + more + 1, step)]


@given(st.integers(0, 99), st.integers(0, 200), st.integers(3, 5))
def test_a_leading_zero_keeps_the_width(first: int, more: int, width: int) -> None:
    texts = expand(f"pc-[{first:0{width}d}:{first + more:0{width}d}]")
    assert [int(text.removeprefix("pc-")) for text in texts] == list(range(first, first + more + 1))
    assert all(len(text) == 3 + width for text in texts)
    assert texts == sorted(texts)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
def test_several_ranges_multiply_and_never_repeat(a: int, b: int, c: int) -> None:
    texts = expand(f"[1:{a}]-[1:{b}]-[1:{c}]")
    assert len(texts) == len(set(texts)) == a * b * c


@given(literals)
def test_a_text_without_ranges_is_itself(text: str) -> None:
    assert expand_numbered(text) == [(text, "")]
    assert not has_range(text)


@given(st.text("[]:0123abc-", max_size=14))
def test_any_pattern_gives_names_or_a_sentence(pattern: str) -> None:
    try:
        texts = expand(pattern)
    except RangeMistake as mistake:
        sentence = render(mistake.message, "en")
        texts = [pattern] if pattern in sentence else []
    assert 1 <= len(texts) <= MOST


def test_letters_work_too() -> None:
    assert expand("rack-[a:d]") == ["rack-a", "rack-b", "rack-c", "rack-d"]
    assert expand("[A:E:2]") == ["A", "C", "E"]


def test_the_number_of_each_name_is_known() -> None:
    assert expand_numbered("pc-[a:b]-[08:10]") == [
        (f"pc-{letter}-{number}", number) for letter in "ab" for number in ("08", "09", "10")
    ]


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("pc-[5:1]", "the range in “pc-[5:1]” runs backwards"),
        ("pc-[a:9]", "“pc-[a:9]” is not a range of numbers or letters"),
        ("pc-[:9]", "“pc-[:9]” is not a range of numbers or letters"),
        ("pc-[1:9:0]", "the step in “pc-[1:9:0]” must be a whole number above 0"),
        ("pc-[1:9:x]", "the step in “pc-[1:9:x]” must be a whole number above 0"),
        ("pc-[1-9]", "“pc-[1-9]” holds a bracket that is no range"),
        ("pc-[[1:9]]", "“pc-[[1:9]]” holds a bracket that is no range"),
        ("pc-[1:9", "“pc-[1:9” holds a bracket that is no range"),
        ("pc-[1:200][1:200]", "“pc-[1:200][1:200]” makes more than 10000 names"),
        ("pc-[1:999999999]", "“pc-[1:999999999]” makes more than 10000 names"),
        ("pc-[٣:٩]", "“pc-[٣:٩]” is not a range of numbers or letters"),
    ],
)
def test_a_wrong_range_is_explained(pattern: str, sentence: str) -> None:
    with pytest.raises(RangeMistake) as caught:
        expand(pattern)
    assert render(caught.value.message, "en") == sentence
