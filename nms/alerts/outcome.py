"""What a finished draft means: the rows to write, what has happened, and what people should hear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from nms.alerts import life
from nms.alerts.changes import AlertChange, ChangeKind, IntentKind
from nms.alerts.draft import Draft
from nms.alerts.held import CAUSE, Case, Held
from nms.alerts.writing import KINDS_OF_INTENT
from nms.model import Message
from nms.rules.keys import device_key

_OF_ROOTS_ONLY = {ChangeKind.WORSENED, ChangeKind.RELEASED, ChangeKind.UNACKNOWLEDGED}
_BEGINNINGS = {ChangeKind.INCIDENT_OPENED, ChangeKind.INCIDENT_REOPENED}
_BY_PEOPLE = {ChangeKind.ACKNOWLEDGED, ChangeKind.UNACKNOWLEDGED}


@dataclass(frozen=True)
class Outcome:
    """`held` are the alerts to write; those whose numbers alone changed are only remembered."""

    draft: Draft
    held: list[Held]
    changes: list[AlertChange]
    intents: list[tuple[IntentKind, AlertChange]]

    @property
    def is_nothing(self) -> bool:
        return not (self.held or self.draft.cases or self.changes)


def conclude(draft: Draft, told: Callable[[str], Message], actor: str) -> Outcome:
    """Compares a draft with what was remembered. `told` puts `suppressed_by` into words."""
    to_write: list[Held] = []
    changes: list[AlertChange] = []
    for held in sorted(draft.held.values(), key=lambda one: one.id):
        before = draft.memory.held.get(held.key)
        if before is not None and _is_unremarkable(before, held, draft):
            continue
        written = draft.held[held.key] = replace(held, updated_at=draft.now)
        to_write.append(written)
        changes += _of_alert(draft, before, written, told, actor)
    released = {one.key: one.reason for one in changes if one.kind is ChangeKind.RELEASED}
    for number in sorted(draft.cases):
        changes.append(_of_case(draft.memory.cases.get(number), draft.cases[number], draft.now, released))
    changes += draft.notes
    return Outcome(draft, to_write, changes, intents_of(changes))


def _is_unremarkable(before: Held, after: Held, draft: Draft) -> bool:
    fresh = draft.now - before.updated_at < draft.policy.refresh_seconds
    return after == before or (fresh and after.differs_only_in_numbers(before))


def _quiet_since(draft: Draft, suppressed_by: str, told: Callable[[str], Message]) -> Message:
    """Why an alert is quiet; what explains it speaks for itself, where it is known."""
    cause = draft.alert(suppressed_by.removeprefix(CAUSE)) if suppressed_by.startswith(CAUSE) else None
    return told(suppressed_by) if cause is None else Message("explained by: {cause}", {"cause": cause.summary})


def _of_alert(
    draft: Draft, before: Held | None, after: Held, told: Callable[[str], Message], actor: str
) -> list[AlertChange]:
    happened = life.history(before, after, _quiet_since(draft, after.suppressed_by, told))
    alert = after.as_alert()
    case = draft.case(after.incident) if after.incident is not None else None
    incident = case.as_incident() if case else None
    ended = draft.reasons.get(after.key)
    return [
        AlertChange(
            kind,
            draft.now,
            ended if ended and not after.is_open else reason,
            alert,
            incident,
            actor if kind in _BY_PEOPLE or (ended and not after.is_open) else "monitor",
        )
        for kind, reason in happened
    ]


def _of_case(before: Case | None, after: Case, now: float, released: Mapping[str, Message]) -> AlertChange:
    kind, reason = ChangeKind.INCIDENT_UPDATED, after.summary
    if before is None or (before.resolved_at is not None and after.resolved_at is None):
        kind = ChangeKind.INCIDENT_OPENED if before is None else ChangeKind.INCIDENT_REOPENED
        reason = released.get(after.root_key, after.summary)
    elif before.resolved_at is None and after.resolved_at is not None:
        kind, reason = ChangeKind.INCIDENT_RESOLVED, Message("all of its alerts are resolved")
        if after.merged_into is not None:
            kind = ChangeKind.INCIDENT_MERGED
            reason = Message("explained by incident {number}", {"number": after.merged_into})
    return AlertChange(kind, now, reason, None, after.as_incident())


def _is_fulfilled(change: AlertChange) -> bool:
    """Whether what an incident announced of its device has come: it ran on battery, and now it is down."""
    incident, alert = change.incident, change.alert
    if change.kind is not ChangeKind.FIRED or incident is None or alert is None:
        return False
    return alert.key == device_key(incident.device) and alert.key != incident.root_key


def intents_of(changes: Sequence[AlertChange]) -> list[tuple[IntentKind, AlertChange]]:
    """What people should hear: of incidents, never of single symptoms, and of each thing once."""
    begun = {one.incident.id for one in changes if one.kind in _BEGINNINGS and one.incident}
    ended = {
        one.incident.id for one in changes if one.kind.is_of_incident and one.incident and one.incident.resolved_at
    }
    wanted = []
    for change in changes:
        kind = IntentKind.WORSENED if _is_fulfilled(change) else KINDS_OF_INTENT.get(change.kind)
        if kind is None or change.incident is None:
            continue
        if change.kind is ChangeKind.FIRED and change.incident.id in begun | ended:
            continue
        if change.kind in _OF_ROOTS_ONLY:
            about_root = change.alert is not None and change.alert.key == change.incident.root_key
            if not about_root or change.incident.id in begun or change.incident.id in ended:
                continue
            if change.kind is ChangeKind.UNACKNOWLEDGED and change.actor != "monitor":
                continue
        wanted.append((kind, change))
    return wanted
