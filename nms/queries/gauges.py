"""The few numbers of a device that matter for what it is for: the charge of a UPS, the lowest supply of a printer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain

from nms.i18n import part_name, render
from nms.model import Component, Device, Number, Role, Severity
from nms.queries.live import DeviceLive

Values = Mapping[Component, Number]

MOST_COMPLAINTS = 3
_OF_A_PART = frozenset({"trunk", "protocol", "queue", "licence"})
"""Kinds of components of an exchange whose numbers are a share of the whole."""


def numbers(device: Device, live: DeviceLive | None) -> dict[str, float]:
    """By name, in base units; what is not known is left out.

    UPS: charge, runtime, load, battery_temperature. PDU and generator: load, power. Climate: temperature, humidity.
    Server: processor, memory, storage, temperature. Printer: supply_left (of the lowest one), pages.
    Exchange: calls, channels_used, channels_size, registrations, trunks, trunks_up, waiting, answer.
    """
    of_role = _BY_ROLE.get(device.role)
    if live is None or of_role is None:
        return {}
    return {name: float(value) for name, value in of_role(live).items() if value is not None}


def lowest_supply(live: DeviceLive | None, language: str) -> str:
    """What a printer runs out of first."""
    levels = _values(live, "supply_level_ratio") if live else {}
    lowest = min(levels, key=levels.__getitem__, default=None)
    return part_name(lowest, language) if lowest else ""


def complaints(live: DeviceLive | None, language: str) -> str:
    """What the device itself says is not as it should be, the worst first."""
    if live is None:
        return ""
    wrong = [state for state in live.states.values() if state.severity and state.severity > Severity.INFO]
    wrong.sort(key=lambda state: -(state.severity or 0))
    told = dict.fromkeys(f"{part_name(state.component, language)}: {render(state.text, language)}" for state in wrong)
    return "; ".join(list(told)[:MOST_COMPLAINTS])


def _values(live: DeviceLive, metric: str) -> dict[Component, Number]:
    found: dict[Component, Number] = {}
    for reading in live.readings.values():
        column = reading.columns.get(metric)
        if column is not None:
            pairs = zip(reading.components, column, strict=True)
            found.update((component, value) for component, value in pairs if value is not None)
    return found


def _most(live: DeviceLive, metric: str) -> Number | None:
    return max(_values(live, metric).values(), default=None)


def _ups(live: DeviceLive) -> dict[str, Number | None]:
    """Time left is that of the battery; the time already on battery has the same metric on another component."""
    charge = _values(live, "charge_ratio")
    batteries = {(component.kind, component.key) for component in charge}

    def of_battery(metric: str) -> list[Number]:
        return [value for part, value in _values(live, metric).items() if (part.kind, part.key) in batteries]

    return {
        "charge": min(charge.values(), default=None),
        "runtime": min(of_battery("runtime_seconds"), default=None),
        "load": _most(live, "load_ratio"),
        "battery_temperature": max(of_battery("temperature_celsius"), default=None),
    }


def _power(live: DeviceLive) -> dict[str, Number | None]:
    return {"load": _most(live, "load_ratio"), "power": _most(live, "power_watts")}


def _climate(live: DeviceLive) -> dict[str, Number | None]:
    return {"temperature": _most(live, "temperature_celsius"), "humidity": _most(live, "humidity_ratio")}


def _server(live: DeviceLive) -> dict[str, Number | None]:
    processors = _values(live, "processor_used_ratio").values()
    return {
        "processor": sum(processors) / len(processors) if processors else None,
        "memory": next(iter(_values(live, "memory_used_ratio").values()), None),
        "storage": _most(live, "storage_used_ratio"),
        "temperature": _most(live, "temperature_celsius"),
    }


def _printer(live: DeviceLive) -> dict[str, Number | None]:
    return {
        "supply_left": min(_values(live, "supply_level_ratio").values(), default=None),
        "pages": _most(live, "pages_total"),
    }


def _exchange(live: DeviceLive) -> dict[str, Number | None]:
    trunks = _values(live, "trunk_up")
    waiting = [value for part, value in _values(live, "count").items() if part.kind == "queue"]
    return {
        "calls": _whole(live, "calls_active"),
        "channels_used": _whole(live, "channels_used"),
        "channels_size": _whole(live, "channels_size"),
        "registrations": _whole(live, "registrations"),
        "trunks": len(trunks) or None,
        "trunks_up": sum(bool(up) for up in trunks.values()) if trunks else None,
        "waiting": sum(waiting) if waiting else None,
        "answer": min(_values(live, "sip_response_seconds").values(), default=None),
    }


def _whole(live: DeviceLive, metric: str) -> Number | None:
    """The number of the whole exchange; where it tells only those of its trunks, their sum."""
    values = _values(live, metric)
    whole = [value for part, value in values.items() if part.kind not in _OF_A_PART]
    trunks = [value for part, value in values.items() if part.kind == "trunk"]
    return max(whole) if whole else sum(trunks) if trunks else None


_BY_ROLE: Mapping[Role, Callable[[DeviceLive], dict[str, Number | None]]] = dict(
    chain(
        ((role, _power) for role in (Role.PDU, Role.GENERATOR)),
        ((role, _climate) for role in (Role.HVAC, Role.ENVIRONMENT)),
        ((role, _server) for role in (Role.SERVER, Role.HYPERVISOR, Role.STORAGE)),
        ((role, _exchange) for role in (Role.PBX, Role.GATEWAY)),
        ((Role.UPS, _ups), (Role.PRINTER, _printer)),
    )
)
