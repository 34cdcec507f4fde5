"""The reads of the running daemon, put together from the stores and the live board."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Unpack
from zoneinfo import ZoneInfo

from nms.access import Actor
from nms.alerts import history as alert_history
from nms.alerts.book import AlertBook
from nms.calendars import EMPTY, IntervalSet, ServiceHours
from nms.i18n import DEFAULT_LANGUAGE, part_name, render
from nms.model import Alert, AlertStatus, Device, DeviceId, Incident, Inventory
from nms.queries import availability, departments, equipment, history, plan, playbooks, quiet, rows, tickets, trees
from nms.queries.dossier import AttachmentContent, PlanPreview, PlanRow, TechnicianRow
from nms.queries.equipment import Present
from nms.queries.live import LiveBoard
from nms.queries.past import Past
from nms.queries.ports import NO_DEPARTMENT, NO_DEVICE, NotFound, PastCorrection, QuietPlan, TicketQuery
from nms.queries.preview import Foresight, Parents
from nms.queries.replan import Replanning
from nms.queries.reports.builders import BUILDERS
from nms.queries.reports.document import Kind, Report
from nms.queries.reports.sources import DEFAULT_TARGETS, Sources, Task
from nms.queries.roster import Roster
from nms.queries.situation import Situation
from nms.queries.telephony import telephony
from nms.store.records import Records
from nms.store.samples import SampleStore
from nms.store.states import StateHistory
from nms.tickets.attachments import AttachmentStore
from nms.tickets.desk import TicketDesk

Pollers = Callable[[], rows.Pollers]
Why = Callable[[str, str], Sequence[rows.WhyStep]]

TICKER_LENGTH = 50


@dataclass(slots=True)
class MonitorReads:
    """Implements `nms.queries.ports.Reads` in the daemon."""

    inventory: Inventory
    timezone: str
    calendars: Mapping[str, ServiceHours]
    live: LiveBoard
    samples: SampleStore
    records: Records
    states: StateHistory
    book: AlertBook
    desk: TicketDesk
    pollers: Pollers
    why_of: Why
    roster: Roster
    started_at: float
    files: AttachmentStore
    clock: Callable[[], float] = time.time
    currency: str = "MXN"
    targets: Mapping[str, float] = field(default_factory=lambda: DEFAULT_TARGETS)
    parents: Parents = dict
    """What each device is reached through at present."""

    def overview(self, language: str) -> rows.Overview:
        now, at = self._present(language), self.clock()
        tiles = departments.tiles(now, self.states, at)
        speaking = [alert for alert in now.situation.alerts if alert.status is not AlertStatus.SUPPRESSED]
        by_severity = {"critical": 0, "warning": 0, "info": 0}
        for alert in speaking:
            by_severity[alert.severity.word] += 1
        attentions = [now.situation.attention(alert) for alert in speaking]
        polled = [device.id for device in self.inventory.devices.values() if device.endpoints]
        return rows.Overview(
            municipality=self.inventory.municipality,
            at=at,
            departments=tiles,
            devices=departments.counts(now.state(device) for device in polled),
            alerts_by_severity=by_severity,
            alerts_unattended=attentions.count(rows.Attention.UNATTENDED),
            incidents_open=len(self.book.open_incidents()),
            tickets_open=tickets.count_by_kind(now.situation.tickets),
            events=tuple(self.events(language, limit=TICKER_LENGTH)),
            pollers=self.pollers(),
            simulated=self.inventory.is_sample,
            started_at=self.started_at,
        )

    def devices(self, language: str, *, department: str = "", role: str = "") -> Sequence[rows.DeviceRow]:
        now = self._present(language)
        return [
            equipment.device_row(now, device)
            for device in self.inventory.devices.values()
            if (not department or device.department == department) and (not role or device.role == role)
        ]

    def device(self, device_id: str, language: str) -> rows.DevicePage:
        device = self.inventory.devices.get(DeviceId(device_id))
        if device is None:
            raise NotFound(NO_DEVICE, device=device_id)
        now = self._present(language)
        live = self.live.devices.get(device.id)
        lifecycle = device.lifecycle
        dates = {name: getattr(lifecycle, name) for name in type(lifecycle).__dataclass_fields__}
        return rows.DevicePage(
            device=equipment.device_row(now, device),
            facts=dict(live.facts) if live else {},
            witnesses=equipment.witness_rows(live),
            problems=live.problems if live else (),
            interfaces=self._interfaces(now, device),
            sensors=equipment.sensor_rows(live, language),
            neighbours=equipment.neighbour_rows(now, live),
            alerts=tuple(self._alert_row(now, alert) for alert in now.situation.by_device.get(device.id, ())),
            tickets=tuple(tickets.of_device(self.desk, self.records, device.id, language)),
            path=trees.path(self.inventory, device),
            powered_by=tuple(device.powered_by),
            serves=trees.served_by(self.inventory, device),
            lifecycle={name: str(value) for name, value in dates.items() if value is not None},
            families=device.families,
            playbooks=playbooks.of_device(self.desk.office, device, self.clock()),
        )

    def _interfaces(self, now: Present, device: Device) -> tuple[rows.InterfaceRow, ...]:
        """With the last hour of what came in."""
        found = equipment.interface_rows(now, device)
        past = history.sparks(self.samples, device.id, "interface_in_octets_total", self.clock()) if found else {}
        return tuple(replace(row, spark=past.get(row.key, ())) for row in found)

    def links(self, language: str) -> Sequence[rows.LinkRow]:
        return equipment.link_rows(self._present(language))

    def topology(self, language: str) -> Sequence[rows.TreeRow]:
        return trees.topology(self._present(language))

    def power(self, language: str) -> Sequence[rows.TreeRow]:
        return trees.power(self._present(language))

    def telephony(self, language: str) -> rows.Telephony:
        return telephony(self._present(language))

    def alerts(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 2000
    ) -> Sequence[rows.AlertRow]:
        now = self._present(language)
        found = [alert for alert in now.situation.alerts if before is None or alert.id < before]
        if include_resolved:
            past = alert_history.past_alerts(self.records, before=before, limit=limit)
            found += [alert for alert in past if alert.status is AlertStatus.RESOLVED]
        newest = sorted(found, key=lambda alert: alert.id, reverse=True)
        return [self._alert_row(now, alert) for alert in newest[:limit]]

    def incidents(
        self, language: str, *, include_resolved: bool = False, before: int | None = None, limit: int = 500
    ) -> Sequence[rows.IncidentRow]:
        now = self._present(language)
        if include_resolved:
            found = alert_history.past_incidents(self.records, before=before, limit=limit)
        else:
            found = [one for one in self.book.open_incidents() if before is None or one.id < before]
        newest = sorted(found, key=lambda incident: incident.id, reverse=True)
        return [self._incident_row(now, incident) for incident in newest[:limit]]

    def tickets(self, language: str, **wanted: Unpack[TicketQuery]) -> Sequence[rows.TicketRow]:
        return tickets.listed(self.desk, self.records, wanted, language)

    def ticket(self, folio: str, language: str) -> rows.TicketPage:
        return tickets.page(self.desk, self.records, folio, language, self.currency)

    def plan(self, start: float, end: float, departments: Sequence[str] = ()) -> Sequence[PlanRow]:
        return plan.rows(plan.plan(self.desk, self.records, start, end, departments))

    def plan_file(self, form: str, start: float, end: float, departments: Sequence[str] = ()) -> bytes:
        found = plan.plan(self.desk, self.records, start, end, departments)
        return plan.as_file(self.desk, found, form, self.inventory.municipality)

    def attachment(self, actor: Actor, folio: str, number: int) -> AttachmentContent:
        return tickets.attachment(self.records, self.files, actor, folio, number)

    def evidence(self, folio: str, step: int, language: str) -> Sequence[rows.EvidenceRow]:
        return tickets.evidence(self.desk, self.records, folio, step, language)

    def events(
        self, language: str, *, since: float | None = None, before: int | None = None, limit: int = 200
    ) -> Sequence[rows.EventRow]:
        found = alert_history.events(self.records, since=since, before=before, limit=limit)
        return [self._event_row(event, language) for event in reversed(found)]

    def events_after(self, language: str, number: int, limit: int = 200) -> Sequence[rows.EventRow]:
        """What happened after an event, the oldest first."""
        return [self._event_row(event, language) for event in alert_history.next_events(self.records, number, limit)]

    def series(self, device_id: str, language: str) -> Sequence[rows.SeriesRow]:
        return history.series_of_device(self.samples, device_id, language)

    def history(
        self,
        device_id: str,
        component_kind: str,
        component_key: str,
        metric: str,
        start: float,
        end: float,
        step: float | None = None,
        language: str = DEFAULT_LANGUAGE,
    ) -> rows.History:
        return history.history(
            self.samples, device_id, component_kind, component_key, metric, start, end, step, language
        )

    def uptime(
        self, start: float, end: float, language: str, *, department: str = "", as_of: float | None = None
    ) -> rows.UptimeReport:
        if department and department not in self.inventory.departments:
            raise NotFound(NO_DEPARTMENT, department=department)
        past = Past(self.inventory, self.states, as_of)
        return availability.uptime(past, self._service, self.timezone, start, end, self.clock(), department=department)

    def report(
        self,
        kind: Kind,
        start: float,
        end: float,
        language: str,
        *,
        department: str = "",
        as_of: float | None = None,
    ) -> Report:
        if department and department not in self.inventory.departments:
            raise NotFound(NO_DEPARTMENT, department=department)
        sources = Sources(
            self.inventory,
            self.states,
            self.records,
            self.desk,
            self.samples,
            self._service,
            self.timezone,
            self.currency,
            self.targets,
            as_of,
        )
        return BUILDERS[kind](Task(sources, start, end, self.clock(), language, department))

    def silences(self) -> Sequence[rows.SilenceRow]:
        return quiet.silences(self.book, self.clock())

    def maintenance(self) -> Sequence[rows.MaintenanceRow]:
        return quiet.maintenance(self.book, self.clock())

    def corrections(self, start: float, end: float) -> Sequence[rows.CorrectionRow]:
        return quiet.corrections(self.states, self.inventory, start, end)

    def preview_quiet(self, actor: Actor, plan: QuietPlan, language: str) -> rows.QuietPreview:
        return self._foresight.quiet(actor, plan, language)

    def preview_correction(self, actor: Actor, correction: PastCorrection) -> rows.CorrectionPreview:
        return self._foresight.correction(actor, Past(self.inventory, self.states), correction, self.clock())

    @property
    def _foresight(self) -> Foresight:
        return Foresight(self.inventory, self.live, self.book, self.parents, ZoneInfo(self.timezone))

    def technicians(self) -> Sequence[TechnicianRow]:
        return self._replanning.technicians()

    def preview_move(
        self, actor: Actor, number: int, *, technician: str = "", start: float | None = None
    ) -> PlanPreview:
        return self._replanning.move(actor, number, self.clock(), technician=technician, start=start)

    def preview_skip(self, actor: Actor, number: int) -> PlanPreview:
        return self._replanning.skip(actor, number)

    @property
    def _replanning(self) -> Replanning:
        return Replanning(self.desk, self.records, self.inventory, self.calendars["office"])

    def why(self, key: str, language: str) -> Sequence[rows.WhyStep]:
        return self.why_of(key, language)

    def on_call(self, start: float, end: float) -> Sequence[rows.ShiftRow]:
        return self.roster.shifts(start, end)

    def on_call_problems(self, start: float, end: float, language: str) -> Sequence[rows.RotaProblemRow]:
        return self.roster.problems(start, end, language)

    def on_call_calendar(self, start: float, end: float, person: str = "") -> bytes:
        return self.roster.calendar(start, end, self.clock(), person)

    def _service(self, calendar: str, start: float, end: float) -> IntervalSet:
        hours = self.calendars.get(calendar)
        return hours.intervals(start, end) if hours else EMPTY

    def _present(self, language: str) -> Present:
        alerts = self.book.open_alerts()
        situation = Situation.of(alerts, tickets.open_tickets(self.desk, self.records))
        return Present(self.inventory, self.live, situation, language)

    def _alert_row(self, now: Present, alert: Alert) -> rows.AlertRow:
        device = self.inventory.devices.get(alert.device)
        ticket = now.situation.ticket_of(alert)
        return rows.AlertRow(
            id=alert.id,
            key=alert.key,
            rule=alert.rule,
            severity=alert.severity.word,
            status=alert.status,
            attention=now.situation.attention(alert),
            summary=render(alert.summary, now.language),
            device=alert.device,
            device_name=device.name if device else alert.device,
            department=alert.department,
            site=alert.site,
            component=part_name(alert.component, now.language),
            opened_at=alert.opened_at,
            updated_at=alert.updated_at,
            resolved_at=alert.resolved_at,
            acknowledged_by=alert.acknowledged_by,
            acknowledged_note=alert.acknowledged_note,
            suppressed_by=alert.suppressed_by,
            incident=alert.incident,
            ticket=ticket.folio if ticket else "",
            value=alert.value,
            limit=alert.limit,
            simulated=alert.simulated,
        )

    def _incident_row(self, now: Present, incident: Incident) -> rows.IncidentRow:
        alerts = [alert for alert in now.situation.alerts if alert.incident == incident.id]
        root = next((alert for alert in alerts if alert.key == incident.root_key), None)
        attention = now.situation.attention(root) if root else rows.Attention.FINE
        return rows.IncidentRow(
            id=incident.id,
            summary=render(incident.summary, now.language),
            severity=incident.severity.word,
            attention=attention if incident.resolved_at is None else rows.Attention.FINE,
            device=incident.device,
            department=incident.department,
            site=incident.site,
            opened_at=incident.opened_at,
            resolved_at=incident.resolved_at,
            symptoms=incident.symptoms,
            ticket=incident.ticket,
            root_key=incident.root_key,
        )

    def _event_row(self, event: alert_history.AlertEvent, language: str) -> rows.EventRow:
        device = self.inventory.devices.get(DeviceId(event.device))
        return rows.EventRow(
            at=event.at,
            kind=event.kind,
            severity=event.severity.word if event.severity else "",
            text=render(event.detail, language),
            key=event.key,
            device=event.device,
            department=device.department if device else "",
            number=event.id,
            about=render(event.about, language) if event.about else "",
        )
