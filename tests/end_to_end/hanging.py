"""The real daemon, parts of which hang once: `hanging.py PARTS FLAG ...`, with the arguments of `nms` after that.

What hangs is the part itself, in its own thread or task; nothing of the guard is replaced but its patience.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nms.collect.runner
from nms.__main__ import main
from nms.notify.notifier import Notifier
from nms.wiring import guard
from nms.wiring.calendar import Calendar
from nms.wiring.pipeline import Pipeline

AFTER_CALLS = 3


class Once:
    """Whether it is time to hang: at the third call, and in one process only."""

    def __init__(self, flag: Path) -> None:
        self.flag = flag
        self.calls = 0

    def __call__(self) -> bool:
        self.calls += 1
        if self.calls < AFTER_CALLS or self.flag.exists():
            return False
        self.flag.touch()
        return True


def blocking(real: Callable[..., Any], once: Once) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        if once():
            threading.Event().wait()
        return real(*arguments)

    return call


def waiting(real: Callable[..., Any], once: Once) -> Callable[..., Any]:
    async def call(*arguments: Any) -> Any:
        if once():
            await asyncio.Event().wait()
        return await real(*arguments)

    return call


def stuck(real: Callable[..., Any], once: Once) -> Callable[..., Any]:
    """A visit that never ends, whatever its budget; so does every other one that begins meanwhile."""

    async def call(*arguments: Any) -> Any:
        if once() or (once.flag.exists() and not once.flag.with_suffix(".over").exists()):
            try:
                await asyncio.Event().wait()
            finally:
                once.flag.with_suffix(".over").touch()
        return await real(*arguments)

    return call


def hang(parts: str, flags: Path) -> None:
    wrapped: dict[str, tuple[Any, str, Callable[..., Any]]] = {
        "pipeline": (Pipeline, "digest", blocking),
        "notifier": (Notifier, "run", blocking),
        "scheduler": (Calendar, "_tick", waiting),
        "pollers": (nms.collect.runner, "visit", stuck),
    }
    for part in parts.split(","):
        owner, name, how = wrapped[part]
        setattr(owner, name, how(getattr(owner, name), Once(flags / part)))
    guard.SETTLED_SECONDS = 8.0
    guard.PATIENCE.update({"scheduler": 4.0, "pollers": 4.0, "pipeline": 8.0, "notifier": 8.0})


if __name__ == "__main__":
    parts, flags, *rest = sys.argv[1:]
    sys.argv[1:] = rest
    hang(parts, Path(flags))
    sys.exit(main())
