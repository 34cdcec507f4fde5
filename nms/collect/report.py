"""The device report: what the monitor sees of one device, every number with the OID it came from.

It is made of the same `Collected` that polling stores, so that a probe shows exactly what the monitor would keep.
Keys are those of the published report format: device, interfaces, metrics, processors, memory, storage, supplies,
inventory, addresses, vlans, neighbors, bgp_peers, transceivers, stp, fdb, arp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, Memory
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import Recognised, recognise
from nms.i18n import in_english
from nms.metrics import title
from nms.model import Component, DeviceId, Number, Severity, StateReading
from nms.transports.snmp.values import SnmpReader

_SHOWN: Mapping[str, tuple[str, str, float]] = {
    # metric: kind, unit, factor from the base unit
    "temperature_celsius": ("temperature", "C", 1),
    "humidity_ratio": ("humidity", "%", 100),
    "voltage_volts": ("voltage", "V", 1),
    "current_amperes": ("current", "A", 1),
    "power_watts": ("power", "W", 1),
    "apparent_power_volt_amperes": ("apparent_power", "VA", 1),
    "power_factor_ratio": ("power_factor", "", 1),
    "energy_joules_total": ("power_consumed", "kWh", 1 / 3.6e6),
    "frequency_hertz": ("frequency", "Hz", 1),
    "fan_speed_rpm": ("fanspeed", "rpm", 1),
    "fan_speed_ratio": ("percent", "%", 100),
    "airflow_cubic_metres_per_second": ("airflow", "cfm", 60 / 0.3048**3),
    "waterflow_cubic_metres_per_second": ("waterflow", "l/min", 60_000),
    "pressure_pascals": ("pressure", "kPa", 1e-3),
    "optical_power_dbm": ("dbm", "dBm", 1),
    "signal_dbm": ("signal", "dBm", 1),
    "signal_quality_ratio": ("quality", "%", 100),
    "signal_to_noise_db": ("snr", "dB", 1),
    "cell_identity": ("cell", "", 1),
    "rssi_db": ("rssi", "dB", 1),
    "transmit_power_dbm": ("power", "dBm", 1),
    "noise_floor_dbm": ("noise-floor", "dBm", 1),
    "rsrp_dbm": ("rsrp", "dBm", 1),
    "rsrq_db": ("rsrq", "dB", 1),
    "modulation_error_db": ("mse", "dB", 1),
    "cross_polarisation_db": ("xpi", "dB", 1),
    "gain_db": ("gain", "dB", 1),
    "error_ratio": ("error-ratio", "%", 100),
    "bit_error_ratio": ("ber", "", 1),
    "bit_rate_bits_per_second": ("bitrate", "bps", 1),
    "distance_metres": ("distance", "km", 1e-3),
    "delay_seconds": ("delay", "s", 1),
    "loss_ratio": ("loss", "%", 100),
    "charge_ratio": ("charge", "%", 100),
    "load_ratio": ("load", "%", 100),
    "runtime_seconds": ("runtime", "s", 1),
    "percentage_ratio": ("percent", "%", 100),
    "channel_utilization_ratio": ("utilization", "%", 100),
    "clients": ("clients", "", 1),
}
_ELSEWHERE = ("interface_", "processor_", "memory_", "storage_", "supply_", "device_", "bgp_", "ospf_")
_ADMIN = {1: "up", 2: "down", 3: "testing"}
_OPER = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "notPresent", 7: "lowerLayerDown"}
_COUNTERS = {
    "in_octets": "interface_in_octets_total",
    "out_octets": "interface_out_octets_total",
    "in_ucast": "interface_in_packets_total",
    "out_ucast": "interface_out_packets_total",
    "in_errors": "interface_in_errors_total",
    "out_errors": "interface_out_errors_total",
}
_TABLES = ("inventory", "addresses", "vlans", "neighbors", "bgp_peers", "transceivers", "stp", "fdb", "arp",
           "routes", "phones", "trunks", "clients")  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What is seen of one device, ready to be shown or printed as JSON."""

    families: tuple[str, ...]
    sys_object_id: str
    sections: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {**self.sections, "families": list(self.families), "problems": list(self.problems)}


async def report(
    catalogue: Catalogue, reader: SnmpReader, device: str = "probe", at: float = 0.0,
    only: Iterable[str] = (),
) -> DeviceReport:  # fmt: skip
    """Recognises a device, reads all of it once, and reports. Raises: the transport's errors when it is silent."""
    recognised = await recognise(reader, catalogue, only)
    wanted = plan(catalogue, recognised.families, recognised.sys_object_id)
    collected = await collect(wanted, reader, DeviceId(device), at, Memory(), full=True)
    return report_of(collected, recognised)


def report_of(collected: Collected, recognised: Recognised) -> DeviceReport:
    numbers = list(_numbers(collected))
    sections: dict[str, Any] = {
        "device": _device(collected, recognised),
        "interfaces": _interfaces(collected),
        "metrics": [*_metrics(numbers), *_states(collected)],
        "processors": [
            {"label": c.label, "percent": _rounded(value * 100), "oid": oid}
            for c, metric, value, oid in numbers
            if metric == "processor_used_ratio"
        ],
        "memory": _pools(numbers, "memory"),
        "storage": _pools(numbers, "storage"),
        "supplies": [
            {"label": c.label, "percent": _rounded(value * 100), "oid": oid}
            for c, metric, value, oid in numbers
            if metric == "supply_level_ratio"
        ],
    }
    for kind in _TABLES:
        rows = collected.records.get(kind)
        if rows:
            sections[kind] = [{name: value for name, value in row.items() if value is not None} for row in rows]
    # families that are read from every device have the score of their priority, whole thousands
    families = [
        name for name in recognised.families if recognised.scores.get(name, 0) % 1000 or name in collected.families
    ]
    return DeviceReport(tuple(families), recognised.sys_object_id, sections, collected.problems)


def _device(collected: Collected, recognised: Recognised) -> Row:
    facts = dict(collected.facts)
    role = facts.pop("role", None)
    facts.pop("description", None)
    device: Row = {**facts, "sys_object_id": recognised.sys_object_id, "sys_descr": recognised.sys_descr}
    if role:
        device["type"] = role
    for reading in collected.readings:
        uptime = reading.columns.get("device_uptime_seconds")
        if uptime and uptime[0] is not None:
            device["uptime_seconds"] = uptime[0]
    return device


def _numbers(collected: Collected) -> Iterator[tuple[Component, str, Number, str]]:
    """Every number: its component, metric, value in base units, and instance OID."""
    for reading in collected.readings:
        origins = collected.origins.get(reading.table, {})
        for metric, values in reading.columns.items():
            origin = origins.get(metric, "")
            for row, (component, value) in enumerate(zip(reading.components, values, strict=True)):
                if value is not None:
                    yield component, metric, value, _instance(origin, component, row)


def _instance(origin: str | Sequence[str], component: Component, row: int) -> str:
    if not isinstance(origin, str):
        return origin[row]
    return f"{origin}.{component.index}" if origin and component.index else origin


def _metrics(numbers: Iterable[tuple[Component, str, Number, str]]) -> Iterator[Row]:
    for component, metric, value, oid in numbers:
        if metric.startswith(_ELSEWHERE):
            continue
        kind, unit, factor = _SHOWN.get(metric, ("count", "", 1))
        label = component.label or title(metric)
        row: Row = {"kind": kind, "label": label, "value": _rounded(value * factor), "metric": metric}
        yield row | ({"unit": unit} if unit else {}) | ({"oid": oid} if oid else {})


def _states(collected: Collected) -> Iterator[Row]:
    for state, oid in zip(collected.states, collected.state_oids, strict=True):
        row: Row = {"kind": "state", "label": _state_label(state), "value": state.value, "text": in_english(state.text)}
        yield row | {"status": status(state)} | ({"oid": oid} if oid else {})


def _state_label(state: StateReading) -> str:
    return f"{state.component.label} {state.name}".strip() if state.component.label != state.name else state.name


def status(state: StateReading) -> str:
    """ok, warning, critical or unknown."""
    if state.unknown:
        return "unknown"
    return "ok" if state.severity in (None, Severity.INFO) else state.severity.word if state.severity else "ok"


def _interfaces(collected: Collected) -> list[Row]:
    rows: dict[str, Row] = {str(record["index"]): dict(record) for record in collected.records.get("interfaces", ())}
    for reading in collected.readings:
        if not any(metric.startswith("interface_") for metric in reading.columns):
            continue
        for position, component in enumerate(reading.components):
            row = rows.setdefault(component.index, {"name": component.label, "index": component.index})
            _interface(row, {metric: values[position] for metric, values in reading.columns.items()})
    result = []
    for index, row in rows.items():
        row["index"] = int(index) if index.isdigit() else index
        result.append({name: value for name, value in row.items() if value is not None and value != ""})
    return result


def _interface(row: Row, values: Mapping[str, Number | None]) -> None:
    speed = values.get("interface_speed_bits_per_second")
    if speed is not None:
        row["speed_bps"] = int(speed)
    for name, metric, words in (
        ("admin", "interface_admin_status", _ADMIN),
        ("oper", "interface_oper_status", _OPER),
    ):
        status_now = values.get(metric)
        if status_now is not None:
            row[name] = words.get(int(status_now))
    for name, metric in _COUNTERS.items():
        if values.get(metric) is not None:
            row[name] = values[metric]


def _pools(numbers: Iterable[tuple[Component, str, Number, str]], kind: str) -> list[Row]:
    """Memory pools or file systems: what the tables say of one component, together."""
    pools: dict[tuple[str, str], Row] = {}
    names = {f"{kind}_used_bytes": "used_bytes", f"{kind}_size_bytes": "total_bytes", f"{kind}_used_ratio": "percent"}
    for component, metric, value, oid in numbers:
        name = names.get(metric)
        if name is None:
            continue
        pool = pools.setdefault((component.kind, component.key), {"label": component.label})
        pool[name] = _rounded(value * 100) if name == "percent" else int(value)
        if oid and (name == "used_bytes" or "oid" not in pool):
            pool["oid"] = oid
    return [pool for pool in pools.values() if "percent" in pool or "used_bytes" in pool]


def _rounded(value: Number) -> Number:
    """Nine significant digits: what scaling adds beyond them is noise of binary fractions."""
    if isinstance(value, int):
        return value
    rounded = float(f"{value:.9g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded
