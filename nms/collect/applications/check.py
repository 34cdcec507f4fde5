"""What all application checks have in common: one row in the table “check”, a witness, and a sentence when it fails.

A check that nobody answers is silent; one that is answered with something else than a working service would say is
heard, yet does not pass (`check_up` 0). What is the monitor's own fault says nothing of the service.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from nms.collect.answer import Answer
from nms.messages import spelled
from nms.model import (
    Component,
    Device,
    Endpoint,
    Message,
    Number,
    Outcome,
    Parameter,
    Reading,
    Severity,
    StateReading,
    Witness,
)
from nms.text import clean
from nms.transports.errors import AccessDenied, LocalFault, TransportError, Unreachable
from nms.transports.sockets import Phases, named

TABLE = "check"


@dataclass(frozen=True, slots=True)
class Sign:
    """A discrete thing that a check saw; it becomes a `StateReading` of the check's component."""

    name: str
    value: int
    text: Message
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check that was answered found. `failure` empty: the service passes; else one sentence."""

    failure: str = ""
    values: Mapping[str, Number | None] = field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    round_trip: float | None = None


class Probe(Protocol):
    """Asks one endpoint, within `seconds`. Raises: TransportError."""

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding: ...


@dataclass(frozen=True, slots=True)
class CheckAsker:
    """An asker around a probe. `seconds` bounds a check whose endpoint says nothing else."""

    probe: Probe
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        limit = endpoint.options.get("timeout")
        seconds = float(limit) if isinstance(limit, int | float) else self.seconds
        began = time.perf_counter()
        try:
            finding = await self.probe(device, endpoint, at, seconds)
        except TransportError as error:
            return _failed(device, endpoint, at, time.perf_counter() - began, error)
        return _found(device, endpoint, at, time.perf_counter() - began, finding)


def component(endpoint: Endpoint) -> Component:
    """The check's identity in the history: the name of its endpoint in the inventory."""
    key = str(endpoint.options.get("label") or endpoint.transport)
    return Component("check", key, f"{key} ({target(endpoint)})")


def target(endpoint: Endpoint) -> str:
    """Where a check goes, for people."""
    where = named(endpoint.address, endpoint.port) if endpoint.port else endpoint.address
    return clean(where, limit=200)


def slowness(endpoint: Endpoint, seconds: float) -> tuple[Sign, ...]:
    """Degraded from `slow_after` on, where the endpoint says one."""
    limit = endpoint.options.get("slow_after")
    if not isinstance(limit, int | float) or limit <= 0:
        return ()
    if seconds < limit:
        return (Sign("speed", 0, spelled("normal")),)
    measured: dict[str, Parameter] = {"seconds": f"{seconds:.2f}", "limit": f"{limit:g}"}
    slow = Message("slow: {seconds} s, degraded from {limit} s on", measured)
    return (Sign("speed", 1, slow, Severity.WARNING),)


def timings(phases: Phases) -> dict[str, Number | None]:
    values = {
        "check_resolve_seconds": phases.resolve,
        "check_connect_seconds": phases.connect,
        "check_tls_seconds": phases.tls,
    }
    return {name: value for name, value in values.items() if value is not None}


def _failed(device: Device, endpoint: Endpoint, at: float, duration: float, error: TransportError) -> Answer:
    reason = str(error)
    if isinstance(error, LocalFault):
        witness = Witness(endpoint.transport, Outcome.FAILED, at, reason=reason)
        return Answer(witness, problems=(f"{component(endpoint).key}: {reason}",))
    outcome = Outcome.PARTIAL
    if isinstance(error, Unreachable):
        outcome = Outcome.SILENT
    elif isinstance(error, AccessDenied):
        outcome = Outcome.REFUSED
    return _answer(
        device, endpoint, at, duration, Witness(endpoint.transport, outcome, at, reason=reason), Finding(reason)
    )


def _found(device: Device, endpoint: Endpoint, at: float, duration: float, finding: Finding) -> Answer:
    outcome = Outcome.PARTIAL if finding.failure else Outcome.ANSWERED
    round_trip = duration if finding.round_trip is None else finding.round_trip
    witness = Witness(endpoint.transport, outcome, at, round_trip=round_trip, reason=finding.failure)
    return _answer(device, endpoint, at, duration, witness, finding)


def _answer(
    device: Device, endpoint: Endpoint, at: float, duration: float, witness: Witness, finding: Finding
) -> Answer:
    part = component(endpoint)
    columns = {"check_up": int(not finding.failure), "check_duration_seconds": duration, **finding.values}
    return Answer(
        witness,
        (Reading(device.id, TABLE, at, (part,), {name: [value] for name, value in columns.items()}),),
        tuple(StateReading(part, sign.name, sign.value, sign.text, sign.severity) for sign in finding.signs),
        finding.facts,
        problems=(f"{part.key}: {finding.failure}",) if finding.failure else (),
    )
