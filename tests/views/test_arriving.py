"""A long answer is the same rows however the network cuts it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nms.views.arriving import rows_of

ADAPTER: TypeAdapter[Any] = TypeAdapter(list[Any])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
)


def read(pieces: Sequence[bytes]) -> list[Any]:
    async def arriving() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return asyncio.run(rows_of(ADAPTER, arriving()))


def cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[i : i + size] for i in range(0, len(octets), size)]


@given(st.lists(VALUES, max_size=5), st.integers(1, 30), st.booleans(), st.sampled_from([None, 1]))
def test_rows_are_the_same_however_they_are_cut(found: list[Any], size: int, ascii_only: bool, indent: int) -> None:
    octets = json.dumps(found, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    assert read(cut(octets, size)) == found


@given(st.lists(VALUES, min_size=1, max_size=3), st.data())
def test_a_part_is_not_taken_for_the_whole(found: list[Any], data: st.DataObject) -> None:
    octets = json.dumps(found).encode()
    end = data.draw(st.integers(0, len(octets) - 1))
    with pytest.raises(ValueError, match="the array has no end"):
        read(cut(octets[:end], 7))


@pytest.mark.parametrize("octets", [b"", b"{}", b'{"detail": "no"}', b"[1, 2", b"[1 x]", b"[\xff]", b"[1]]"])
def test_what_is_no_array_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError):
        read([octets])


def test_the_terminal_loads_nothing_that_only_the_daemon_needs() -> None:
    heavy = ["numpy", "sqlalchemy", "fastapi", "netmiko", "apscheduler", "nms.calendars", "nms.inventory.loading"]
    program = f"import nms.views.tui.app, sys; print([name for name in {heavy!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
