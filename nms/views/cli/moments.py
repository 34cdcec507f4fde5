"""Instants and durations as people write them on the command line, on the office's clock."""

from __future__ import annotations

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.views.cli.common import WrongUse

_FORMS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")


def moment(text: str, zone: ZoneInfo, option: str) -> float:
    """Unix seconds of `2026-12-05 22:00`, `22:00` (today) or `now`. Raises: WrongUse."""
    from nms.calendars import instant  # brings numpy and pydantic, which other commands need not wait for

    if text == "now":
        return time.time()
    today = datetime.now(zone).strftime("%Y-%m-%d")
    for written in (text, f"{today} {text}"):
        for form in _FORMS:
            try:
                return instant(datetime.strptime(written, form), zone)  # noqa: DTZ007 (the office's clock)
            except ValueError:
                continue
    hint = _("{option}: {text} is not a moment; write it as 2026-12-05 22:00, on the office's clock, or as now")
    raise WrongUse(hint.format(option=option, text=text))


def length(text: str, option: str) -> float:
    """Seconds of `4h`, `1h30m`, `2d`; more than none. Raises: WrongUse."""
    from nms.config.quantities import duration_seconds  # brings pydantic

    try:
        seconds = duration_seconds(text)
    except ValueError:
        seconds = 0.0
    if not seconds:
        hint = _("{option}: {text} is not a duration; write it with its unit: 30m, 4h, 1h30m, 2d")
        raise WrongUse(hint.format(option=option, text=text))
    return seconds


def end_of(start: float, until: str, lasts: str, zone: ZoneInfo) -> float:
    """When something ends, of which either the end or the length was given. Raises: WrongUse."""
    if bool(until) == bool(lasts):
        raise WrongUse(_("write either --until, when it ends, or --for, how long it lasts"))
    end = moment(until, zone, "--until") if until else start + length(lasts, "--for")
    if end <= start:
        raise WrongUse(_("--until: it ends before it starts"))
    return end
