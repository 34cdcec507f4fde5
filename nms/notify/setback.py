"""When the machine's clock is set back: what waited for an instant of the old clock waits as long by the new one."""

from __future__ import annotations

import sqlalchemy as sa

from nms.store.records import Records, serialise
from nms.store.tables.notify import batches, deliveries, pages

TOLERANCE = 5.0
"""A clock that is slewed or corrected by less changes nothing that people notice."""


def keep_waits(records: Records, back: float, soon: float) -> None:
    """Moves steps of escalation, messages to be tried again and deliveries by `back` seconds.

    Deliveries due after `soon`, by the old clock, wait for an hour of the office (the end of quiet hours), and stay.
    """
    waiting = (deliveries.c.state == "waiting") & (deliveries.c.due_at <= soon)
    with records.begin() as connection:
        serialise(connection, "notify")
        moved: tuple[sa.Update, ...] = (
            pages.update()
            .where(pages.c.due_at.is_not(None))
            .values(due_at=pages.c.due_at - back, started_at=pages.c.started_at - back),
            batches.update().where(batches.c.state == "intended").values(due_at=batches.c.due_at - back),
            deliveries.update().where(waiting).values(due_at=deliveries.c.due_at - back),
        )
        for statement in moved:
            connection.execute(statement)
