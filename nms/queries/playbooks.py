"""The procedures for a device: which there are, what calls for them, and when the calendar does next."""

from __future__ import annotations

from functools import lru_cache

from nms.calendars.windows import Recurring
from nms.model import Device
from nms.queries.rows import PlaybookRow
from nms.tickets.office import Office
from nms.tickets.playbooks.book import applies
from nms.tickets.playbooks.language import AppliesTo, Playbook

HORIZON_SECONDS = 400 * 86_400.0
HOUR = 3600.0


def of_device(office: Office, device: Device, now: float) -> tuple[PlaybookRow, ...]:
    """Those written for equipment like it: what breaks first, then what comes next."""
    found = [
        _row(playbook, office, now)
        for playbook in office.playbooks.playbooks.values()
        if playbook.applies_to != AppliesTo() and applies(playbook.applies_to, device)
    ]
    return tuple(sorted(found, key=lambda row: (row.kind, row.next_at or now + HORIZON_SECONDS, row.title)))


def _row(playbook: Playbook, office: Office, now: float) -> PlaybookRow:
    recurring = [
        Recurring(trigger.calendar.rule, trigger.calendar.first, HOUR, office.zone)
        for trigger in playbook.triggers
        if trigger.calendar is not None
    ]
    starts = [at for one in recurring if (at := _next(one, int(now // HOUR))) is not None]
    return PlaybookRow(
        id=playbook.id,
        title=playbook.title,
        kind=playbook.kind,
        version=playbook.version,
        owner=playbook.owner,
        minutes=playbook.estimated_minutes,
        causes=tuple(sorted({cause for trigger in playbook.triggers for cause in trigger.model_fields_set})),
        next_at=min(starts, default=None),
        steps=tuple(step.do for step in playbook.steps),
        tools=playbook.tools,
        safety=playbook.safety,
    )


@lru_cache(maxsize=1024)
def _next(recurring: Recurring, hour: int) -> float | None:
    """The first time from this hour on; a page is read every few seconds, the calendar changes rarely."""
    return next(iter(recurring.starts(hour * HOUR, hour * HOUR + HORIZON_SECONDS)), None)
