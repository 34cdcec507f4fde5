"""Whole scenarios on a fake clock, each with its exact alerts, incidents, messages and availability."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nms.config import Config
from nms.model import Device, DeviceId, Endpoint, Link, Role, State
from nms.rules.configured import policies as configured
from nms.rules.policies import Policies
from nms.store.records import Records
from tests.scenarios.town import CHIEF, START, Town, most_in

SETTLED = 120
"""Seconds after which everything was polled once and is known."""


def device(name: str, *parents: str, role: Role = Role.SWITCH, fed_by: str = "", department: str = "obras") -> Device:
    return Device(
        DeviceId(name), name, role, "192.0.2.1", "sitio", department,
        endpoints=(Endpoint("snmp", "192.0.2.1"),),
        parents=tuple(map(DeviceId, parents)),
        powered_by=(DeviceId(fed_by),) if fed_by else (),
    )  # fmt: skip


def building(count: int = 5) -> list[Device]:
    """core -> rt -> sw -> computers; the core belongs to another department."""
    things = [device(f"pc-{number}", "sw", role=Role.COMPUTER) for number in range(count)]
    core = [device("core", department="sistemas"), device("core-b", department="sistemas")]
    return [*core, device("rt", "core", role=Role.ROUTER), device("sw", "rt"), *things]


WAN = Link("wan-obras", "Enlace Obras", DeviceId("core"), "Gi0/1", DeviceId("rt"), "Gi0/0")


def test_a_cut_wan_link_is_one_alert_one_incident_one_message_and_its_own_time(records: Records) -> None:
    town = Town(records, building(), [WAN]).run(SETTLED)
    assert (town.open, town.told) == ({}, [])
    town.ports["core", "Gi0/1"] = 2
    town.silent = {"rt", "sw", *(f"pc-{n}" for n in range(5))}
    town.run(600)
    assert town.firing == ["link-down/wan-obras"]
    assert town.incidents == {"link-down/wan-obras": 7}
    assert set(town.open) == {"link-down/wan-obras", *(f"device-down/{name}" for name in town.silent)}
    assert town.subjects == ["CRITICAL: Enlace Obras is down"]
    town.ports["core", "Gi0/1"] = 1
    town.silent = set()
    town.run(600)
    assert (town.open, town.incidents) == ({}, {})
    assert town.subjects[1:] == ["RESOLVED: Enlace Obras is down"]
    link = town.served("link/wan-obras", SETTLED, town.now - START)
    assert link.down_seconds == pytest.approx(600, abs=60), "one poll at each end is all that may be missing"
    department = town.served("department/obras", SETTLED, town.now - START)
    assert department.failures == 1
    assert department.down_seconds == pytest.approx(600, abs=75)
    for name in ("rt", "sw", *(f"pc-{n}" for n in range(5))):
        served = town.served(f"device/{name}", SETTLED, town.now - START)
        assert served.down_seconds == 0, f"{name} was unreachable, which is not down"


def test_the_root_is_known_in_seconds_not_in_minutes_whoever_was_polled_first(records: Records) -> None:
    town = Town(records, building(40)).run(SETTLED)
    town.silent = {"rt", "sw", *(f"pc-{n}" for n in range(40))}
    seconds = 0
    while "device-down/rt" not in town.firing:
        town.run(2)
        seconds += 2
        assert town.firing in ([], ["device-down/rt"]), "no child accuses itself meanwhile"
    assert seconds <= 40
    town.run(300)
    assert town.firing == ["device-down/rt"]
    assert town.incidents == {"device-down/rt": 41}


def targeted() -> Policies:
    targets = (DeviceId("uplink:203.0.113.1"), DeviceId("uplink:203.0.113.2"))
    return configured(Config(), targets)


def probe(name: str) -> Device:
    endpoint = Endpoint("icmp", name)
    return Device(DeviceId(f"uplink:{name}"), name, Role.OTHER, name, "", "", endpoints=(endpoint,), interval=30)


def test_losing_its_own_uplink_the_monitor_accuses_itself_alone_and_knows_nothing(records: Records) -> None:
    probes = [probe("203.0.113.1"), probe("203.0.113.2")]
    town = Town(records, building(), [WAN], targeted(), probes).run(SETTLED)
    assert not any(name.startswith("uplink:") for name in town.pipeline.live.devices)
    everything = {*town.inventory.devices, *(one.id for one in probes)}
    town.silent = set(everything)
    town.run(900)
    assert town.firing == ["uplink-down/monitor"]
    assert list(town.incidents) == ["uplink-down/monitor"]
    assert town.subjects == ["CRITICAL: The monitor has lost its own uplink"]
    town.silent = set()
    town.run(600)
    assert (town.open, town.incidents) == ({}, {})
    for name in town.inventory.devices:
        served = town.served(f"device/{name}", SETTLED, town.now - START)
        assert served.down_seconds == 0, name
        assert served.unknown_seconds == pytest.approx(900, abs=90)
        assert served.coverage == pytest.approx(1 - 900 / 1500, abs=0.06)
    assert town.served("link/wan-obras", SETTLED, town.now - START).down_seconds == 0


def test_a_dead_network_with_a_working_uplink_is_the_networks_fault(records: Records) -> None:
    probes = [probe("203.0.113.1"), probe("203.0.113.2")]
    town = Town(records, building(), policies=targeted(), probes=probes).run(SETTLED)
    town.silent = {*town.inventory.devices, "uplink:203.0.113.1"}
    town.run(600)
    assert town.firing == ["device-down/core", "device-down/core-b"]
    assert town.served("device/core", SETTLED, town.now - START).down_seconds > 500


def sites(count: int) -> list[Device]:
    """Sites of a UPS, a router, a switch and three computers, each a department; the UPS is reached through them."""
    city = [device("core", department="sistemas"), device("core-b", department="sistemas")]
    for number in range(count):
        name, own = f"{number:02}", {"department": f"d{number:02}"}
        city += [
            device(f"rt-{name}", "core", role=Role.ROUTER, fed_by=f"ups-{name}", **own),
            device(f"sw-{name}", f"rt-{name}", fed_by=f"ups-{name}", **own),
            device(f"ups-{name}", f"sw-{name}", role=Role.UPS, **own),
            *(device(f"pc-{name}-{k}", f"sw-{name}", role=Role.COMPUTER, **own) for k in range(3)),
        ]
    return city


def test_all_39_sites_without_power_and_back_are_five_messages_in_ten_minutes_at_most(records: Records) -> None:
    town = Town(records, sites(39)).run(SETTLED)
    names = [f"{number:02}" for number in range(39)]
    town.on_battery = {f"ups-{name}" for name in names}
    town.run(120)
    assert town.firing == sorted(f"state/ups-{name}/ups:ups-{name}/upsOutputSource" for name in names)
    town.silent = {one.id for one in town.devices if not one.id.startswith("core")}
    town.run(600)
    assert town.firing == sorted(f"state/ups-{name}/ups:ups-{name}/upsOutputSource" for name in names), "still one each"
    assert town.states.present()["device/core"][0] is State.UP
    town.silent, town.on_battery = set(), set()
    town.run(1500)
    assert (town.open, town.incidents) == ({}, {})
    assert most_in(town.told)["ana"] <= 5
    assert town.told[0][0] - SETTLED <= 120, "the first message is not held back"
    assert town.subjects == [
        "4 open, 0 over: CRITICAL: ups-16: battery",
        "16 open, 0 over: CRITICAL: ups-26: battery",
        "19 open, 0 over: CRITICAL: ups-11: battery",
        "39 open, 0 over: WORSE · CRITICAL: ups-21 is without power after running on battery",
        "0 open, 2 over: RESOLVED: ups-22 is without power after running on battery",
        "0 open, 13 over: RESOLVED: ups-26 is without power after running on battery",
        "0 open, 24 over: RESOLVED: ups-05 is without power after running on battery",
    ], "each of 39 sites is one incident: told, told to be worse, and taken back, in seven messages"
    for name in ("00", "38"):
        served = town.served(f"department/d{name}", SETTLED, town.now - START)
        assert served.failures == 1
        assert served.down_seconds == pytest.approx(600, abs=90)


def test_a_power_cut_that_a_ups_announces_is_one_incident_one_ticket_and_three_messages(records: Records) -> None:
    town = Town(records, sites(1)).run(SETTLED)
    announced = "state/ups-00/ups:ups-00/upsOutputSource"
    town.on_battery = {"ups-00"}
    town.run(120)
    assert (town.firing, town.subjects) == ([announced], ["CRITICAL: ups-00: battery"])
    town.silent = {one.id for one in town.devices if not one.id.startswith("core")}
    town.run(300)
    assert (town.firing, town.incidents) == ([announced], {announced: 6})
    assert set(town.open) == {announced, *(f"device-down/{name}" for name in town.silent)}
    assert town.subjects[1:] == ["WORSE · CRITICAL: ups-00 is without power after running on battery"]
    town.start()
    town.run(600)
    assert (town.firing, town.incidents) == ([announced], {announced: 6}), "a restart meanwhile changes nothing"
    town.silent, town.on_battery = set(), set()
    town.run(600)
    assert (town.open, town.incidents) == ({}, {})
    assert town.subjects[2:] == ["RESOLVED: ups-00 is without power after running on battery"]
    assert town.tickets == ["ups-00 is without power after running on battery: resolved"]
    served = town.served("department/d00", SETTLED, town.now - START)
    assert (served.failures, served.down_seconds) == (1, pytest.approx(900, abs=90))


def test_a_power_cut_that_ends_before_the_battery_does_is_told_once_and_taken_back(records: Records) -> None:
    town = Town(records, sites(1)).run(SETTLED)
    town.on_battery = {"ups-00"}
    town.run(300)
    town.on_battery = set()
    town.run(300)
    assert town.subjects == ["CRITICAL: ups-00: battery", "RESOLVED: ups-00: battery"]
    assert town.served("department/d00", SETTLED, town.now - START).failures == 0


def test_a_link_that_flaps_is_one_alert_that_says_so_and_not_a_message_each_time(records: Records) -> None:
    town = Town(records, building(), [WAN]).run(SETTLED)
    for _ in range(12):
        town.ports["core", "Gi0/1"] = 2
        town.run(70)
        town.ports["core", "Gi0/1"] = 1
        town.run(70)
    assert town.open == {"link-down/wan-obras": "flapping"}
    assert list(town.incidents) == ["link-down/wan-obras"]
    assert town.subjects == ["CRITICAL: Enlace Obras is down"]
    link = town.served("link/wan-obras", SETTLED, town.now - START)
    assert (link.failures, link.unknown_seconds) == (12, 0)
    assert link.down_seconds == pytest.approx(12 * 70, abs=12 * 30), "each fall to half a poll"
    town.run(3600)
    assert (town.open, town.incidents) == ({}, {})
    (end,) = town.subjects[1:]
    assert end.startswith("RESOLVED: Enlace Obras flaps: ")


def test_while_nobody_polls_everything_is_unknown_and_one_alert_says_that_polling_has_stalled(records: Records) -> None:
    town = Town(records, building()).run(SETTLED)
    town.stalled = True
    town.run(900)
    assert town.firing == ["polling-stalled/monitor"]
    assert {state for state, _ in town.states.present().values()} == {State.UNKNOWN}
    assert town.subjects == ["CRITICAL: 9 of 9 devices are not being polled"]
    town.stalled = False
    town.run(300)
    assert (town.open, town.incidents) == ({}, {})
    (end,) = town.subjects[1:]
    assert end.startswith("RESOLVED: ")
    assert end.endswith("of 9 devices are not being polled")
    served = town.served("device/rt", SETTLED, town.now - START)
    assert (served.down_seconds, served.failures) == (0, 0)
    assert served.unknown_seconds == pytest.approx(900 - 215, abs=75), (
        "known until three intervals and a visit had passed"
    )


def test_slow_visits_of_an_overloaded_monitor_are_no_reason_to_say_that_nobody_polls(records: Records) -> None:
    """Polled every four seconds, as in the demo: a visit may last longer than three of them."""
    quick = [replace(one, interval=4.0) for one in building()]
    town = Town(records, quick).run(SETTLED)
    for _ in range(4):
        town.stalled = True
        town.run(40)
        town.stalled = False
        town.run(8)
    assert (town.open, town.told) == ({}, [])
    assert {state for state, _ in town.states.present().values()} == {State.UP}


def test_one_device_that_nobody_polls_is_one_message_too(records: Records) -> None:
    town = Town(records, building()).run(SETTLED)
    town.forgotten = {"pc-1"}
    town.run(600)
    assert town.firing == ["polling-stalled/monitor"]
    assert town.subjects == ["WARNING: 1 of 9 devices are not being polled"]
    assert {name for name, (state, _) in town.states.present().items() if state is State.UNKNOWN} == {"device/pc-1"}


def test_work_that_ends_while_the_thing_is_down_alerts_then_and_its_time_was_agreed(records: Records) -> None:
    town = Town(records, building(), [WAN]).run(SETTLED)
    begin, end = START + 300, START + 1500
    town.book.plan_maintenance(CHIEF, "Fibra", {"device": ["rt"]}, "oficio 7", begin, end - begin, town.now)
    town.run(begin - town.now + 60)
    town.silent = {"rt", "sw", *(f"pc-{n}" for n in range(5))}
    town.run(end - town.now - 4)
    assert (town.firing, town.incidents, town.told) == ([], {}, [])
    assert {town.states.present()[f"device/{name}"][0] for name in ("rt", "sw", "pc-1")} == {State.MAINTENANCE}
    assert town.states.present()["department/obras"][0] is State.MAINTENANCE
    town.run(60)
    assert town.firing == ["device-down/rt"]
    assert town.incidents == {"device-down/rt": 6}
    assert town.subjects == ["CRITICAL: rt does not answer"]
    town.run(540)
    town.silent = set()
    town.run(300)
    window = (SETTLED, town.now - START)
    rt = town.served("device/rt", *window)
    assert rt.agreed_seconds == pytest.approx(end - begin, abs=4)
    assert rt.service_seconds == pytest.approx(window[1] - window[0] - (end - begin), abs=4)
    assert rt.down_seconds == pytest.approx(600, abs=75), "from the end of the work to the answer"
    assert (rt.failures, rt.outages[0].start) == (1, pytest.approx(end, abs=4))
    assert town.served("department/obras", *window).failures == 1


def test_a_thing_that_serves_while_it_is_worked_on_takes_nothing_from_its_department(records: Records) -> None:
    town = Town(records, building()).run(SETTLED)
    town.book.plan_maintenance(CHIEF, "Limpieza", {"device": ["rt"]}, "", town.now, 600, town.now)
    town.run(600)
    assert town.states.present()["department/obras"][0] is State.UP
    assert town.served("device/rt", SETTLED, SETTLED + 600).agreed_seconds == pytest.approx(600, abs=4)
    town.run(60)
    assert town.served("department/obras", SETTLED, SETTLED + 660).up_seconds == pytest.approx(660, abs=4)


@pytest.mark.parametrize("step", [-7200, 7200, -30, 30])
def test_a_clock_that_is_set_accuses_nobody_and_hides_nobody(records: Records, step: int) -> None:
    town = Town(records, building()).run(SETTLED)
    town.now += step
    town.run(400)
    assert (town.open, town.told) == ({}, [])
    assert {state for state, _ in town.states.present().values()} == {State.UP}
    town.silent = {"pc-1"}
    town.run(200)
    assert town.firing == ["device-down/pc-1"]
    town.now -= step
    town.run(200)
    assert town.firing == ["device-down/pc-1"]
    assert town.incidents == {"device-down/pc-1": 0}
    assert town.subjects == ["CRITICAL: pc-1 does not answer"]
    town.silent = set()
    town.run(300)
    assert (town.open, town.incidents) == ({}, {})
    assert town.subjects[1:] == ["RESOLVED: pc-1 does not answer"], "no message waits for a clock that was set back"
