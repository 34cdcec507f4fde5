"""A generated city behind the real HTTP application: reads and acts in memory, as many devices as a test wants."""

from __future__ import annotations

import asyncio
import math
import socket
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from nms.access import Actor, Permission, actor, require
from nms.config import Api
from nms.model import AlertStatus, Role, State, TicketKind, TicketStatus
from nms.queries import rows
from nms.queries.dossier import AttachmentContent, Dossier, WorkRow
from nms.queries.ports import NotFound, PartUsed, Rejected, TicketAct, TimeSpent, Upload
from nms.queries.presence import PresenceReads
from nms.queries.rows import Attention
from nms.queries.stations import BindingRow, PresenceRow, StayRow, Whereabouts
from nms.store.accounts import AccountBook
from nms.store.announcements import AnnouncementBook
from nms.store.replies import ReplyBook
from nms.store.tokens import TokenBook
from nms.views.api.application import Parts, create
from nms.views.api.configurations import Door
from nms.views.api.stream import EventHub
from nms.views.client import Client
from nms.wiring.server import serve

DEPARTMENTS = 39

HOSTILE = (
    "[@click=app.quit]press me[/]",
    "[/",
    "[bold red]shout[/bold red]",
    "\x1b]52;c;c3RvbGVu\x07clip",
    "\x1b[2J\x1b[31mgone",
    "=HYPERLINK(1)",
    "\u202egnp.exe",
    "日本語の名前",
    "n" * 400,
    "tab\tand\nnewline",
)
ROLES = tuple(Role)
NUMBERS: dict[Role, dict[str, float]] = {
    Role.UPS: {"charge": 0.87, "runtime": 1260.0, "load": 0.45, "battery_temperature": 26.0},
    Role.PRINTER: {"supply_left": 0.26, "pages": 48211.0},
    Role.SERVER: {"processor": 0.2, "memory": 0.6, "storage": 0.91},
}
EXCHANGE = {"calls": 3.0, "channels_used": 7.0, "channels_size": 30.0, "trunks": 2.0, "trunks_up": 1.0}


@dataclass
class City:
    """Implements Reads and Acts of `nms.queries.ports`."""

    devices_: list[rows.DeviceRow] = field(default_factory=list)
    alerts_: list[rows.AlertRow] = field(default_factory=list)
    tickets_: list[rows.TicketRow] = field(default_factory=list)
    steps: dict[str, list[rows.StepRow]] = field(default_factory=dict)
    entered: dict[tuple[str, int], list[rows.EvidenceRow]] = field(default_factory=dict)
    log: dict[str, list[rows.TicketEntryRow]] = field(default_factory=dict)
    dossiers: dict[str, Dossier] = field(default_factory=dict)
    events_: list[rows.EventRow] = field(default_factory=list)
    hub: EventHub = field(default_factory=EventHub)
    done: list[tuple[str, ...]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.time)
    timezone: str = "America/Mexico_City"
    configurations: Door | None = None
    untouchable: frozenset[str] = frozenset()
    """Keys, devices and folios for which every act is refused."""

    def _check(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.untouchable:
                raise Rejected("{name} may not be touched", name=name)

    @classmethod
    def of(cls, devices: int = 60, alerts: int = 6) -> City:
        city = cls()
        now = city.at
        city.devices_ = [_device(i, now) for i in range(devices)]
        for i in range(alerts):
            city.break_device(f"dev-{i:05d}", tell=False)
        return city

    def break_device(self, device: str, *, tell: bool = True) -> rows.AlertRow:
        """A device goes down: alert, event, and word of it on the stream."""
        at = next(i for i, row in enumerate(self.devices_) if row.id == device)
        row = self.devices_[at]
        summary = f"{row.name} does not answer"
        number = len(self.alerts_) + 1
        alert = rows.AlertRow(
            number, f"device-down/{device}", "reachability", "critical", AlertStatus.FIRING, Attention.UNATTENDED,
            summary, device, row.name, row.department, row.site, "", time.time(), time.time(),
        )  # fmt: skip
        self.alerts_.insert(0, alert)
        self.devices_[at] = replace(
            row, state=State.DOWN, attention=Attention.UNATTENDED, problem=summary, since=time.time(), alerts=1
        )
        self.events_.insert(0, rows.EventRow(time.time(), "fired", "critical", summary, alert.key, device))
        if tell:
            self.publish()
        return alert

    def publish(self) -> None:
        self.hub.publish()

    # Reads

    def overview(self, language: str) -> rows.Overview:
        self.asked.append("overview")
        alone = sum(alert.attention is Attention.UNATTENDED for alert in self.alerts_)
        return rows.Overview(
            municipality="Ciudad de Prueba",
            at=time.time(),
            departments=tuple(self._tile(i) for i in range(DEPARTMENTS)),
            devices=rows.Counts(up=len(self.devices_) - len(self.alerts_), down=len(self.alerts_)),
            alerts_by_severity={"critical": len(self.alerts_), "warning": 0, "info": 0},
            alerts_unattended=alone,
            incidents_open=len(self.alerts_),
            tickets_open={"corrective": len(self.tickets_), "preventive": 0},
            events=tuple(self.events_[:50]),
            pollers=rows.Pollers(devices=len(self.devices_), polls_per_minute=250.0, last_poll_at=time.time()),
        )

    def _tile(self, number: int) -> rows.DepartmentTile:
        name = f"dep-{number:02d}"
        mine = [alert for alert in self.alerts_ if alert.department == name]
        worst = min((alert.attention for alert in mine), key=list(Attention).index, default=Attention.FINE)
        first = mine[0] if mine else None
        return rows.DepartmentTile(
            id=name, name=f"Dirección número {number}", short_name=f"Depto {number}",
            state=State.DEGRADED if mine else State.UP, attention=worst, problem=first.summary if first else "",
            since=first.opened_at if first else None, assignee=first.acknowledged_by if first else "", staff=10,
            devices=rows.Counts(up=5), alerts=len(mine), strip=(State.UP,) * 40 + (State.DOWN,) * 8,
        )  # fmt: skip

    def devices(self, language: str, *, department: str = "", role: str = "") -> Sequence[rows.DeviceRow]:
        self.asked.append("devices")
        return self.devices_

    def device(self, device_id: str, language: str) -> rows.DevicePage:
        row = self._device(device_id)
        return rows.DevicePage(
            device=row,
            facts={"vendor": "Fabricante [b]", "description": "a device\x1b[31m"},
            witnesses=(rows.WitnessRow("icmp", "answered", time.time(), 0.004),),
            interfaces=tuple(_interface(i) for i in range(24)),
            sensors=(
                rows.SensorRow("t", "sensor", "inlet", "Inlet", "temperature_celsius", 24.5, "celsius", time.time()),
                rows.SensorRow("t", "supply", "black", "Black", "supply_level_ratio", 0.31, "ratio", time.time()),
            ),
            neighbours=(rows.NeighbourRow("lldp", "Gi0/1", "dev-00001", "Gi0/2", "dev-00001"),),
            alerts=tuple(alert for alert in self.alerts_ if alert.device == device_id),
            tickets=tuple(ticket for ticket in self.tickets_ if ticket.device == device_id),
            path=("dev-00000", device_id),
            playbooks=(
                rows.PlaybookRow(
                    "enlace",
                    "Enlace caído [b]",
                    "corrective",
                    "1.0",
                    "Redes",
                    60,
                    ("incident",),
                    None,
                    ("Mira las lámparas", "Mide la luz"),
                    ("Multímetro",),
                    ("Guantes",),
                ),
                rows.PlaybookRow(
                    "router",
                    "Revisión",
                    "preventive",
                    "1.2",
                    "Redes",
                    45,
                    ("calendar",),
                    self.at + 86_400.0,
                    ("Limpia los filtros",),
                ),
            ),
        )

    def links(self, language: str) -> Sequence[rows.LinkRow]:
        return [
            rows.LinkRow(f"wan-{i}", f"Enlace {i}", "wan", State.UP, Attention.FINE, "dev-00000", "Gi0/1", "dev-00001",
                         "Gi0/2", 1e8, i * 2e6, 1e6, i * 0.02, 0.0, self.at)
            for i in range(40)
        ]  # fmt: skip

    def around(self, actor: Actor, device: str) -> list[PresenceRow]:
        own = replace(self.stations()[0], device=device)
        return [own, *self.stations()[1:9]]

    def stations(self, departments: frozenset[str] = frozenset()) -> list[PresenceRow]:
        self.asked.append("presence")
        return [
            PresenceRow(
                f"001b540000{i:02x}", f"00:1b:54:00:00:{i:02x}", "Cisco", i % 7 == 0, f"pc-{i:03d}" if i % 7 else "",
                HOSTILE[i % len(HOSTILE)], "computer", "dep-01", f"10.0.0.{i}", (f"10.0.0.{i}",), i % 3 > 0,
                "sw-1", "Switch 1", f"Gi1/0/{i}", 10, "port", "fdb", self.at - 5e5, self.at - 60 * i,
            )
            for i in range(40)
        ]  # fmt: skip

    def where(self, actor: Actor, asked: str) -> Whereabouts:
        self.asked.append(f"where {asked}")
        found = [row for row in self.stations() if asked in (row.mac, row.name)]
        stay = StayRow(asked, "sw-2", "Switch 2", "Gi1/0/9", 10, "port", "fdb", 1_789_000_000.0, 1_789_100_000.0)
        bound = BindingRow(asked, "name", HOSTILE[0], "dhcp", "dhcp-1", 1_789_000_000.0, 1_789_200_000.0)
        return Whereabouts(asked, tuple(found), (stay,), (bound,))

    def topology(self, language: str) -> Sequence[rows.TreeRow]:
        found = [rows.TreeRow("dev-00000", self.devices_[0].name, Role.ROUTER, State.UP, Attention.FINE, 0, 2)]
        for i in (1, 2):
            row = self.devices_[i]
            found.append(rows.TreeRow(row.id, row.name, row.role, row.state, row.attention, 1, 2, row.problem))
            found += [
                rows.TreeRow(leaf.id, leaf.name, leaf.role, leaf.state, leaf.attention, 2, 0, leaf.problem)
                for leaf in self.devices_[10 * i : 10 * i + 2]
            ]
        return found

    def power(self, language: str) -> Sequence[rows.TreeRow]:
        return self.topology(language)

    def telephony(self, language: str) -> rows.Telephony:
        voice = [replace(row, role=Role.PBX, numbers=EXCHANGE) for row in self.devices_[3:5]]
        lines = [
            rows.LineRow(row.id, row.name, row.department, "exchange", "device", "", row.name, State.UP,
                         Attention.FINE, "calls_active", 3.0)
            for row in voice
        ]  # fmt: skip
        lines += [
            rows.LineRow(voice[0].id, voice[0].name, voice[0].department, "trunk", "trunk", f"span{i}", f"Troncal {i}",
                         State.UP if up else State.DOWN, Attention.FINE if up else Attention.UNATTENDED,
                         "channels_used", 7.0, 7.0, 30.0, 7 / 30, "" if up else "red alarm")
            for i, up in ((1, True), (2, False))
        ]  # fmt: skip
        lines.append(
            rows.LineRow(voice[0].id, voice[0].name, voice[0].department, "queue", "queue", "ventanilla",
                         "Queue [b]ventanilla", State.UP, Attention.FINE, "count", 2.0, text="2 calls wait")
        )  # fmt: skip
        heard = {"mean_opinion_score": 4.1, "loss_ratio": 0.02, "jitter_seconds": 0.012}
        lines.append(replace(lines[-1], kind="calls", component_kind="voice", key="isp", label="Voice isp",
                             metric="mean_opinion_score", value=4.1, text="", numbers=heard))  # fmt: skip
        return rows.Telephony(tuple(voice), tuple(lines), tuple(self.devices_[5:9]))

    def alerts(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 2000
    ) -> Sequence[rows.AlertRow]:
        self.asked.append("alerts")
        return self.alerts_[:limit]

    def incidents(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 500
    ) -> Sequence[rows.IncidentRow]:
        return [
            rows.IncidentRow(alert.id, alert.summary, alert.severity, alert.attention, alert.device, alert.department,
                             alert.site, alert.opened_at, root_key=alert.key)
            for alert in self.alerts_
        ]  # fmt: skip

    def tickets(self, language: str, **narrowed: object) -> Sequence[rows.TicketRow]:
        return self.tickets_

    def ticket(self, folio: str, language: str) -> rows.TicketPage:
        row = next((row for row in self.tickets_ if row.folio == folio), None)
        if row is None:
            raise NotFound(f"there is no ticket “{folio}”")
        actions = ("close", "reopen", "note") if row.status is TicketStatus.RESOLVED else ("start", "hold", "resolve")
        return rows.TicketPage(
            row, tuple(self.log[folio]), tuple(self.steps[folio]), "Enlace caído", ("Guantes",), ("Multímetro",),
            ("assign", "note", *actions), self.dossiers.get(folio, Dossier()),
        )  # fmt: skip

    def events(
        self, language: str, *, since: float | None = None, before: int | None = None, limit: int = 200
    ) -> Sequence[rows.EventRow]:
        return self.events_[:limit]

    def events_after(self, language: str, number: int, limit: int = 200) -> Sequence[rows.EventRow]:
        return []

    def series(self, device_id: str) -> Sequence[rows.SeriesRow]:
        return []

    def history(
        self, device_id: str, component_kind: str, component_key: str, metric: str, start: float, end: float,
        step: float | None = None, language: str = "",
    ) -> rows.History:  # fmt: skip
        self.asked.append(f"history {metric} {round(end - start)} {round(time.time() - end)}")
        times = [start + i * (end - start) / 120 for i in range(120)]
        unit = "octets/s" if metric.endswith("octets_total") else "celsius"
        series = rows.SeriesRow(device_id, component_kind, component_key, component_key, metric, unit, "gauge")
        values = tuple(None if 50 < i < 60 else 1e6 * (1.5 + math.sin(i / 9)) for i in range(120))
        return rows.History(series, start, end, step, tuple(times), values)

    def uptime(
        self, start: float, end: float, language: str, *, department: str = "", as_of: float | None = None
    ) -> rows.UptimeReport:
        raise NotFound("no report in this city")

    def why(self, key: str, language: str) -> Sequence[rows.WhyStep]:
        return [rows.WhyStep(self.at, "rule", f"{key} was judged"), rows.WhyStep(None, "rota", "nobody was told")]

    def on_call(self, start: float, end: float) -> Sequence[rows.ShiftRow]:
        return []

    # Acts

    def acknowledge(self, who: Actor, keys: Sequence[str], note: str, until: float | None = None) -> int:
        require(who, Permission.ACKNOWLEDGE)
        self._check(keys)
        self.done.append(("acknowledge", *sorted(keys), note))
        self.alerts_ = [
            replace(a, status=AlertStatus.ACKNOWLEDGED, attention=Attention.ATTENDED, acknowledged_by=who.name)
            if a.key in keys
            else a
            for a in self.alerts_
        ]
        self.publish()
        return len(keys)

    def unacknowledge(self, who: Actor, keys: Sequence[str]) -> int:
        self.done.append(("unacknowledge", *keys))
        return len(keys)

    def silence(
        self,
        who: Actor,
        matchers: Mapping[str, Sequence[str]],
        reason: str,
        until: float,
        starts_at: float | None = None,
    ) -> int:
        require(who, Permission.SILENCE)
        named = next(iter(matchers.values()))
        self._check(named)
        self.done.append(("silence", *named, reason, str(round((until - time.time()) / 3600))))
        return 1

    def open_ticket(self, who: Actor, *, title: str, department: str, device_id: str = "", alert_key: str = "") -> str:
        require(who, Permission.OPEN_TICKET)
        folio = f"MC-2026-{len(self.tickets_) + 1:06d}"
        self.tickets_.append(
            rows.TicketRow(folio, TicketKind.CORRECTIVE, TicketStatus.OPEN, Attention.UNATTENDED, 2, title, department,
                           device_id, time.time(), time.time(), due_at=time.time() + 3600, playbook="enlace-caido")
        )  # fmt: skip
        self.steps[folio] = [
            rows.StepRow(1, "check", "Look at the lamps", True, False),
            rows.StepRow(2, "measure", "Measure the light", True, False, "dBm", -25.0, -8.0),
        ]
        self.log[folio] = [rows.TicketEntryRow(time.time(), who.name, "opened", "opened")]
        self.alerts_ = [replace(a, ticket=folio) if a.key == alert_key else a for a in self.alerts_]
        self.done.append(("open_ticket", title, department, device_id, alert_key))
        self.publish()
        return folio

    def act_on_ticket(self, who: Actor, folio: str, act: TicketAct) -> None:
        self._check([folio])
        self.done.append((act.action, folio, act.note, act.assignee, act.reason, act.cause, act.solution))
        new = {"resolve": TicketStatus.RESOLVED, "start": TicketStatus.IN_PROGRESS}.get(act.action)
        self.tickets_ = [
            replace(t, status=new or t.status, assignee=act.assignee or t.assignee) if t.folio == folio else t
            for t in self.tickets_
        ]
        self.log[folio].append(rows.TicketEntryRow(time.time(), who.name, act.action, act.note or act.action))
        self.publish()

    def complete_step(self, who: Actor, folio: str, step: int, value: str, remark: str = "") -> None:
        wanted = self.steps[folio][step - 1]
        if wanted.unit and not -25.0 <= float(value) <= -8.0:
            raise Rejected("the value is outside what the step allows")
        self.done.append(("step", folio, str(step), value))
        self.steps[folio][step - 1] = replace(wanted, done=True, evidence=value, actor=who.name, at=time.time())
        self.publish()

    async def run_step(
        self, who: Actor, folio: str, step: int, values: Mapping[str, str], remark: str = "", language: str = "es"
    ) -> rows.EvidenceRow:
        wanted = self.steps[folio][step - 1]
        line = wanted.command.replace("{port:interface}", values.get("port", ""))
        self.done.append(("run", folio, str(step), line, remark))
        entry = rows.EvidenceRow(time.time(), who.name, "command", "ok", None, f"Gi1  up {HOSTILE[0]}", line, remark)
        self.entered.setdefault((folio, step), []).append(entry)
        self.steps[folio][step - 1] = replace(wanted, done=True, evidence="ok", actor=who.name, at=time.time())
        self.publish()
        return entry

    def evidence(self, folio: str, step: int, language: str) -> list[rows.EvidenceRow]:
        return self.entered.get((folio, step), [])

    def waive_step(self, who: Actor, folio: str, step: int, reason: str) -> None:
        self.done.append(("waive", folio, str(step), reason))

    def spend_time(self, who: Actor, folio: str, spent: TimeSpent) -> None:
        self.done.append(("time", folio, f"{spent.minutes:g}", spent.person, f"{spent.cost:g}", spent.note))
        work = (*self.dossiers.get(folio, Dossier()).work, WorkRow(time.time(), who.name, spent.minutes, spent.cost))
        minutes, cost = sum(one.minutes for one in work), sum(one.cost for one in work)
        self.dossiers[folio] = Dossier(work=work, minutes=minutes, cost=cost)
        self.publish()

    def use_part(self, who: Actor, folio: str, part: PartUsed) -> None:
        self.done.append(("part", folio, part.name, f"{part.quantity:g}", f"{part.unit_cost:g}", part.serial))

    def watch(self, who: Actor, folio: str, person: str, *, watching: bool) -> None:
        self.done.append(("watch", folio, person, str(watching)))

    def attach(self, who: Actor, folio: str, upload: Upload) -> int:
        self.done.append(("attach", folio, upload.name, str(len(upload.content)), str(upload.step), upload.remark))
        return 1

    def attachment(self, who: Actor, folio: str, number: int) -> AttachmentContent:
        raise NotFound("no file in this city")

    def poll_now(self, who: Actor, device_id: str) -> bool:
        require(who, Permission.POLL)
        self._device(device_id)
        self.done.append(("poll", device_id))
        return True

    def _device(self, device_id: str) -> rows.DeviceRow:
        row = next((row for row in self.devices_ if row.id == device_id), None)
        if row is None:
            raise NotFound(f"there is no device “{device_id}”")
        return row


def _device(number: int, now: float) -> rows.DeviceRow:
    role = ROLES[number % len(ROLES)]
    hostile = f" {HOSTILE[number % len(HOSTILE)]}" if number % 7 == 3 else ""
    return rows.DeviceRow(
        id=f"dev-{number:05d}", name=f"{role} {number}{hostile}", role=role,
        address=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", site=f"site-{number % 20}",
        department=f"dep-{number % DEPARTMENTS:02d}", state=State.UP, attention=Attention.FINE, since=now - number * 60,
        vendor=("Cisco", "HPE", "MikroTik")[number % 3], hardware=f"Model {number % 17}", last_poll_at=now,
        round_trip=0.001 * (number % 50), uptime=86400.0 * (number % 90),
        rack=f"R{number // 40} U{number % 40 + 1}" if number < 120 and number % 3 == 0 else "",
        numbers=NUMBERS.get(role, {}), supply="Negro [b]" if role is Role.PRINTER else "",
        complaints=hostile if role is Role.UPS else "",
    )  # fmt: skip


def _interface(number: int) -> rows.InterfaceRow:
    return rows.InterfaceRow(
        f"Gi0/{number}", f"Gi0/{number}", str(number), "up", "up" if number % 5 else "down", 1e9, 1e6 * number, 2e6,
        0.01, 0.02, 0.0, 0.0, spark=tuple(float(i % 7) for i in range(30)),
    )  # fmt: skip


@dataclass
class Tokens:
    """`technician`, `viewer`, `administrator`: a token named after a role is one of it."""

    def verify(self, token: str, origin: str) -> Actor | None:
        return actor("ana", [token]) if token in ("technician", "viewer", "on-call", "administrator") else None


@asynccontextmanager
async def served(city: City, path: Path) -> AsyncIterator[str]:
    """The real application over the city on a Unix socket; gives its address."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    listener.listen(64)
    app = create(
        Parts(
            reads=city,
            acts=city,
            tokens=cast("TokenBook", Tokens()),
            replies=cast("ReplyBook", None),
            hub=city.hub,
            own_metrics=lambda: b"",
            device_metrics=lambda: b"",
            requests_per_minute=1e9,
            presence=cast("PresenceReads", city),
            announcements=cast("AnnouncementBook", None),
            accounts=cast("AccountBook", None),
            configurations=city.configurations,
        )
    )
    server = serve(app, Api())
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.005)
        yield f"unix:{path}"
    finally:
        server.should_exit = server.force_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.close()
        await task
        listener.close()


@asynccontextmanager
async def connected(city: City, path: Path, role: str = "administrator", language: str = "en") -> AsyncIterator[Client]:
    async with served(city, path) as address, Client(address, role, language=language) as client:
        yield client
