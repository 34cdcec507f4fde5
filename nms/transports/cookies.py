"""The cookies that web servers set, for one visit."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit


class Cookies:
    """Cookies of one visit, each sent only to the host and the kind of connection that set it (RFC 6265, narrowed)."""

    _MOST, _LONGEST = 50, 4096

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], str] = {}

    def header(self, url: str) -> str:
        parts = urlsplit(url)
        mine = (parts.scheme, parts.netloc.rpartition("@")[2])
        return "; ".join(f"{key[2]}={value}" for key, value in self._kept.items() if key[:2] == mine)

    def keep(self, url: str, headers: Iterable[tuple[str, str]]) -> None:
        parts = urlsplit(url)
        for name, value in headers:
            if name != "set-cookie":
                continue
            pair, *attributes = value.split(";")
            key, equals, content = pair.strip().partition("=")
            place = (parts.scheme, parts.netloc.rpartition("@")[2], key)
            if any(attribute.strip().lower().replace(" ", "") == "max-age=0" for attribute in attributes):
                self._kept.pop(place, None)
            elif equals and key and len(pair) <= self._LONGEST and len(self._kept) < self._MOST:
                self._kept[place] = content
