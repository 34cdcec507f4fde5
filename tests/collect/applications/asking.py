"""Short ways to ask a check and to read its answer."""

from __future__ import annotations

from typing import Any

from nms.collect.answer import Answer
from nms.collect.applications.check import CheckAsker, Probe
from nms.model import Device, DeviceId, Endpoint, Number, Role, StateReading

AT = 1_700_000_000.0
APP = Device(DeviceId("app"), "app", Role.APPLICATION, "127.0.0.1", "s", "d")


async def ask(
    probe: Probe, transport: str, port: int | None = None, seconds: float = 5.0, at: float = AT, **options: Any
) -> Answer:
    endpoint = Endpoint(transport, "127.0.0.1", port, options.pop("credential", None), options)
    return await CheckAsker(probe, seconds).ask(APP, endpoint, at)


def values(answer: Answer) -> dict[str, Number | None]:
    """The one row of the table “check”."""
    (reading,) = answer.readings
    assert reading.table == "check"
    assert len(reading.components) == 1
    return {name: column[0] for name, column in reading.columns.items()}


def state(answer: Answer, name: str) -> StateReading:
    return next(state for state in answer.states if state.name == name)


def no_login(device: Device, endpoint: Endpoint) -> tuple[str, str]:
    return "", ""
