"""Instants, durations, recurrence and matchers as people write them, on the office's clock, in every view."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LABELS = "key|rule|device|department|site|role|family|component|severity|tag"
_LABEL = re.compile(rf"(?:^|(?<=\s))({_LABELS})=")


def moment_of(text: str, zone: ZoneInfo, now: float | None = None) -> float | None:
    """Unix seconds of `2026-12-05 22:00`, `2026-12-05T22:00`, `22:00` (today) or `now`; None for anything else."""
    from nms.calendars import instant  # brings numpy and pydantic, which not every view needs at once

    at = time.time() if now is None else now
    if text == "now":
        return at
    today = datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d")
    for written in (text, f"{today} {text}"):
        for form in _FORMS:
            try:
                return instant(datetime.strptime(written, form), zone)  # noqa: DTZ007 (the office's clock)
            except ValueError:
                continue
    return None


def length_of(text: str) -> float | None:
    """Seconds of `4h`, `1h30m`, `2d`, more than none; None for anything else."""
    from nms.config.quantities import duration_seconds  # brings pydantic

    try:
        return duration_seconds(text) or None
    except ValueError:
        return None


def rule_of(choice: str, starts_at: float, zone: ZoneInfo) -> str:
    """A recurrence rule (RFC 5545) from a word: `daily`, `weekly`, `monthly` (the first Sunday, the last Friday).

    A rule stays what it is.
    """
    start = datetime.fromtimestamp(starts_at, zone)
    week = (start.day - 1) // 7 + 1
    monthly = f"FREQ=MONTHLY;BYDAY={week if week < 5 else -1}{_WEEKDAYS[start.weekday()]}"
    return {"daily": "FREQ=DAILY", "weekly": "FREQ=WEEKLY", "monthly": monthly}.get(choice, choice)


def matchers_of(text: str) -> dict[str, list[str]]:
    """`device=rt-a,sw-* department=obras` as matchers, as lists show them; a word without a label is a device."""
    found: dict[str, list[str]] = {}
    marks = list(_LABEL.finditer(text))
    bare = text[: marks[0].start()] if marks else text
    parts = [("device", bare.replace(" ", ","))] if bare.strip() else []
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    parts += [(mark[1], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)] if marks else []
    for label, listed in parts:
        found.setdefault(label, []).extend(names_of(listed))
    return found


def names_of(text: str) -> list[str]:
    """What stands between commas."""
    return [name for one in text.split(",") if (name := one.strip())]


def written(matchers: Mapping[str, list[str]]) -> str:
    """The same the other way round."""
    return " ".join(f"{label}={','.join(names)}" for label, names in matchers.items() if names)
