"""Departments at a glance, and how the last day went for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nms.i18n import render
from nms.model import Alert, AlertStatus, Department, Device, State
from nms.queries.equipment import Present
from nms.queries.past import Past
from nms.queries.rows import Attention, Counts, DepartmentTile
from nms.queries.situation import Situation, most_urgent, of_state, order_of
from nms.store.states import StateHistory, StateInterval

STRIP_SECONDS = 86_400.0
STRIP_PARTS = 48

_WORST = (State.DOWN, State.UNKNOWN, State.DEGRADED, State.MAINTENANCE, State.UP)


def counts(states: Iterable[State]) -> Counts:
    found = dict.fromkeys(State, 0)
    for state in states:
        found[state] += 1
    return Counts(**{state.value: number for state, number in found.items()})


def tiles(now: Present, states: StateHistory, at: float) -> tuple[DepartmentTile, ...]:
    subjects = [f"department/{name}" for name in now.inventory.departments]
    past = Past(now.inventory, states).bulk(at - STRIP_SECONDS, at, subjects)
    by_department: dict[str, list[Device]] = {name: [] for name in now.inventory.departments}
    for device in now.inventory.devices.values():
        if device.endpoints:
            by_department.setdefault(device.department, []).append(device)
    return tuple(
        _tile(now, department, by_department[department.id], past.get(f"department/{department.id}", ()), at)
        for department in now.inventory.departments.values()
    )


def _tile(
    now: Present, department: Department, devices: Sequence[Device], past: Sequence[StateInterval], at: float
) -> DepartmentTile:
    state = now.live.department_states.get(department.id, State.UNKNOWN)
    alerts = [alert for device in devices for alert in now.situation.by_device.get(device.id, ())]
    speaking = [alert for alert in alerts if alert.status is not AlertStatus.SUPPRESSED]
    worst = most_pressing(now.situation, speaking)
    tickets = [ticket for ticket in now.situation.tickets if ticket.department == department.id]
    return DepartmentTile(
        id=department.id,
        name=department.name,
        short_name=department.short_name,
        state=state,
        attention=_attention(now, speaking, state),
        problem=render(worst.summary, now.language) if worst else "",
        since=worst.opened_at if worst else now.live.since.get(f"department/{department.id}"),
        assignee=now.situation.who(worst) if worst else "",
        staff=department.staff,
        criticality=department.criticality,
        devices=counts(now.state(device.id) for device in devices),
        alerts=len(speaking),
        tickets=len(tickets),
        strip=strip(past, at),
    )


def most_pressing(situation: Situation, alerts: Iterable[Alert]) -> Alert | None:
    """The alert that speaks for many and gives them its colour: one that nobody has, then the worst, the oldest."""
    return min(
        alerts,
        key=lambda alert: (order_of(situation.attention(alert)), -alert.severity, alert.opened_at),
        default=None,
    )


def _attention(now: Present, speaking: Sequence[Alert], state: State) -> Attention:
    wanted = most_urgent(now.situation.attention(alert) for alert in speaking)
    return wanted if wanted is not Attention.FINE else of_state(state)


def strip(past: Sequence[StateInterval], at: float) -> tuple[State, ...]:
    """The worst state of each half hour of the last day, the oldest first; unknown where nothing was observed."""
    length = STRIP_SECONDS / STRIP_PARTS
    found: list[State | None] = [None] * STRIP_PARTS
    begins = at - STRIP_SECONDS
    for interval in past:
        first = max(0, int((interval.start - begins) // length))
        last = min(STRIP_PARTS - 1, int((min(interval.end, at) - begins - 1e-6) // length))
        for part in range(first, last + 1):
            found[part] = _worse(found[part], interval.state)
    return tuple(state or State.UNKNOWN for state in found)


def _worse(one: State | None, other: State) -> State:
    return other if one is None else min(one, other, key=_WORST.index)
