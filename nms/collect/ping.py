"""ICMP echo as an asker: a witness of reachability, and two series (round trip and loss)."""

from __future__ import annotations

from dataclasses import dataclass

from nms.collect.answer import Answer, failed
from nms.model import DEVICE_ITSELF, Device, Endpoint, Outcome, Reading, Witness
from nms.transports.errors import TransportError
from nms.transports.icmp import Echo, IcmpClient

TRANSPORT = "icmp"


@dataclass(frozen=True, slots=True)
class PingAsker:
    """Pings an endpoint's address. `timeout` is seconds per echo."""

    client: IcmpClient
    count: int = 3
    timeout: float = 1.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            echo = await self.client.ping(endpoint.address, count=self.count, timeout=self.timeout)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        witness = witness_of(echo, at)
        reading = Reading(
            device.id,
            TRANSPORT,
            at,
            (DEVICE_ITSELF,),
            {"icmp_round_trip_seconds": [echo.round_trip], "icmp_loss_ratio": [echo.loss]},
        )
        return Answer(witness, (reading,))


def witness_of(echo: Echo, at: float) -> Witness:
    if echo.received:
        return Witness(TRANSPORT, Outcome.ANSWERED, at, round_trip=echo.round_trip, loss=echo.loss)
    reason = echo.reason or f"none of {echo.sent} echoes to {echo.address} was answered"
    return Witness(TRANSPORT, Outcome.SILENT, at, loss=1.0, reason=reason)
