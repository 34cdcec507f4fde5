"""A UPS that is reached through the switch it feeds: a cut building still has one root, whoever was asked first."""

import random

import pytest

from nms.model import Device, DeviceId, Endpoint, Inventory, Outcome, Poll, Role, Witness
from nms.rules.judge import Judge

CORE, ROUTER, SWITCH, UPS, PRINTER = (DeviceId(name) for name in ("core", "rt", "sw", "ups", "prn"))


def device(name: DeviceId, role: Role, parent: DeviceId | None = None, feeder: DeviceId | None = None) -> Device:
    return Device(
        id=name,
        name=name,
        role=role,
        address="127.0.0.1",
        site="s",
        department="d",
        endpoints=(Endpoint("snmp", "127.0.0.1"),),
        parents=(parent,) if parent else (),
        powered_by=(feeder,) if feeder else (),
        interval=4.0,
    )


CITY = Inventory(
    "m",
    {},
    {},
    {
        one.id: one
        for one in (
            device(CORE, Role.ROUTER),
            device(ROUTER, Role.ROUTER, CORE, UPS),
            device(SWITCH, Role.SWITCH, ROUTER, UPS),
            device(UPS, Role.UPS, SWITCH),
            device(PRINTER, Role.PRINTER, SWITCH),
        )
    },
    {},
)


def poll(name: DeviceId, at: float, silent: bool) -> Poll:
    outcome = Outcome.SILENT if silent else Outcome.ANSWERED
    return Poll(name, at, 0.1, (Witness("snmp", outcome, at),))


@pytest.mark.parametrize("seed", range(40))
def test_a_cut_building_has_one_root_and_keeps_it(seed: int) -> None:
    judge, order = Judge(CITY), random.Random(seed)
    due = {name: 1e9 + order.random() * 4 for name in CITY.devices}
    said: dict[str, list[tuple[object, ...]]] = {}
    for second in range(1, 60):
        now = 1e9 + second
        batch = []
        for name in CITY.devices:
            while due[name] <= now:
                batch.append(poll(name, due[name], silent=second > 20 and name != CORE))
                due[name] += 4
        for verdict in judge.judge(batch, now).verdicts if batch else ():
            if verdict.severity is not None:
                state = (verdict.key, verdict.because_of)
                if said.setdefault(verdict.key, [])[-1:] != [state]:
                    said[verdict.key].append(state)
    assert said == {
        f"device-down/{name}": [(f"device-down/{name}", None if name == ROUTER else f"device-down/{ROUTER}")]
        for name in (ROUTER, SWITCH, UPS, PRINTER)
    }
