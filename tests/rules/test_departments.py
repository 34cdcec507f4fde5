"""What takes a department down, what degrades it, and what does neither."""

import pytest

from nms.model import Department, Device, DeviceId, Endpoint, Inventory, Link, Role, Site, State
from nms.rules.departments import department_states, needs

ENDPOINT = (Endpoint("snmp", "127.0.0.1"),)


def inventory(*devices: tuple[str, Role]) -> Inventory:
    made = {
        DeviceId(name): Device(DeviceId(name), name, role, "127.0.0.1", "s", "d", ENDPOINT) for name, role in devices
    }
    return Inventory("m", {"d": Department("d", "D", "D", 10)}, {"s": Site("s", "S")}, made, {})


CITY = inventory(("rt-1", Role.ROUTER), ("rt-2", Role.ROUTER), ("sw", Role.SWITCH), ("prn", Role.PRINTER))


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("up", "up", "up", "up"), State.UP),
        (("up", "up", "up", "down"), State.UP),
        (("up", "down", "up", "up"), State.DEGRADED),
        (("up", "up", "down", "up"), State.DEGRADED),
        (("up", "unknown", "up", "up"), State.UP),
        (("down", "down", "unknown", "unknown"), State.DOWN),
        (("down", "unknown", "up", "up"), State.UNKNOWN),
        (("maintenance", "down", "unknown", "up"), State.MAINTENANCE),
        (("degraded", "down", "up", "up"), State.DEGRADED),
    ],
)
def test_a_department_is_up_while_one_of_its_paths_is(states: tuple[str, ...], expected: State) -> None:
    devices = dict(zip(CITY.devices, (State(state) for state in states), strict=True))
    assert department_states(needs(CITY), devices) == {"d": expected}


def test_a_department_nobody_has_asked_about_yet_is_unknown() -> None:
    assert department_states(needs(CITY), {}) == {"d": State.UNKNOWN}


def test_a_department_with_printers_only_is_not_judged() -> None:
    assert needs(inventory(("prn", Role.PRINTER))) == {}


def test_equipment_that_is_not_polled_does_not_count() -> None:
    idle = Device(DeviceId("sw"), "sw", Role.SWITCH, "127.0.0.1", "s", "d")
    assert needs(Inventory("m", {}, {}, {idle.id: idle}, {})) == {}


def test_a_department_whose_only_link_is_down_is_down_although_its_router_cannot_be_asked() -> None:
    core, router = DeviceId("core"), DeviceId("rt")
    devices = {
        core: Device(core, "core", Role.ROUTER, "127.0.0.1", "dc", "it", ENDPOINT),
        router: Device(router, "rt", Role.ROUTER, "127.0.0.2", "s", "d", ENDPOINT, parents=(core,)),
    }
    link = Link("wan", "WAN", router, "wan0", core, "ge0")
    wanted = needs(Inventory("m", {}, {}, devices, {"wan": link}))
    states = {core: State.UP, router: State.UNKNOWN}
    assert department_states(wanted, states, {"wan": State.DOWN})["d"] is State.DOWN
    assert department_states(wanted, states, {"wan": State.UNKNOWN})["d"] is State.UNKNOWN
    assert department_states(wanted, states)["d"] is State.UNKNOWN
