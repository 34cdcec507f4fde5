"""An incident as people are told of it, read from the records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from nms.alerts.held import Case, Held
from nms.alerts.writing import case_from, held_from
from nms.store.tables.alerts import alerts, incidents


@dataclass(frozen=True, slots=True)
class Story:
    """One incident and the latest alert of its root."""

    case: Case
    root: Held | None

    @property
    def is_over(self) -> bool:
        return self.case.resolved_at is not None

    @property
    def is_unattended(self) -> bool:
        """Whether it goes on and nobody has taken it: what escalates and is repeated."""
        return not self.is_over and self.root is not None and self.root.speaks and not self.root.acknowledged_by


def stories(connection: sa.Connection, numbers: Iterable[int]) -> dict[int, Story]:
    """The stories of incidents by number."""
    found: dict[int, Story] = {}
    for number in sorted(set(numbers)):
        row = connection.execute(sa.select(incidents).where(incidents.c.id == number)).mappings().first()
        if row is None:
            continue
        case = case_from(row)
        root = (
            sa.select(alerts)
            .where(alerts.c.incident == number, alerts.c.key == case.root_key)
            .order_by(alerts.c.id.desc())
        )
        held = connection.execute(root.limit(1)).mappings().first()
        found[number] = Story(case, held_from(held) if held else None)
    return found
