"""Devices, their parts and the links between them, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nms.i18n import part_name, render
from nms.metrics import METRICS
from nms.model import Alert, Device, DeviceId, Inventory, Link, MetricKind, Number, Reading, Role, Severity, State
from nms.queries import gauges
from nms.queries.live import DeviceLive, LiveBoard
from nms.queries.rows import (
    Attention,
    DeviceRow,
    InterfaceRow,
    LinkRow,
    NeighbourRow,
    SensorRow,
    WitnessRow,
)
from nms.queries.situation import Situation, of_state

ADMIN = {1: "up", 2: "down", 3: "testing"}
"""ifAdminStatus (RFC 2863)."""
OPER = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}
"""ifOperStatus (RFC 2863)."""

INTERFACE = "interface_oper_status"
"""The column that makes a table one of interfaces."""


@dataclass(frozen=True, slots=True)
class Present:
    """All that rows about the present are made of."""

    inventory: Inventory
    live: LiveBoard
    situation: Situation
    language: str

    def state(self, device: DeviceId) -> State:
        return self.live.device_states.get(device, State.UNKNOWN)


def device_row(now: Present, device: Device) -> DeviceRow:
    live = now.live.devices.get(device.id)
    state = now.state(device.id)
    worst = now.situation.worst(device)
    facts = live.facts if live else {}
    return DeviceRow(
        id=device.id,
        name=device.name,
        role=device.role,
        address=device.address,
        site=device.site,
        department=device.department,
        state=state,
        attention=now.situation.of_device(device, state) if device.endpoints else Attention.UNKNOWN,
        problem=render(worst.summary, now.language) if worst else "",
        since=now.live.since.get(f"device/{device.id}"),
        alerts=len(now.situation.by_device.get(device.id, ())),
        vendor=device.vendor or facts.get("vendor", ""),
        hardware=device.hardware or facts.get("hardware", ""),
        last_poll_at=live.at if live else None,
        round_trip=live.round_trip if live else None,
        uptime=_uptime(live),
        assignee=now.situation.who(worst) if worst else "",
        simulated=device.simulated,
        rack=device.rack,
        numbers=gauges.numbers(device, live),
        supply=gauges.lowest_supply(live, now.language) if device.role is Role.PRINTER else "",
        complaints=gauges.complaints(live, now.language),
    )


def _uptime(live: DeviceLive | None) -> float | None:
    for reading in live.readings.values() if live else ():
        column = reading.columns.get("device_uptime_seconds")
        if column and column[0] is not None:
            return float(column[0])
    return None


def witness_rows(live: DeviceLive | None) -> tuple[WitnessRow, ...]:
    if live is None:
        return ()
    return tuple(WitnessRow(w.transport, w.outcome, w.at, w.round_trip, w.reason) for w in live.witnesses)


def neighbour_rows(now: Present, live: DeviceLive | None) -> tuple[NeighbourRow, ...]:
    if live is None:
        return ()
    by_name = {device.name.casefold(): device.id for device in now.inventory.devices.values()}
    by_name |= {device_id.casefold(): device_id for device_id in now.inventory.devices}
    return tuple(
        NeighbourRow(
            n.protocol,
            n.local_interface,
            n.remote_name,
            n.remote_interface,
            by_name.get(n.remote_name.casefold().split(".")[0], ""),
        )
        for n in live.neighbours
    )


def interface_rows(now: Present, device: Device) -> tuple[InterfaceRow, ...]:
    """The interfaces in the agent's order, with rates where two polls allow them."""
    live = now.live.devices.get(device.id)
    table = next((r for r in live.readings.values() if INTERFACE in r.columns), None) if live else None
    if live is None or table is None:
        return ()
    rates = _rates_by_key(table)
    neighbours = {n.local_interface: f"{n.remote_name} {n.remote_interface}".strip() for n in live.neighbours}
    links = {
        interface: link.id
        for link in now.inventory.links.values()
        for end, interface in ((link.a_device, link.a_interface), (link.b_device, link.b_interface))
        if end == device.id
    }
    return tuple(
        _interface_row(table, row, rates.get(table.components[row].key, {}), neighbours, links)
        for row in range(len(table.components))
    )


def _interface_row(
    table: Reading, row: int, rate: Mapping[str, Number], neighbours: Mapping[str, str], links: Mapping[str, str]
) -> InterfaceRow:
    component = table.components[row]

    def cell(metric: str) -> Number | None:
        column = table.columns.get(metric)
        return column[row] if column is not None else None

    speed = cell("interface_speed_bits_per_second") or None
    in_bps, out_bps = _octets_to_bits(rate, "in"), _octets_to_bits(rate, "out")
    return InterfaceRow(
        key=component.key,
        label=component.label,
        index=component.index,
        admin=ADMIN.get(int(cell("interface_admin_status") or 0), ""),
        oper=OPER.get(int(cell("interface_oper_status") or 0), ""),
        speed_bps=speed,
        in_bps=in_bps,
        out_bps=out_bps,
        in_utilisation=in_bps / speed if in_bps is not None and speed else None,
        out_utilisation=out_bps / speed if out_bps is not None and speed else None,
        in_errors=rate.get("interface_in_errors_total"),
        out_errors=rate.get("interface_out_errors_total"),
        in_discards=rate.get("interface_in_discards_total"),
        out_discards=rate.get("interface_out_discards_total"),
        neighbour=neighbours.get(component.key, ""),
        link=links.get(component.key, ""),
    )


def _octets_to_bits(rate: Mapping[str, Number], direction: str) -> float | None:
    octets = rate.get(f"interface_{direction}_octets_total")
    return octets * 8 if octets is not None else None


def _rates_by_key(reading: Reading) -> dict[str, dict[str, Number]]:
    """Component key -> counter -> units per second, gaps left out."""
    found: dict[str, dict[str, Number]] = {component.key: {} for component in reading.components}
    for metric, column in reading.rates.items():
        for component, value in zip(reading.components, column, strict=True):
            if value is not None:
                found[component.key][metric] = value
    return found


def sensor_rows(live: DeviceLive | None, language: str) -> tuple[SensorRow, ...]:
    """Every number and state of a device but those of its interfaces; counters as rates."""
    if live is None:
        return ()
    numbers = [row for reading in live.readings.values() for row in _numbers(reading, language)]
    return (*numbers, *_conditions(live, language))


def _numbers(reading: Reading, language: str) -> Iterable[SensorRow]:
    if INTERFACE in reading.columns:
        return
    per_second = _rates_by_key(reading)
    for metric, column in reading.columns.items():
        known = METRICS.get(metric)
        is_counter = known is not None and known.kind is MetricKind.COUNTER
        unit = known.unit if known else ""
        for component, value in zip(reading.components, column, strict=True):
            shown = per_second.get(component.key, {}).get(metric) if is_counter else value
            if shown is None and not is_counter:
                continue
            yield SensorRow(
                table=reading.table,
                component_kind=component.kind,
                component_key=component.key,
                label=part_name(component, language),
                metric=metric,
                value=shown,
                unit=f"{unit}/s" if is_counter and unit else unit,
                at=reading.at,
            )


def _conditions(live: DeviceLive, language: str) -> Iterable[SensorRow]:
    words = {None: "ok", Severity.INFO: "ok", Severity.WARNING: "warning", Severity.CRITICAL: "critical"}
    for state in live.states.values():
        yield SensorRow(
            table="condition",
            component_kind=state.component.kind,
            component_key=state.component.key,
            label=part_name(state.component, language),
            metric=state.name,
            value=float(state.value),
            unit="",
            at=live.at,
            status=words[state.severity],
            text=render(state.text, language),
        )


def link_rows(now: Present) -> Sequence[LinkRow]:
    interfaces: dict[DeviceId, dict[str, InterfaceRow]] = {}
    rows: list[LinkRow] = []
    for link in now.inventory.links.values():
        for end in (link.a_device, link.b_device):
            if end not in interfaces and end in now.inventory.devices:
                rows_of_end = interface_rows(now, now.inventory.devices[end])
                interfaces[end] = {row.key: row for row in rows_of_end}
        rows.append(_link_row(now, link, interfaces))
    return rows


def _link_row(now: Present, link: Link, interfaces: Mapping[DeviceId, Mapping[str, InterfaceRow]]) -> LinkRow:
    near = interfaces.get(link.a_device, {}).get(link.a_interface)
    far = interfaces.get(link.b_device, {}).get(link.b_interface)
    in_bps = near.in_bps if near and near.in_bps is not None else far.out_bps if far else None
    out_bps = near.out_bps if near and near.out_bps is not None else far.in_bps if far else None
    capacity = link.capacity_bps or (near.speed_bps if near else None)
    busiest = max((rate for rate in (in_bps, out_bps) if rate is not None), default=None)
    state = now.live.link_states.get(link.id, State.UNKNOWN)
    alert = _alert_of_link(now, link)
    return LinkRow(
        id=link.id,
        name=link.name,
        kind=link.kind,
        state=state,
        attention=now.situation.attention(alert) if alert else of_state(state),
        a_device=link.a_device,
        a_interface=link.a_interface,
        b_device=link.b_device,
        b_interface=link.b_interface,
        capacity_bps=capacity,
        in_bps=in_bps,
        out_bps=out_bps,
        utilisation=busiest / capacity if busiest is not None and capacity else None,
        errors=_sum(near.in_errors if near else None, far.in_errors if far else None),
        since=now.live.since.get(f"link/{link.id}"),
        provider=link.provider,
        circuit=link.circuit,
        group=link.group,
        department=_department_of_link(now.inventory, link),
        problem=render(alert.summary, now.language) if alert else "",
    )


def _alert_of_link(now: Present, link: Link) -> Alert | None:
    suffix = f"/{link.id}"
    for end in (link.a_device, link.b_device):
        for alert in now.situation.by_device.get(end, ()):
            if alert.key.endswith(suffix):
                return alert
    return None


def _department_of_link(inventory: Inventory, link: Link) -> str:
    """The department that a link serves: the one of its end farther from the core."""
    near, far = inventory.devices.get(link.a_device), inventory.devices.get(link.b_device)
    if near is None or far is None:
        present = near or far
        return present.department if present else ""
    return far.department if near.id in far.parents else near.department


def _sum(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
