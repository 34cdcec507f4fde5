"""Network equipment over SSH, through NAPALM: facts, environment and LLDP neighbours, as readings like all others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nms.collect.answer import Answer, failed
from nms.model import (
    DEVICE_ITSELF,
    Component,
    Device,
    DeviceId,
    Endpoint,
    Neighbour,
    Number,
    Outcome,
    Reading,
    Severity,
    StateReading,
    Witness,
)
from nms.text import clean
from nms.transports.errors import TransportError
from nms.transports.getters import UNKNOWN, Got, get
from nms.transports.ssh import SshClient, SshTarget

TRANSPORT = "ssh"
GETTERS = ("facts", "environment", "lldp_neighbors")
_FACTS = {"vendor": "vendor", "model": "hardware", "os_version": "version", "serial_number": "serial"}

Resolver = Callable[[Device, Endpoint], SshTarget]


@dataclass(frozen=True, slots=True)
class GettersAsker:
    """Asks a device whose platform has a NAPALM driver."""

    client: SshClient
    resolve: Resolver

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        began = time.monotonic()
        try:
            got = await get(self.client, self.resolve(device, endpoint), GETTERS)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return understand(device.id, at, got, time.monotonic() - began)


def understand(device: DeviceId, at: float, got: Got, took: float | None = None) -> Answer:
    """What the getters' results say; shapes as NAPALM documents them."""
    facts, environment = got.results.get("facts") or {}, got.results.get("environment") or {}
    readings = [*_system(device, at, facts, environment), *_temperatures(device, at, environment)]
    outcome = Outcome.PARTIAL if got.problems else Outcome.ANSWERED
    return Answer(
        witness=Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(got.problems)),
        readings=tuple(readings),
        states=tuple(_states(environment)),
        facts={ours: clean(str(facts[theirs])) for theirs, ours in _FACTS.items() if _known(facts.get(theirs))},
        neighbours=tuple(_neighbours(got.results.get("lldp_neighbors") or {})),
        problems=tuple(f"{TRANSPORT}: {problem}" for problem in got.problems),
    )


def _known(value: object) -> bool:
    return value is not None and str(value) not in UNKNOWN and value != -1


def _system(device: DeviceId, at: float, facts: Mapping[str, Any], environment: Mapping[str, Any]) -> Iterator[Reading]:
    values: dict[str, Number] = {}
    uptime = facts.get("uptime")
    if isinstance(uptime, int | float) and uptime >= 0:
        values["device_uptime_seconds"] = uptime
    memory = environment.get("memory") or {}
    used, size = memory.get("used_ram"), memory.get("available_ram")
    if isinstance(used, int) and isinstance(size, int) and 0 <= used <= size and size > 0:
        values |= {"memory_used_bytes": used, "memory_size_bytes": size, "memory_used_ratio": used / size}
    if values:
        yield Reading(device, "system", at, (DEVICE_ITSELF,), {name: [value] for name, value in values.items()})
    loads = {str(name): part.get("%usage") for name, part in (environment.get("cpu") or {}).items()}
    shown = {name: load / 100 for name, load in loads.items() if isinstance(load, int | float) and 0 <= load <= 100}
    if shown:
        components = tuple(Component("processor", name, f"Processor {name}") for name in shown)
        yield Reading(device, "processor", at, components, {"processor_used_ratio": list(shown.values())})


def _temperatures(device: DeviceId, at: float, environment: Mapping[str, Any]) -> Iterator[Reading]:
    sensors = _valid(environment, "temperature")
    shown = {name: one["temperature"] for name, one in sensors.items() if one.get("temperature", -1) > -100}
    if shown:
        components = tuple(Component("sensor", name, name) for name in shown)
        yield Reading(device, "temperature", at, components, {"temperature_celsius": list(shown.values())})


def _valid(environment: Mapping[str, Any], part: str) -> dict[str, Mapping[str, Any]]:
    """The entries of a part of the environment without NAPALM's placeholder for “not implemented”."""
    return {clean(str(name)): one for name, one in (environment.get(part) or {}).items() if name != "invalid"}


def _states(environment: Mapping[str, Any]) -> Iterator[StateReading]:
    for part, kind in (("fans", "fan"), ("power", "power-supply")):
        for name, one in _valid(environment, part).items():
            works = bool(one.get("status"))
            severity = None if works else Severity.CRITICAL
            text = "ok" if works else "failed"
            yield StateReading(Component(kind, name, name), "status", int(works), text, severity)
    for name, one in _valid(environment, "temperature").items():
        severity = Severity.CRITICAL if one.get("is_critical") else Severity.WARNING if one.get("is_alert") else None
        text = {None: "normal", Severity.WARNING: "alert", Severity.CRITICAL: "critical"}[severity]
        yield StateReading(Component("sensor", name, name), "temperature", int(severity or 0), text, severity)


def _neighbours(lldp: Mapping[str, Any]) -> Iterator[Neighbour]:
    for interface, others in lldp.items():
        for other in others:
            name, port = (clean(str(other.get(key) or "")) for key in ("hostname", "port"))
            yield Neighbour("lldp", clean(str(interface)), name, port)
