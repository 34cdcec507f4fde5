"""Priority from impact and urgency (ITIL 4): 1 the highest, 4 the lowest.

Impact says how much of the city hall is hit: the criticality of the departments concerned, and how many people
work there. Urgency says how fast it must be acted on: the severity of the condition.
"""

from __future__ import annotations

from collections.abc import Iterable

from nms.model import Department, Severity

HIGH, MEDIUM, LOW = 1, 2, 3

_MANY_PEOPLE = 150
_SOME_PEOPLE = 40

_MATRIX = {
    (HIGH, HIGH): 1,
    (HIGH, MEDIUM): 2,
    (HIGH, LOW): 3,
    (MEDIUM, HIGH): 2,
    (MEDIUM, MEDIUM): 3,
    (MEDIUM, LOW): 4,
    (LOW, HIGH): 3,
    (LOW, MEDIUM): 4,
    (LOW, LOW): 4,
}


def impact_of(departments: Iterable[Department]) -> int:
    """1 high, 2 medium, 3 low.

    A department of criticality 1 (public safety) is high by itself. Otherwise it takes 150 people together, or 40
    in a department of criticality 2; 40 people, or criticality 2 with fewer, is medium.
    """
    concerned = list({one.id: one for one in departments}.values())
    if not concerned:
        return LOW
    people = sum(one.staff for one in concerned)
    criticality = min(one.criticality for one in concerned)
    important = sum(one.staff for one in concerned if one.criticality <= 2)
    if criticality <= 1 or people >= _MANY_PEOPLE or important >= _SOME_PEOPLE:
        return HIGH
    return MEDIUM if criticality == 2 or people >= _SOME_PEOPLE else LOW


def urgency_of(severity: Severity) -> int:
    """1 high (critical), 2 medium (warning), 3 low (information)."""
    return {Severity.CRITICAL: HIGH, Severity.WARNING: MEDIUM, Severity.INFO: LOW}[severity]


def priority_of(impact: int, urgency: int) -> int:
    """The priority of an impact and an urgency, each 1 to 3."""
    return _MATRIX[(impact, urgency)]
