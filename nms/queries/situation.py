"""What is wrong at this moment, put together once for all rows of one answer: open alerts, incidents and tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.model import Alert, AlertStatus, Device, DeviceId, Severity, State, Ticket, TicketKind, TicketStatus
from nms.queries.rows import Attention

SOON_SECONDS = 7 * 86_400.0
WORKED_ON = frozenset({TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS, TicketStatus.ON_HOLD})
OVER = frozenset({TicketStatus.RESOLVED, TicketStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Situation:
    """Open alerts by device, and for each alert and ticket whether somebody works on it."""

    alerts: tuple[Alert, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    by_device: Mapping[DeviceId, tuple[Alert, ...]] = field(default_factory=dict)
    tickets_by_device: Mapping[DeviceId, tuple[Ticket, ...]] = field(default_factory=dict)
    ticket_of_incident: Mapping[int, Ticket] = field(default_factory=dict)

    @classmethod
    def of(cls, alerts: Iterable[Alert], tickets: Iterable[Ticket]) -> Situation:
        """`alerts` and `tickets` are the open ones."""
        all_alerts, all_tickets = tuple(alerts), tuple(tickets)
        by_device: defaultdict[DeviceId, list[Alert]] = defaultdict(list)
        for alert in sorted(all_alerts, key=lambda alert: (-alert.severity, alert.opened_at)):
            by_device[alert.device].append(alert)
        tickets_by_device: defaultdict[DeviceId, list[Ticket]] = defaultdict(list)
        for ticket in all_tickets:
            if ticket.device is not None:
                tickets_by_device[ticket.device].append(ticket)
        of_incident = {ticket.incident: ticket for ticket in all_tickets if ticket.incident is not None}
        return cls(
            all_alerts,
            all_tickets,
            {device: tuple(found) for device, found in by_device.items()},
            {device: tuple(found) for device, found in tickets_by_device.items()},
            of_incident,
        )

    def ticket_of(self, alert: Alert) -> Ticket | None:
        return self.ticket_of_incident.get(alert.incident) if alert.incident is not None else None

    def attention(self, alert: Alert) -> Attention:
        """Whether this alert needs somebody."""
        if alert.status is AlertStatus.RESOLVED:
            return Attention.FINE
        if alert.status is AlertStatus.SUPPRESSED:
            return Attention.MAINTENANCE
        ticket = self.ticket_of(alert)
        if alert.status is AlertStatus.ACKNOWLEDGED or (ticket and ticket.status in WORKED_ON):
            return Attention.ATTENDED
        return Attention.UNATTENDED

    def who(self, alert: Alert) -> str:
        """Who works on it: the assignee of its ticket, or who acknowledged it."""
        ticket = self.ticket_of(alert)
        return (ticket.assignee if ticket else "") or alert.acknowledged_by

    def worst(self, device: Device) -> Alert | None:
        """The alert that speaks for a device: one that needs somebody first, then the most severe, then the oldest."""
        found = self.by_device.get(device.id, ())
        return min(found, key=lambda alert: (_URGENCY[self.attention(alert)], -alert.severity), default=None)

    def of_device(self, device: Device, state: State) -> Attention:
        """The colour of a device: what its alerts ask for, else what its state says."""
        shouting = [a for a in self.by_device.get(device.id, ()) if a.severity > Severity.INFO]
        if shouting:
            worst = min((self.attention(alert) for alert in shouting), key=_URGENCY.__getitem__)
            if worst is not Attention.MAINTENANCE or state is not State.UP:
                return worst
        return of_state(state)


_URGENCY = {attention: order for order, attention in enumerate(Attention)}


def of_state(state: State) -> Attention:
    """The colour of a state that no alert speaks for: trouble without an alert is explained by something else."""
    if state is State.UP:
        return Attention.FINE
    return Attention.UNKNOWN if state is State.UNKNOWN else Attention.MAINTENANCE


def order_of(attention: Attention) -> int:
    return _URGENCY[attention]


def most_urgent(attentions: Iterable[Attention]) -> Attention:
    return min(attentions, key=_URGENCY.__getitem__, default=Attention.FINE)


def of_ticket(ticket: Ticket, now: float) -> Attention:
    """Preventive work that nobody has yet is planned; a week before it is due it needs somebody."""
    if ticket.status in OVER:
        return Attention.FINE
    if ticket.status in WORKED_ON or ticket.assignee:
        return Attention.ATTENDED
    is_far = ticket.due_at is None or ticket.due_at - now > SOON_SECONDS
    return Attention.MAINTENANCE if ticket.kind is TicketKind.PREVENTIVE and is_far else Attention.UNATTENDED
