"""What keeps alerts quiet, and what people said of the past: silences, planned maintenance, corrections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from nms.alerts.book import AlertBook
from nms.alerts.changes import PlannedWindow
from nms.alerts.quiet import written
from nms.calendars import Interval
from nms.model import DeviceId, Inventory, Role, Severity, State
from nms.queries.ports import Rejected
from nms.queries.rows import CorrectionRow, MaintenanceRow, SilenceRow
from nms.store.states import StateCorrection, StateHistory, StateInterval
from nms.text import clean

_AHEAD = 400 * 86_400.0
_NEAR = 40 * 86_400.0


def silences(book: AlertBook, now: float) -> list[SilenceRow]:
    """Silences that are active or to come, in the order they were made."""
    return [
        SilenceRow(
            id=one.id,
            about=written(one.matchers),
            author=one.author,
            reason=one.reason,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            active=one.is_active(now),
            departments=_departments(one.matchers),
        )
        for one in book.silences(now)
    ]


def maintenance(book: AlertBook, now: float) -> list[MaintenanceRow]:
    """Planned work that is not over, the soonest first; of work that recurs its present or next window."""
    authors = {str(one.id): one for one in book.planned(now)}
    found = []
    for window in book.windows(now):
        times = _next(window, now)
        if times is None:
            continue
        planned = authors.get(window.id) if window.by_hand else None
        found.append(
            MaintenanceRow(
                id=planned.id if planned else 0,
                title=window.title,
                about=written(window.matchers),
                author=planned.author if planned else "",
                reason=planned.reason if planned else window.reason,
                starts_at=times.start,
                ends_at=times.end,
                active=times.start <= now < times.end,
                rule=window.rule,
                departments=_departments(window.matchers),
            )
        )
    return sorted(found, key=lambda row: (row.starts_at, row.title))


def corrections(
    states: StateHistory,
    inventory: Inventory,
    start: float,
    end: float,
    *,
    as_of: float | None = None,
) -> list[CorrectionRow]:
    """Corrections that touch [start, end), with what had been observed of that time; those made until `as_of`."""
    found = states.corrections(start, end)
    return [_correction(states, inventory, _then(one, as_of)) for one in found if as_of is None or one.at <= as_of]


def _then(one: StateCorrection, as_of: float | None) -> StateCorrection:
    """As it stood at an instant: what was withdrawn later counted."""
    later = as_of is not None and one.withdrawn_at is not None and one.withdrawn_at > as_of
    return replace(one, withdrawn_at=None, withdrawn_by="") if later else one


def name_of(inventory: Inventory, subject: str) -> tuple[str, str] | None:
    """What people call a subject, and its department; None for what the inventory does not know."""
    kind, _, name = subject.partition("/")
    if kind == "device" and (device := inventory.devices.get(DeviceId(name))):
        return device.name, device.department
    if kind == "link" and (link := inventory.links.get(name)):
        end = inventory.devices.get(link.a_device)
        return link.name, end.department if end else ""
    if kind == "department" and (department := inventory.departments.get(name)):
        return department.name, department.id
    return None


def check_names(inventory: Inventory, matchers: Mapping[str, Sequence[str]]) -> None:
    """A name that the inventory does not know would keep nothing quiet, and nobody would notice. Raises: Rejected."""
    known: dict[str, Iterable[str]] = {
        "device": inventory.devices,
        "department": inventory.departments,
        "site": inventory.sites,
        "role": [role.value for role in Role],
        "severity": [one.word for one in Severity],
    }
    for label, names in known.items():
        for name in matchers.get(label, ()):
            if "*" not in name and name not in names:
                stranger = {"label": label, "name": clean(name, limit=100)}
                raise Rejected("there is no {label} “{name}”: write its id, or a pattern (sw-*)", **stranger)


def _correction(states: StateHistory, inventory: Inventory, one: StateCorrection) -> CorrectionRow:
    name, department = name_of(inventory, one.subject) or (one.subject, "")
    observed = states.intervals(one.subject, one.start, one.end, corrected=False)
    return CorrectionRow(
        id=one.id,
        subject=one.subject,
        name=name,
        state=one.state,
        start=one.start,
        end=one.end,
        author=one.author,
        reason=one.reason,
        at=one.at,
        withdrawn_at=one.withdrawn_at,
        withdrawn_by=one.withdrawn_by,
        observed=tuple(seconds_by_state(observed, one.end - one.start)),
        department=department,
    )


def seconds_by_state(observed: Sequence[StateInterval], whole: float) -> Iterator[tuple[str, float]]:
    """Each state with its seconds; what was not seen was unknown."""
    by_state = sorted(observed, key=lambda one: one.state)
    known = 0.0
    for state, several in groupby(by_state, key=lambda one: one.state):
        lasted = sum(one.end - one.start for one in several)
        known += lasted
        yield state.value, lasted
    if whole - known >= 1:
        yield State.UNKNOWN.value, whole - known


def _next(window: PlannedWindow, now: float) -> Interval | None:
    """The window that is open, or the next one."""
    for ahead in (_NEAR, _AHEAD):
        for times in window.window.intervals(now - _NEAR, now + ahead):
            if times.end > now:
                return times
    return None


def _departments(matchers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(matchers.get("department", ()))
