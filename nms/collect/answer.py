"""The seam between the poll runner and everything that can ask a device something.

An asker knows one transport. It never raises for the device's sake: what failed becomes a witness that says so, or a
line in `problems`, and whatever else was learned is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from nms.model import Device, Endpoint, Neighbour, Outcome, Reading, Sighting, StateReading, Witness
from nms.transports.errors import AccessDenied, TransportError, Unreachable

Target = TypeVar("Target")

Resolver = Callable[[Device, Endpoint], Target]
"""What a transport needs to know of an endpoint: address, credential, limits. Raises: TransportError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one endpoint of one device gave in one visit."""

    witness: Witness
    readings: tuple[Reading, ...] = ()
    states: tuple[StateReading, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    neighbours: tuple[Neighbour, ...] = ()
    problems: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()


class Asker(Protocol):
    """Asks one kind of endpoint. `at` is the monitor's clock at the start of the visit, in Unix seconds."""

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer: ...


def failed(transport: str, at: float, error: TransportError) -> Answer:
    """The answer that a transport error stands for."""
    if isinstance(error, Unreachable):
        outcome = Outcome.SILENT
    elif isinstance(error, AccessDenied):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.FAILED
    return Answer(Witness(transport, outcome, at, reason=str(error)), problems=(f"{transport}: {error}",))
