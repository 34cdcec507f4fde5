"""No secret of any platform survives masking; the same one keeps its mark, another gets another."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nms.collect.configuration.definitions import Definitions, load_definitions
from nms.collect.configuration.masking import Mask
from tests.collect.configuration.secret_lines import INNOCENT_LINES, SECRET_LINES

COLLECTORS = Path(__file__).parents[3] / "collectors"

secrets = st.text(st.sampled_from("abcdefgXYZ0123456789$./+=!%^*_@#&?-"), min_size=6, max_size=40).filter(
    lambda text: text[0].isalnum() and text[-1].isalnum() and not text.isdigit() and "-----" not in text
)


@cache
def definitions() -> Definitions:
    return load_definitions(COLLECTORS)


def mask_of(kind: str, key: bytes = b"a key for tests") -> Mask:
    return Mask.of(key, definitions().kinds[kind].secrets)


def written(line: str, secret: str) -> str:
    return line.replace("{secret}", secret)


def test_every_platform_has_lines_to_be_tried_with() -> None:
    assert SECRET_LINES.keys() == definitions().kinds.keys()


@pytest.mark.parametrize("kind", SECRET_LINES)
@settings(max_examples=8, deadline=None)
@given(secret=secrets, around=st.sampled_from(["", "interface Vlan1\n", "!\nhostname sw\n"]))
def test_no_secret_survives(kind: str, secret: str, around: str) -> None:
    mask, survived = mask_of(kind), []
    for line in SECRET_LINES[kind]:
        if secret in line or ("://" in line and ("@" in secret or "/" in secret)):
            continue
        masked = mask.apply(around + written(line, secret) + "\n" + around)
        if secret in masked.text or not masked.text.startswith(around) or not masked.text.endswith(around):
            survived.append(line)
    assert survived == []


@given(first=secrets, second=secrets)
def test_the_same_secret_keeps_its_mark_and_a_changed_one_shows(first: str, second: str) -> None:
    mask = mask_of("cisco_ios")
    one, two = (mask.apply(f"enable secret 5 {secret}").text for secret in (first, second))
    assert (one == two) == (first == second)
    assert mask_of("cisco_ios", b"another key").apply(f"enable secret 5 {first}").text != one


@given(kind=st.sampled_from(sorted(SECRET_LINES)), secret=secrets)
def test_masking_what_is_masked_changes_nothing(kind: str, secret: str) -> None:
    mask = mask_of(kind)
    once = mask.apply("\n".join(written(line, secret) for line in SECRET_LINES[kind])).text
    assert mask.apply(once).text == once


@given(st.text(max_size=400))
def test_any_text_at_all_is_masked_without_an_error_and_stays_the_second_time(text: str) -> None:
    for kind in ("cisco_ios", "fortinet", "mikrotik_routeros"):
        mask = mask_of(kind)
        once = mask.apply(text).text
        assert mask.apply(once).text == once


@pytest.mark.parametrize("kind", INNOCENT_LINES)
def test_what_is_no_secret_stays_readable(kind: str) -> None:
    mask = mask_of(kind)
    assert [line for line in INNOCENT_LINES[kind] if mask.apply(f"{line}\n").text != f"{line}\n"] == []


@pytest.mark.parametrize(
    "looks_like_one",
    [
        "$1$abcd$0123456789", "$6$salt$HashOfASecret", "$9$nhEmQVczB7dqH", "$14$Tj1r$xyz", "$h$6$Salted==",
        "$1a$vrpSalt$hash$", "%^%#K8{x;y z|&'h%^%#", "%$%$ab;c d|e'f%$%$", "-AQ==Zm9vYmFyYmF6cXV4",
    ],
)  # fmt: skip
def test_what_looks_like_a_hash_is_masked_whatever_stands_before_it(looks_like_one: str) -> None:
    for kind in SECRET_LINES:
        assert looks_like_one not in mask_of(kind).apply(f" nobody knows {looks_like_one}\n").text


def test_what_a_device_encrypts_anew_each_time_has_one_mark() -> None:
    first, second = (mask_of("fortinet").apply(f" set password ENC {text}").text for text in ("SH2xyz==", "SH2abc=="))
    assert first == second == " set password ENC <secret>"


def test_the_key_is_not_in_the_repr_of_a_mask() -> None:
    assert "a key for tests" not in repr(mask_of("cisco_ios"))
