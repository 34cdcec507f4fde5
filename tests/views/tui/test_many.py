"""Acts for many rows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from nms import i18n
from nms.views.connection import ClientError, NotReachable, TooOften
from nms.views.tui.many import for_all, one_by_one


@pytest.fixture(autouse=True)
def english() -> None:
    i18n.use("en")


async def test_a_daemon_that_asks_for_patience_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    ready = iter([False, True, False, True])

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def act(_name: str) -> None:
        if not next(ready):
            raise TooOften("too many requests", 3.0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    tally = await one_by_one(["a", "b"], act)
    assert (tally.done, tally.refused, slept) == (2, 0, [3.0, 3.0])


async def test_a_lost_connection_tells_what_was_done_before() -> None:
    async def act(part: Sequence[str]) -> int:
        if "c" in part:
            raise NotReachable("gone")
        return len(part)

    with pytest.raises(NotReachable, match="2 were done before the connection was lost: gone"):
        await for_all(["a", "b", "c", "d"], act, at_once=2)
    with pytest.raises(NotReachable, match=r"^gone$"):
        await for_all(["c"], act, at_once=2)


async def test_one_refusal_alone_is_told_as_it_is() -> None:
    async def act(_name: str) -> None:
        raise ClientError("you may not")

    tally = await one_by_one(["a"], act)
    with pytest.raises(ClientError, match=r"^you may not$"):
        tally.said("0 done")
