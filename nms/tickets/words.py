"""The words that a ticket can be found by: without case, accents and punctuation, the same when written and asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9ñ]+(?:[-.][a-z0-9ñ]+)*")
_MOST = 300
_LONGEST = 40


def words(texts: Iterable[str]) -> set[str]:
    """The words of some texts; a name with dashes or dots counts as a whole and by its parts."""
    found: set[str] = set()
    for text in texts:
        for word in _WORD.findall(_folded(text)):
            found.update(part[:_LONGEST] for part in (word, *re.split(r"[-.]", word)) if len(part) > 1)
            if len(found) >= _MOST:
                return found
    return found


def terms(text: str) -> list[str]:
    """What somebody searches for, word by word; a trailing `*` stays, for words that begin so."""
    found: list[str] = []
    for written in text.split()[:8]:
        word = _WORD.search(_folded(written))
        if word:
            found.append(word[0][:_LONGEST] + ("*" if written.endswith("*") else ""))
    return found


def _folded(text: str) -> str:
    kept = text.casefold().replace("ñ", "\0")
    plain = "".join(c for c in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(c))
    return plain.replace("\0", "ñ")
