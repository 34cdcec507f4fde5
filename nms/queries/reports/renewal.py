"""What to renew: the network (1.3) and the data centre (3.3), with reasons, points and cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from nms.model import Device, Message
from nms.queries.reports import wording
from nms.queries.reports.compared import told
from nms.queries.reports.document import Bar, Chart, Figure, Kind, Report, Section, Table, Unit
from nms.queries.reports.sources import Task
from nms.tickets.renewal import DATA_CENTRE, NETWORK, Renewal, renewal_list, service_records

YEAR = 365.25 * 86_400
PRESSING = 60.0

POINTS = Message(
    "Points: past the end of support 40 (the year before it up to 30); out of warranty 10, out of contract 10; "
    "beyond its useful life 10 a year, up to 30; failures of twelve months 4 each, up to 24; hours of repair 1 each, "
    "up to 20; repairs above half of its price 20."
)
COST = Message("Cost: what it was bought for, where the inventory says so; it is not a quotation.")


def renewal_report(task: Task) -> Report:
    """As of the end of the period, with the failures and repairs of the twelve months before it."""
    end = min(task.end, task.now)
    devices = [one for one in task.sources.inventory.devices.values() if task.concerns(one)]
    lists = _lists(task, devices, end)
    found = [one for _, listed in lists for one in listed]
    pressing = _pressing(found)
    earlier = [one for _, listed in _lists(task, devices, task.start) for one in listed]
    pressing_text = task.say("Of it, pressing ({points} points or more)", points=int(PRESSING))
    figures = (
        Figure(task.say("Equipment with a reason to be renewed"), len(found), Unit.COUNT, len(earlier), "bad"),
        Figure(pressing_text, len(pressing), Unit.COUNT, len(_pressing(earlier)), "bad"),
        Figure(task.say("Cost of all"), _cost(found), Unit.MONEY, _cost(earlier), "bad"),
        Figure(task.say("Cost of what is pressing"), _cost(pressing), Unit.MONEY, _cost(_pressing(earlier)), "bad"),
    )
    said = told(task, figures)
    today = datetime.fromtimestamp(end, task.zone).date()
    return task.report(
        Kind.RENEWAL,
        Message("Renewal of equipment"),
        figures=figures,
        better=said.better,
        worse=(*_expired(task, devices, today), *said.worse),
        decisions=_decisions(task, found, pressing),
        sections=tuple(_section(task, title, listed) for title, listed in lists),
        definitions=(task.said(POINTS), task.said(COST)),
    )


def _lists(task: Task, devices: Sequence[Device], at: float) -> list[tuple[str, list[Renewal]]]:
    """The lists as they were at an instant: of what is in the inventory today."""
    with task.sources.records.read() as connection:
        records = service_records(connection, at - YEAR, at)
    day = datetime.fromtimestamp(at, task.zone).date()
    parts = ((Message("Network"), NETWORK), (Message("Data centre"), DATA_CENTRE))
    return [(task.said(title), renewal_list(devices, records, day, roles=roles)) for title, roles in parts]


def _pressing(found: Sequence[Renewal]) -> list[Renewal]:
    return [one for one in found if one.points >= PRESSING]


def _cost(found: Sequence[Renewal]) -> float | None:
    known = [one.cost for one in found if one.cost is not None]
    return sum(known) if known else None


def _expired(task: Task, devices: Sequence[Device], today: date) -> tuple[str, ...]:
    """Support that ended in the period."""
    begun = datetime.fromtimestamp(task.start, task.zone).date()
    ended = [
        one
        for one in devices
        if one.lifecycle.end_of_support and begun <= date.fromisoformat(one.lifecycle.end_of_support) < today
    ]
    return tuple(
        task.say(
            "The maker's support of {name} ended on {date}.", name=one.name, date=one.lifecycle.end_of_support or ""
        )
        for one in ended[:6]
    )


def _decisions(task: Task, found: Sequence[Renewal], pressing: Sequence[Renewal]) -> tuple[str, ...]:
    said = []
    for one in sorted(pressing, key=lambda one: -one.points)[:5]:
        cost = wording.shown(one.cost, Unit.MONEY, task.zone, one.currency) if one.cost else task.say("cost not known")
        reason = task.said(one.reasons[0])
        said.append(task.say("Renew {name}: {reason} ({cost}).", name=one.name, reason=reason, cost=cost))
    unknown = sum(bool(one.unknown) for one in found)
    if unknown:
        text = "For {count} of these the inventory lacks the purchase, support or cost: complete it before the budget."
        said.append(task.say(text, count=unknown))
    return tuple(said)


def _section(task: Task, title: str, listed: Sequence[Renewal]) -> Section:
    columns = (
        task.column(Message("Points"), Unit.NUMBER),
        task.column(Message("Equipment")),
        task.column(Message("Kind")),
        task.column(Message("Department")),
        task.column(Message("Age in years"), Unit.NUMBER),
        task.column(Message("Failures"), Unit.COUNT),
        task.column(Message("Repair hours"), Unit.NUMBER),
        task.column(Message("Repair cost"), Unit.MONEY),
        task.column(Message("Cost"), Unit.MONEY),
        task.column(Message("Why")),
    )
    rows = tuple(
        (
            one.points,
            one.name,
            wording.role(one.role, task.language),
            task.name_of(one.department),
            one.age_years,
            one.record.failures,
            one.record.repair_hours,
            one.record.repair_cost,
            one.cost,
            "; ".join(task.said(reason) for reason in one.reasons),
        )
        for one in listed
    )
    bars = tuple(Bar(one.name, one.points, PRESSING, one.points >= PRESSING) for one in listed[:15])
    chart = Chart(task.say("Points, the most pressing first"), Unit.NUMBER, bars, 0.0, 100.0)
    name, empty = task.say("{group}: renewal list", group=title), task.say("Nothing asks for renewal.")
    spent = sum(one.record.repair_cost for one in listed)
    total = (None, task.say("Together"), None, None, None, None, None, spent, _cost(listed), None)
    unpriced = sum(one.cost is None for one in listed)
    note = task.say("The inventory has no cost of {count} of these; the sum is without them.", count=unpriced)
    table = Table(name, columns, rows, empty, note if unpriced else "", total)
    return Section(title, (), (chart,) if bars else (), (table,))
