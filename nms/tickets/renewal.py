"""What to renew first, with reasons and cost: for the network (1.3) and for the data centre (3.3).

Points, added up: past its end of support 40 (the year before it up to 30); out of warranty 10, out of contract
10; age beyond its useful life 10 a year up to 30; failures 4 each in twelve months up to 24; repair hours 1 each up to
20; repair cost over half its price 20. A device whose facts are not known gets no points for them, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from nms.model import Device, DeviceId, Message, Role, TicketKind
from nms.store.tables.tickets import ticket_parts, ticket_work, tickets
from nms.tickets.codes import Cause, Solution

NETWORK = frozenset({Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.ACCESS_POINT, Role.GATEWAY, Role.PBX})
DATA_CENTRE = frozenset(
    {Role.UPS, Role.PDU, Role.GENERATOR, Role.HVAC, Role.ENVIRONMENT, Role.SERVER, Role.HYPERVISOR, Role.STORAGE}
)

USEFUL_YEARS: Mapping[Role, float] = {
    Role.ROUTER: 7,
    Role.SWITCH: 7,
    Role.FIREWALL: 5,
    Role.ACCESS_POINT: 5,
    Role.GATEWAY: 8,
    Role.PBX: 8,
    Role.PHONE: 8,
    Role.UPS: 10,
    Role.PDU: 12,
    Role.GENERATOR: 20,
    Role.HVAC: 15,
    Role.ENVIRONMENT: 8,
    Role.SERVER: 5,
    Role.HYPERVISOR: 5,
    Role.STORAGE: 5,
    Role.PRINTER: 5,
    Role.COMPUTER: 5,
}
"""Years of use that are planned for, by role; the municipality's own may be handed in instead."""

_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """What a device has cost in a period: failures (corrective tickets), hours worked on it, money."""

    failures: int = 0
    repair_hours: float = 0.0
    repair_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Renewal:
    """One device on the list. `cost`: what it was bought for, None where that is not known."""

    device: DeviceId
    name: str
    role: Role
    department: str
    site: str
    points: float
    reasons: tuple[Message, ...]
    age_years: float | None
    record: ServiceRecord
    cost: float | None
    currency: str
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class _Score:
    points: float = 0.0
    reasons: list[tuple[float, Message]] = field(default_factory=list)

    def add(self, points: float, template: str, **params: str | float) -> None:
        if points > 0:
            self.points += points
            self.reasons.append((points, Message(template, params)))


def renewal_list(
    devices: Iterable[Device],
    records: Mapping[DeviceId, ServiceRecord],
    today: date,
    *,
    roles: frozenset[Role] = NETWORK | DATA_CENTRE,
    useful_years: Mapping[Role, float] = USEFUL_YEARS,
) -> list[Renewal]:
    """The devices of these roles that have a reason to be renewed, the most pressing first."""
    found = [
        _judge(device, records.get(device.id, ServiceRecord()), today, useful_years)
        for device in devices
        if device.role in roles
    ]
    ranked = [one for one in found if one.points > 0]
    return sorted(ranked, key=lambda one: (-one.points, -(one.cost or 0.0), one.device))


def service_records(connection: sa.Connection, start: float, end: float) -> dict[DeviceId, ServiceRecord]:
    """What each device has cost in [start, end): its corrective tickets that were real, with their work and parts."""
    column = tickets.c
    real = column.solution_code.not_in([Solution.MERGED.value, Solution.WITHDRAWN.value])
    blameless = column.cause_code.in_(
        [cause.value for cause in (Cause.POWER, Cause.PROVIDER, Cause.NO_FAULT, Cause.PLANNED_WORK)]
    )
    inside = (column.opened_at >= start) & (column.opened_at < end) & (column.device != "")
    chosen = inside & real & ~blameless & (column.kind == TicketKind.CORRECTIVE.value)
    failures = _sum(connection, sa.select(column.device, sa.func.count()).where(chosen))
    worked = sa.select(column.device, sa.func.sum(ticket_work.c.minutes)).join(
        ticket_work, ticket_work.c.ticket == column.id
    )
    paid = sa.select(column.device, sa.func.sum(ticket_work.c.cost)).join(
        ticket_work, ticket_work.c.ticket == column.id
    )
    spent = sa.func.sum(ticket_parts.c.quantity * ticket_parts.c.unit_cost)
    parts = sa.select(column.device, spent).join(ticket_parts, ticket_parts.c.ticket == column.id)
    minutes, money = _sum(connection, worked.where(chosen)), _sum(connection, paid.where(chosen))
    material = _sum(connection, parts.where(chosen))
    return {
        DeviceId(device): ServiceRecord(
            int(count), minutes.get(device, 0.0) / 60.0, money.get(device, 0.0) + material.get(device, 0.0)
        )
        for device, count in failures.items()
    }


def _sum(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, float]:
    rows = connection.execute(query.group_by(tickets.c.device)).all()
    return {str(row[0]): float(row[1] or 0.0) for row in rows}


def _judge(device: Device, record: ServiceRecord, today: date, useful_years: Mapping[Role, float]) -> Renewal:
    score, life = _Score(), device.lifecycle
    age = _years(life.purchased, today)
    _judge_support(score, life.end_of_support, today)
    for text, template in (
        (life.warranty_until, "its warranty ended on {date}"),
        (life.support_contract_until, "its support contract ended on {date}"),
    ):
        if text and date.fromisoformat(text) < today:
            score.add(10, template, date=text)
    useful = useful_years.get(device.role, 7.0)
    if age is not None and age > useful:
        template = "it is {age} years old; its useful life is {useful}"
        score.add(min(30.0, 10 * (age - useful) + 5), template, age=round(age, 1), useful=useful)
    score.add(min(24.0, 4.0 * record.failures), "failures in twelve months: {count}", count=record.failures)
    score.add(min(20.0, record.repair_hours), "{hours} hours of repair", hours=round(record.repair_hours, 1))
    if life.cost and record.repair_cost > life.cost / 2:
        template = "its repairs have cost {share} % of its price"
        score.add(20, template, share=round(100 * record.repair_cost / life.cost))
    facts = (("purchased", life.purchased), ("end_of_support", life.end_of_support), ("cost", life.cost))
    return Renewal(
        device=device.id,
        name=device.name,
        role=device.role,
        department=device.department,
        site=device.site,
        points=round(score.points, 1),
        reasons=tuple(message for _, message in sorted(score.reasons, key=lambda one: -one[0])),
        age_years=age,
        record=record,
        cost=life.cost,
        currency=life.currency,
        unknown=tuple(name for name, value in facts if value is None),
    )


def _judge_support(score: _Score, end_of_support: str | None, today: date) -> None:
    if not end_of_support:
        return
    days = (date.fromisoformat(end_of_support) - today).days
    if days < 0:
        score.add(40, "its support ended on {date}: faults and security holes are not mended", date=end_of_support)
    elif days <= _YEAR_DAYS:
        score.add(30 * (1 - days / _YEAR_DAYS), "its support ends on {date}", date=end_of_support)


def _years(purchased: str | None, today: date) -> float | None:
    return (today - date.fromisoformat(purchased)).days / _YEAR_DAYS if purchased else None
