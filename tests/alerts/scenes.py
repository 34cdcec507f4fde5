"""A small city hall for the tests of alerts: a clock that is turned by hand, verdicts, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from nms.access import Actor, UserRole
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertChange, AlertContext, AlertPolicy, Follower
from nms.model import Device, DeviceId, Message, Role, Severity, Verdict
from nms.store.records import Records
from nms.store.tables.alerts import alert_events, alerts, incidents, intents

START = 1_800_000_000.0
ANA = Actor("ana", frozenset({UserRole.ON_CALL}))
CHIEF = Actor("chief", frozenset({UserRole.ADMINISTRATOR}))
VISITOR = Actor("visitor", frozenset({UserRole.VIEWER}))


def device(name: str, department: str = "tesoreria", role: Role = Role.SWITCH, **more: object) -> Device:
    return Device(DeviceId(name), name, role, "192.0.2.1", f"site-{department}", department, **more)  # type: ignore[arg-type]


def down(
    name: str,
    at: float,
    *,
    because_of: str = "",
    severity: Severity | None = Severity.CRITICAL,
    unknown: bool = False,
    flapping: bool = False,
    value: float | None = None,
) -> Verdict:
    """`device-down` about one device; severity None says that it is up."""
    return Verdict(
        f"device-down/{name}",
        "device-down",
        DeviceId(name),
        at,
        severity,
        Message("{device} does not answer", {"device": name}),
        value=value,
        because_of=f"device-down/{because_of}" if because_of else None,
        unknown=unknown,
        flapping=flapping,
        evidence=(Message("{n} polls without an answer", {"n": 3}),),
    )


def up(name: str, at: float) -> Verdict:
    return down(name, at, severity=None)


@dataclass
class Scene:
    """One book, one clock."""

    records: Records
    policy: AlertPolicy = field(default_factory=AlertPolicy)
    context: AlertContext = field(default_factory=AlertContext)
    followers: Sequence[Follower] = ()
    now: float = START

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.book = AlertBook(self.records, self.policy, self.followers)

    def after(self, seconds: float, *verdicts: Verdict) -> list[AlertChange]:
        """Lets time pass, then gives the book the verdicts, dated now."""
        self.now += seconds
        dated = [Verdict(**{name: getattr(one, name) for name in one.__slots__} | {"at": self.now}) for one in verdicts]
        return self.book.apply(dated, self.now, self.context)

    def status(self, name: str) -> str:
        alert = self.book.alert(f"device-down/{name}")
        return alert.status.value if alert else "none"

    def rows(self, table: sa.Table) -> list[sa.RowMapping]:
        with self.records.read() as connection:
            return list(connection.execute(sa.select(table).order_by(table.c.id)).mappings())

    def intents(self) -> list[tuple[str, int]]:
        return [(row["kind"], row["incident"]) for row in self.rows(intents)]

    def events(self) -> list[tuple[str, str]]:
        return [(row["kind"], row["key"].removeprefix("device-down/")) for row in self.rows(alert_events)]

    def incidents(self) -> list[sa.RowMapping]:
        return self.rows(incidents)

    def alerts(self) -> list[sa.RowMapping]:
        return self.rows(alerts)


def kinds(changes: Sequence[AlertChange]) -> list[str]:
    return [change.kind.value for change in changes]
