"""Secrets of configurations: replaced by a mark that is the same for the same secret, and says nothing of it.

The mark is a keyed hash (HMAC-SHA256, RFC 2104) cut to 48 bits, so that a changed secret is seen as changed while a
short one cannot be guessed from its mark without the key. A secret that the device encrypts anew each time it shows
it gets a mark without a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nms.collect.configuration.language import SecretPlace

FLAGS = re.IGNORECASE | re.MULTILINE
_MARK = re.compile(r"<secret(?::[0-9a-f]{12})?>")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and on how many lines there were some."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A `SecretPlace`, ready to use."""

    pattern: re.Pattern[str]
    salted: bool = False
    begins: re.Pattern[str] | None = None
    ends: re.Pattern[str] | None = None

    @classmethod
    def of(cls, one: SecretPlace) -> Place:
        pattern = re.compile(one.pattern, FLAGS)
        if one.within is None:
            return cls(pattern, one.salted)
        return cls(pattern, one.salted, re.compile(one.within.begins, FLAGS), re.compile(one.within.ends, FLAGS))

    def found(self, text: str) -> Iterator[re.Match[str]]:
        if self.begins is None or self.ends is None:
            yield from self.pattern.finditer(text)
            return
        for begun in self.begins.finditer(text):
            ended = self.ends.search(text, begun.end())
            yield from self.pattern.finditer(text, begun.end(), ended.start() if ended else len(text))


@dataclass(frozen=True, slots=True)
class Mask:
    """Hides secrets with one key. Safe to use on a text that is masked already."""

    key: bytes = field(repr=False)
    places: tuple[Place, ...]

    @classmethod
    def of(cls, key: bytes, places: Iterable[SecretPlace]) -> Mask:
        return cls(key, tuple(Place.of(one) for one in places))

    def apply(self, text: str) -> Masked:
        kept, at = [], 0
        spans = _together(self._spans(text))
        for start, end, salted in spans:
            kept += [text[at:start], self._mark(text[start:end], salted=salted)]
            at = end
        return Masked("".join([*kept, text[at:]]), len(spans))

    def _spans(self, text: str) -> Iterable[tuple[int, int, bool]]:
        for place in self.places:
            for found in place.found(text):
                start, end = found.span("secret")
                if start < end:
                    yield start, end, place.salted

    def _mark(self, secret: str, *, salted: bool) -> str:
        if _MARK.fullmatch(secret):
            return secret
        if salted:
            return "<secret>"
        return f"<secret:{hmac.new(self.key, secret.encode(), hashlib.sha256).hexdigest()[:12]}>"


def _together(spans: Iterable[tuple[int, int, bool]]) -> Sequence[tuple[int, int, bool]]:
    """Spans in order, those that overlap as one; one that is salted makes the whole so."""
    found: list[tuple[int, int, bool]] = []
    for start, end, salted in sorted(spans):
        if found and start < found[-1][1]:
            before = found[-1]
            found[-1] = (before[0], max(before[1], end), before[2] or salted)
        else:
            found.append((start, end, salted))
    return found
