from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.notify.links import AcknowledgeLink, BadLink, link_secret, linker, sign, verify

SECRET = b"0123456789abcdef"
LINK = AcknowledgeLink(7, "ana.perez", 2_000_000_000)


def test_a_link_allows_what_was_signed_until_it_expires() -> None:
    token = sign(SECRET, LINK)
    assert verify(SECRET, token, 1_999_999_999) == LINK
    with pytest.raises(BadLink, match="too old"):
        verify(SECRET, token, 2_000_000_000)


def test_another_secret_makes_another_token() -> None:
    with pytest.raises(BadLink):
        verify(b"another secret, long", sign(SECRET, LINK), 0)


def test_messages_link_to_a_person_and_never_to_a_shared_channel() -> None:
    link = linker("https://monitor.example/", SECRET, lambda: 1000.0, 60)
    url = link(7, "ana")
    assert url.startswith("https://monitor.example/ack/")
    assert verify(SECRET, url.rpartition("/")[2], 1059) == AcknowledgeLink(7, "ana", 1060)
    assert link(7, "#guardia") == ""
    assert linker("", SECRET, lambda: 0.0)(7, "ana") == ""


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    made = link_secret(tmp_path / "link.key")
    assert link_secret(tmp_path / "link.key") == made
    assert len(made) == 32
    assert (tmp_path / "link.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "short.key").write_bytes(b"x")
    with pytest.raises(ValueError, match="16 bytes"):
        link_secret(tmp_path / "short.key")


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        sign(b"short", LINK)


@given(st.text(max_size=600))
def test_no_text_opens_the_door_or_breaks_it(token: str) -> None:
    with pytest.raises(BadLink):
        verify(SECRET, token, 0)


@given(st.data())
def test_every_change_of_a_token_breaks_it(data: st.DataObject) -> None:
    token = sign(SECRET, LINK)
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCxyz019-_.")) if place else "A"
    changed = token[:place] + other + token[place + 1 :]
    if changed.rstrip("=") != token and _means_other(changed, token):
        with pytest.raises(BadLink):
            verify(SECRET, changed, 0)


def _means_other(one: str, other: str) -> bool:
    """The last letter before a dot may differ in bits that base64 does not use."""
    from base64 import urlsafe_b64decode

    def parts(token: str) -> list[bytes] | None:
        try:
            return [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
        except ValueError:
            return None

    return parts(one) != parts(other)
