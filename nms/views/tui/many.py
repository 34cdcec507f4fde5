"""Acts for many rows at once: what is refused for one does not keep it from the others, and is told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.views.connection import ClientError, NotReachable, TooOften

LONGEST_PATIENCE_SECONDS = 90.0
"""The daemon's share for one client is that of a minute."""

Act = Callable[[Sequence[str]], Awaitable[int]]
"""Does it for these, all or none, and gives how many it changed. Raises: ClientError."""


@dataclass(slots=True)
class Tally:
    """How an act for many went: `first` is the first that was refused, and why."""

    done: int = 0
    refused: int = 0
    first: str = ""
    reason: str = ""

    def said(self, done: str) -> str:
        """`done` as it is, when nothing was refused. Raises: ClientError with all of it, when something was."""
        if not self.refused:
            return done
        if not self.done and self.refused == 1:
            raise ClientError(self.reason)
        n = self.refused
        text = ngettext("{n} refused, {first}: {reason}", "{n} refused, the first of them {first}: {reason}", n)
        raise ClientError(f"{done}; {text.format(n=n, first=self.first, reason=self.reason)}")


async def for_all(names: Sequence[str], act: Act, *, at_once: int) -> Tally:
    """Does it for as many at a time as the daemon takes; where it refuses some of them, for the others all the same."""
    tally = Tally()
    for start in range(0, len(names), at_once):
        await _part(names[start : start + at_once], act, tally)
    return tally


async def one_by_one(names: Sequence[str], act: Callable[[str], Awaitable[object]]) -> Tally:
    async def of(part: Sequence[str]) -> int:
        await act(part[0])
        return 1

    return await for_all(names, of, at_once=1)


async def _part(names: Sequence[str], act: Act, tally: Tally) -> None:
    try:
        tally.done += await _patiently(act, names)
    except NotReachable as error:
        if not tally.done:
            raise
        text = _("{n} were done before the connection was lost: {reason}")
        raise NotReachable(text.format(n=tally.done, reason=error)) from error
    except ClientError as error:
        if len(names) > 1:
            middle = len(names) // 2
            await _part(names[:middle], act, tally)
            await _part(names[middle:], act, tally)
            return
        tally.refused += 1
        if tally.refused == 1:
            tally.first, tally.reason = names[0], str(error)


async def _patiently(act: Act, names: Sequence[str]) -> int:
    """Waits as long as the daemon asks for."""
    waited = 0.0
    while True:
        try:
            return await act(names)
        except TooOften as error:
            waited += error.seconds
            if waited > LONGEST_PATIENCE_SECONDS:
                raise
            await asyncio.sleep(error.seconds)
