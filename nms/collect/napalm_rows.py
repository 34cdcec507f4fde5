"""What NAPALM's getters give, as rows of plain values.

Shapes as NAPALM documents them (napalm.base.models). Its markers for what is not known (-1, "Unknown", entries named
"invalid", "N/A") are dropped here: absent is absent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nms.text import clean

Row = dict[str, object]

UNKNOWN = frozenset({"Unknown", "unknown", "N/A", "None", "", "invalid"})


def cell(value: object) -> object:
    """A value as the collector language reads it: numbers as they are, text as bytes; None for what is not known."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return None if value == -1 or not math.isfinite(value) else value
    text = clean(str(value), limit=400) if value is not None else ""
    return None if text in UNKNOWN else text.encode()


def _row(values: Mapping[str, Any]) -> Row:
    cells = {name: cell(value) for name, value in values.items() if not isinstance(value, dict | list | tuple)}
    return {name: value for name, value in cells.items() if value is not None}


def _one(result: Mapping[str, Any]) -> Iterator[Row]:
    yield _row(result)


def _named(result: Mapping[str, Any]) -> Iterator[Row]:
    """A mapping of names to flat values: one row each, with its `name`."""
    for name, values in result.items():
        if str(name) not in UNKNOWN and isinstance(values, Mapping):
            yield {**_row(values), "name": clean(str(name)).encode()}


def _listed(result: Any) -> Iterator[Row]:
    for values in result:
        yield _row(values)


def _neighbours(result: Mapping[str, Any]) -> Iterator[Row]:
    for interface, others in result.items():
        for other in others:
            yield {**_row(other), "interface": clean(str(interface)).encode()}


def _part(name: str) -> Callable[[Mapping[str, Any]], Iterator[Row]]:
    return lambda result: _named(result.get(name) or {})


def _memory(result: Mapping[str, Any]) -> Iterator[Row]:
    yield _row(result.get("memory") or {})


def _sessions(result: Mapping[str, Any]) -> Iterator[Row]:
    for vrf, table in result.items():
        for peer, values in (table.get("peers") or {}).items():
            families = (values.get("address_family") or {}).values()
            known = [one.get("received_prefixes") for one in families if isinstance(one, Mapping)]
            received = [number for number in known if isinstance(number, int) and number >= 0]
            more = {"peer": peer, "vrf": vrf, "received_prefixes": sum(received) if received else None}
            yield _row({**values, **more})


def _lanes(result: Mapping[str, Any]) -> Iterator[Row]:
    for interface, values in result.items():
        channels = (values.get("physical_channels") or {}).get("channel") or []
        for lane in channels:
            state = lane.get("state") or {}
            powers = {name: (state.get(name) or {}).get("instant") for name in ("input_power", "output_power")}
            label = clean(str(interface)) + (f" lane {lane.get('index')}" if len(channels) > 1 else "")
            yield {**_row(powers), "interface": clean(str(interface)).encode(), "label": label.encode()}


def _addresses(result: Mapping[str, Any]) -> Iterator[Row]:
    for interface, families in result.items():
        for addresses in families.values():
            for address, values in addresses.items():
                yield {**_row(values), "address": str(address).encode(), "interface": clean(str(interface)).encode()}


SHEETS: Mapping[str, tuple[str, Callable[[Any], Iterator[Row]]]] = {
    "facts": ("facts", _one),
    "interfaces": ("interfaces", _named),
    "interfaces_counters": ("interfaces_counters", _named),
    "interfaces_ip": ("interfaces_ip", _addresses),
    "environment.cpu": ("environment", _part("cpu")),
    "environment.memory": ("environment", _memory),
    "environment.temperature": ("environment", _part("temperature")),
    "environment.fans": ("environment", _part("fans")),
    "environment.power": ("environment", _part("power")),
    "arp_table": ("arp_table", _listed),
    "lldp_neighbors": ("lldp_neighbors", _neighbours),
    "bgp_neighbors": ("bgp_neighbors", _sessions),
    "optics": ("optics", _lanes),
    "ntp_stats": ("ntp_stats", _listed),
}
"""What a family may name as `getter`: the getter of NAPALM behind it, and how its result becomes rows."""
