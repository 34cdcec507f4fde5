"""Periods that are asked for: neither upside down nor without end."""

from __future__ import annotations

from nms.views.api.problems import HttpProblem

LONGEST_PERIOD = 366 * 86_400 * 5


def check_period(start: float, end: float) -> None:
    """Raises: HttpProblem."""
    if end <= start:
        raise HttpProblem(422, "end: must be later than start")
    if end - start > LONGEST_PERIOD:
        days = LONGEST_PERIOD // 86_400
        raise HttpProblem(422, "end: a period of more than {days} days is too long; ask for less", days=days)
