"""A long JSON array as it arrives: rows are made of each piece of it at once, and the text is never held as a whole.

Ten thousand devices are five megabytes of JSON. Held whole it is there twice (octets and text, the latter up to four
times as large when one name needs it), and parsing it at once keeps the keys waiting for a tenth of a second.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from pydantic import TypeAdapter

_BEFORE = re.compile(r"\s*,?\s*")
_BEHIND = re.compile(r"\s*[,\]]")


async def rows_of(adapter: TypeAdapter[Any], octets: AsyncIterator[bytes]) -> list[Any]:
    """The elements of the array, validated by the adapter of a list; between two pieces whoever waits has its turn.

    Raises: ValueError (of which pydantic's ValidationError is one) for what is no such array, or only a part of one.
    """
    utf8, found, text, is_open = codecs.getincrementaldecoder("utf-8")(), list[Any](), "", False
    async for piece in octets:
        text += utf8.decode(piece)
        if not is_open and text.strip():
            text, is_open = _opened(text), True
        elements, text = _complete(text)
        if elements:
            found += adapter.validate_python(elements)
            await asyncio.sleep(0)
    if not is_open or text.strip() != "]":
        raise ValueError("the array has no end")
    return found


def _opened(text: str) -> str:
    text = text.lstrip()
    if not text.startswith("["):
        raise ValueError("this is no array")
    return text[1:]


def _complete(text: str) -> tuple[list[Any], str]:
    """The elements that are there to their end, and the text behind them."""
    decoder, elements, at = json.JSONDecoder(), list[Any](), 0
    while True:
        before = _BEFORE.match(text, at)
        try:
            element, end = decoder.raw_decode(text, before.end() if before else at)
        except json.JSONDecodeError:
            return elements, text[at:]
        if not _BEHIND.match(text, end):  # a number may go on in the next piece
            return elements, text[at:]
        elements.append(element)
        at = end
