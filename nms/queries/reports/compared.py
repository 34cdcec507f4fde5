"""What got better and what got worse, from figures that know what their growth means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nms.queries.reports import wording
from nms.queries.reports.document import Figure
from nms.queries.reports.sources import Task


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences for the executive page."""

    better: tuple[str, ...]
    worse: tuple[str, ...]


def told(task: Task, figures: Iterable[Figure]) -> Told:
    """A change that cannot be seen in the figures as they are shown is none."""
    better, worse = list[str](), list[str]()
    for one in figures:
        if not one.more_is or one.value is None or one.before is None:
            continue
        now, before = (
            wording.shown(value, one.unit, task.zone, task.sources.currency) for value in (one.value, one.before)
        )
        if now != before:
            text = task.say("{label}: {now}; {before} in the period before.", label=one.label, now=now, before=before)
            (better if (one.value > one.before) == (one.more_is == "good") else worse).append(text)
    return Told(tuple(better), tuple(worse))
