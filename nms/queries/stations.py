"""Rows about stations: computers, telephones and whatever else has a hardware address."""

from __future__ import annotations

from dataclasses import dataclass

SEVERAL = 8
"""Of so many stations that a question meets the past is told too; of more it would be everybody's in one heap."""


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """One station: an address that was seen, a device of the inventory, or both.

    `nearness`: radio, port, shared (others stand behind the same interface), routed (only a router knows it).
    `twice`: interfaces at which its address is in use at the same time; `contested`: others with its IP address.
    """

    key: str
    mac: str
    vendor: str
    is_local: bool
    device: str
    name: str
    role: str
    department: str
    address: str
    addresses: tuple[str, ...]
    present: bool
    at_device: str = ""
    at_name: str = ""
    port: str = ""
    vlan: int | None = None
    nearness: str = ""
    sight: str = ""
    since: float | None = None
    last_seen: float | None = None
    twice: tuple[str, ...] = ()
    contested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StayRow:
    """One stay of the past or the present."""

    mac: str
    at_device: str
    at_name: str
    port: str
    vlan: int | None
    nearness: str
    sight: str
    first_seen: float
    last_seen: float


@dataclass(frozen=True, slots=True)
class BindingRow:
    """An IP address or a host name that an address had. `by`: the device that told."""

    mac: str
    kind: str
    value: str
    sight: str
    by: str
    first_seen: float
    last_seen: float


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The answer to “where is it, and where was it”: stations that the question meets, and their history.

    `more`: how many others it meets. The history of many is not told.
    """

    asked: str
    stations: tuple[PresenceRow, ...]
    stays: tuple[StayRow, ...]
    bindings: tuple[BindingRow, ...]
    more: int = 0
