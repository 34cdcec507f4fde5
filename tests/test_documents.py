"""YAML that people write: what is read, where it stands, and mistakes with their remedies."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator

from nms.documents import Confidential, DocumentError, Strict, load, loads, mistake, parse, suggestion
from nms.i18n import render


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Cat(Strict):
    kind: Literal["cat"]
    lives: int = Field(default=9, ge=1)


class Dog(Strict):
    kind: Literal["dog"]
    barks: bool = True


class Safe(Confidential):
    number: int = 0
    inner: Cat | None = None


class Farm(Strict):
    name: str
    colour: Colour = Colour.RED
    animals: dict[str, Annotated[Cat | Dog, Field(discriminator="kind")]] = Field(default_factory=dict)
    herd: tuple[Dog, ...] = ()
    safe: Safe = Safe()
    share: float = 0.5
    for_: int = Field(default=0, alias="for")

    @field_validator("share")
    @classmethod
    def _share(cls, value: float) -> float:
        if value > 1:
            raise mistake("“{key}” is {value}: too much", "write at most {most}", value=value, most=1)
        return value


def told(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DocumentError) as caught:
        parse(Farm, loads(text, "farm.yaml"))
    return [
        (problem.line, render(problem.message, "en"), render(problem.hint, "en") if problem.hint else "")
        for problem in caught.value.problems
    ]


def refused(text: str) -> tuple[int, str]:
    with pytest.raises(DocumentError) as caught:
        loads(text, "x.yaml")
    (problem,) = caught.value.problems
    return problem.line, render(problem.message, "en")


scalars = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(st.characters(codec="ascii"), max_size=8)
keys = st.text("abcdefgh", min_size=1, max_size=5)
trees = st.recursive(
    scalars, lambda kids: st.lists(kids, max_size=4) | st.dictionaries(keys, kids, max_size=4), max_leaves=20
)


@given(trees)
def test_what_yaml_wrote_is_read_back(tree: object) -> None:
    text = yaml.safe_dump(tree)
    assert loads(text, "x.yaml").data == ({} if tree is None and text.startswith("---") else tree)


@given(st.dictionaries(keys, st.dictionaries(keys, st.integers(), min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_key_knows_its_line(tree: dict[str, dict[str, int]]) -> None:
    text = yaml.safe_dump(tree, sort_keys=False, default_flow_style=False)
    document = loads(text, "x.yaml")
    written = text.splitlines()
    for outer, block in tree.items():
        assert written[document.line((outer,)) - 1] == f"{outer}:" or outer in ("y", "n")
        for inner, value in block.items():
            assert written[document.line((outer, inner)) - 1].endswith(f": {value}")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        document = loads(text, "x.yaml")
        found_lines = [document.line(())]
    except DocumentError as error:
        found_lines = [problem.line for problem in error.problems if problem.message.template]
    assert found_lines
    assert min(found_lines) >= 1


def test_words_that_yaml_1_1_takes_for_booleans_numbers_or_dates_stay_words() -> None:
    text = (
        "[no, on, off, yes, y, true, False, 0155, 010, 1:30, 12:30:00, 2026-01-04, 2026-01-04 02:00, 0.5, 0x1f, -3, 0]"
    )
    assert loads(text, "x.yaml").data == [
        "no", "on", "off", "yes", "y", True, False, "0155", "010", "1:30", "12:30:00", "2026-01-04",
        "2026-01-04 02:00", 0.5, 31, -3, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: 1\nb: [1,\nc: 2\n", 4, "is not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\n\tb: 2", 2, "is not valid YAML: found a tab character that violates indentation"),
        ("a: 1\nb: \x1b[31m", 2, "is not valid YAML: unacceptable character"),
        ("a: 1\nb: 2\na: 3", 3, "“a” is written twice"),
        ("x: &a [*a]", 1, "is not valid YAML: it is nested too deeply or too large"),
        ("a: *nothing", 1, "is not valid YAML: found undefined alias"),
        ("a: 1\nb: !!python/name:os.system", 2, "is not valid YAML: could not determine a constructor for the tag"),
        ("a: 1\nb: !shell [rm]", 2, "is not valid YAML: the tag '!shell' is not used here"),
        ("a: &x {}\nb:\n  <<: *x", 3, "is not valid YAML: merge keys (<<) are not used here"),
        ("a: 1\n---\nb: 2", 2, "is not valid YAML: but found another document"),
    ],
)
def test_what_is_not_yaml_is_refused_at_its_line(text: str, line: int, sentence: str) -> None:
    found_line, found = refused(text)
    assert found.startswith(sentence)
    assert found_line == line


def test_aliases_that_unfold_without_end_are_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert refused("\n".join(lines))[1] == "is not valid YAML: it is nested too deeply or too large"


def test_deep_nesting_is_refused() -> None:
    assert "is not valid YAML" in refused("[" * 3000 + "]" * 3000)[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour: red", [(1, "“name” is missing", "")]),
        ("name: x\ncolor: red", [(2, "“color” is not a known key", "did you mean “colour”?")]),
        ("name: x\ncolour: gren", [(2, "“colour” cannot be 'gren': it must be one of 'red' or 'green'",
                                    "did you mean “green”?")]),
        ("name: 5", [(1, "“name” must be text, not 5", "")]),
        ("name: x\nfor: five", [(2, "“for” must be a whole number, not 'five'", "")]),
        ("name: x\nanimals:\n  tom: {kind: cat, lifes: 3}", [(3, "“lifes” is not a known key",
                                                             "did you mean “lives”?")]),
        ("name: x\nanimals:\n  tom: {kind: cat, barks: true}", [(3, "“barks” is not a known key",
                                                                "known here: kind, lives")]),
        ("name: x\nanimals:\n  tom:\n    lives: 3\n    kind: cta",
         [(5, "“kind” cannot be 'cta': it must be one of 'cat', 'dog'", "did you mean “cat”?")]),
        ("name: x\nanimals:\n  tom: {lives: 3}", [(3, "“kind” is missing", "")]),
        ("name: x\nanimals: [tom]", [(2, "“animals” must be a block of keys and values, not ['tom']", "")]),
        ("name: x\nherd:\n  - {kind: dog}\n  - {kind: dog, barks: loudly}",
         [(4, "“barks” must be true or false, not 'loudly'", "")]),
        ("name: x\nherd: {kind: dog}", [(2, "“herd” must be a list, not {'kind': 'dog'}", "")]),
        ("name: x\nshare: 2.5", [(2, "“share” is 2.5: too much", "write at most 1")]),
        ("name: x\nshare: .nan", [(2, "“share” must be a finite number", "")]),
        ("name: x\nsafe: {number: hunter2}", [(2, "“number” must be a whole number, not what is written", "")]),
        ("name: x\nsafe: {inner: {kind: cat, lives: hunter2}}",
         [(2, "“lives” must be a whole number, not what is written", "")]),
        ("name: x\nsafe: hunter2", [(2, "“safe” must be a block of keys and values, not what is written", "")]),
        ("name: x\n1: 2", [(2, "“1” is not a known key", "known here: animals, colour, for, herd, name, safe, share")]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_remedy(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert told(text) == expected


def test_all_mistakes_come_in_the_order_of_the_file() -> None:
    text = "colour: blue\nherd:\n  - {kind: cow}\nshare: 3\nnam: x\n"
    assert [line for line, _, _ in told(text)] == [1, 1, 3, 4, 5]


def test_secrets_are_not_even_in_the_parameters() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(Farm, loads("name: x\nsafe: {number: hunter2, nunber: hunter2}", "farm.yaml"))
    assert "hunter2" not in repr(caught.value.problems)
    with pytest.raises(DocumentError) as caught:
        parse(Farm, loads("animals: {}\nsafe: {number: 1, x: hunter2}", "farm.yaml"))
    assert "hunter2" not in repr(caught.value.problems)


def test_nothing_behind_a_key_is_nothing_written() -> None:
    farm = parse(Farm, loads("name: x\nherd:\nsafe:\nanimals:\n", "farm.yaml"))
    assert (farm.herd, farm.safe, farm.animals) == ((), Safe(), {})


def test_a_part_of_a_document_can_be_read_alone() -> None:
    document = loads("farms:\n  one: {name: x}\n  two: {nam: x}\n", "farms.yaml")
    assert parse(Farm, document, ("farms", "one")).name == "x"
    with pytest.raises(DocumentError) as caught:
        parse(Farm, document, ("farms", "two"))
    assert {problem.line for problem in caught.value.problems} == {3}


def test_long_values_are_cut_in_messages() -> None:
    ((_, sentence, _),) = told("name: x\ncolour: " + "r" * 500)
    assert len(sentence) < 150


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_bytes(b"a: \xff"), "it is not UTF-8"),
    ],
    ids=["missing", "directory", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, make: object, reason: str) -> None:
    path = tmp_path / "x.yaml"
    make(path)  # type: ignore[operator]
    with pytest.raises(DocumentError) as caught:
        load(path)
    assert [render(problem.message, "en") for problem in caught.value.problems] == [f"cannot be read: {reason}"]


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = load(path)
    assert document.data == {"a": 1, "b": 2}
    assert document.line(("b",)) == 2


def test_a_suggestion_is_near_or_a_short_list_or_nothing() -> None:
    known = ["alpha", "beta"]
    assert [hint and render(hint, "en") for hint in (suggestion("alfa", known), suggestion("x", known))] == [
        "did you mean “alpha”?",
        "known here: alpha, beta",
    ]
    assert suggestion("x", [f"name{i}" for i in range(50)]) is None
    assert suggestion("x", []) is None
