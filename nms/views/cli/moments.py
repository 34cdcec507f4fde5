"""Instants and durations as people write them on the command line, on the office's clock."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.views.cli.common import WrongUse
from nms.views.moments import length_of, moment_of


def moment(text: str, zone: ZoneInfo, option: str) -> float:
    """Unix seconds of `2026-12-05 22:00`, `22:00` (today) or `now`. Raises: WrongUse."""
    found = moment_of(text, zone)
    if found is None:
        hint = _("{option}: {text} is not a moment; write it as 2026-12-05 22:00, on the office's clock, or as now")
        raise WrongUse(hint.format(option=option, text=text))
    return found


def length(text: str, option: str) -> float:
    """Seconds of `4h`, `1h30m`, `2d`; more than none. Raises: WrongUse."""
    seconds = length_of(text)
    if seconds is None:
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
