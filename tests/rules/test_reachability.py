"""Scenarios: who is down, who is only unreachable, and why."""

from __future__ import annotations

import dataclasses

from nms.messages import spelled
from nms.model import (
    Component,
    DeviceId,
    Neighbour,
    Outcome,
    Poll,
    Reading,
    Role,
    Severity,
    State,
    StateReading,
    Witness,
)
from nms.rules.judge import Judge
from nms.rules.policies import Policies, ReachabilityPolicy
from tests.rules.fleet import START, Fleet, device, inventory, link

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING
UP, DOWN, DEGRADED, UNKNOWN = State.UP, State.DOWN, State.DEGRADED, State.UNKNOWN


def building() -> Fleet:
    """core -> rt -> sw -> six things, with another building beside it that stays well."""
    things = [device(f"pc-{n}", "sw", role=Role.COMPUTER) for n in range(6)]
    return Fleet.of([device("core"), device("rt", "core"), device("sw", "rt"), *things, device("other", "core")])


def test_a_fleet_that_answers_says_nothing():
    fleet = building().rounds(3)
    assert fleet.open == {}
    assert [v for v in fleet.history if not v.unknown] == []
    assert set(fleet.device_states.values()) == {UP}


def test_a_dead_router_silences_its_building_with_one_root():
    fleet = building().rounds(2)
    fleet.silent = {"rt", "sw", *(f"pc-{n}" for n in range(6))}
    fleet.rounds(3)
    assert fleet.roots == ["device-down/rt"]
    assert fleet.causes == {f"device-down/{name}": None if name == "rt" else "device-down/rt" for name in fleet.silent}
    assert fleet.device_states["rt"] is DOWN
    assert {fleet.device_states[name] for name in fleet.silent - {"rt"}} == {UNKNOWN}
    assert (fleet.device_states["other"], fleet.device_states["core"]) == (UP, UP)
    fleet.silent = set()
    fleet.round()
    assert fleet.open == {}
    assert set(fleet.device_states.values()) == {UP}


def test_one_lost_poll_is_not_said():
    fleet = building().rounds(2)
    fleet.silent = {"pc-1"}
    fleet.round()
    assert fleet.device_states["pc-1"] is UP
    assert [v.unknown for v in fleet.history if v.key == "device-down/pc-1"] == [True]
    fleet.silent = set()
    fleet.round()
    assert fleet.open == {}


def test_a_child_polled_before_its_parent_never_accuses_itself():
    fleet = building().rounds(2)
    children_first = (*(f"pc-{n}" for n in range(6)), "sw", "rt", "other", "core")
    fleet.silent = {"rt", "sw", *(f"pc-{n}" for n in range(6))}
    fleet.rounds(4, *children_first)
    accused = {v.key for v in fleet.history if v.severity is not None and v.because_of is None}
    assert accused == {"device-down/rt"}
    assert len(fleet.open) == 8


def test_a_child_waits_until_its_slower_parent_was_asked_but_not_for_ever():
    fleet = Fleet.of([device("core"), device("rt", "core"), device("sw", "rt")]).rounds(1)
    fleet.silent = {"sw"}
    fleet.rounds(4, "core", "sw")
    assert "device-down/sw" not in fleet.open
    fleet.rounds(1, "core", "sw")
    assert fleet.roots == ["device-down/sw", "polling-stalled/monitor"]
    asked = Fleet.of([device("core"), device("rt", "core"), device("sw", "rt")]).rounds(1)
    asked.silent = {"sw"}
    asked.rounds(2, "core", "rt", "sw")
    assert asked.roots == ["device-down/sw"]


def test_half_lost_redundancy_is_degraded_and_names_the_lost_path():
    fleet = Fleet.of([device("core"), device("a", "core"), device("b", "core"), device("sw", "a", "b")]).rounds(2)
    fleet.silent = {"a"}
    fleet.rounds(3)
    assert fleet.causes == {"device-down/a": None, "redundancy-lost/sw": "device-down/a"}
    assert fleet.open["redundancy-lost/sw"] is WARNING
    assert fleet.device_states["sw"] is DEGRADED
    fleet.silent = {"a", "b", "sw"}
    fleet.rounds(3)
    assert fleet.roots == ["device-down/a", "device-down/b"]
    assert fleet.said["device-down/sw"].because_of == "device-down/a"
    assert fleet.device_states["sw"] is UNKNOWN
    fleet.silent = set()
    fleet.rounds(2)
    assert fleet.open == {}


def on_battery(name: str, text: str) -> tuple[StateReading, ...]:
    severity = CRITICAL if text == "battery" else None
    return (StateReading(Component("ups", name), "upsOutputSource", 5, spelled(text), severity),)


def sites(count: int) -> Fleet:
    """Sites whose UPS is reached through the very switch that it feeds."""
    devices = [device("core"), device("core-b")]
    for n in range(count):
        devices.append(device(f"ups-{n:02}", f"sw-{n:02}", role=Role.UPS))
        devices.append(device(f"sw-{n:02}", "core", fed_by=[f"ups-{n:02}"]))
        devices += [device(f"pr-{n:02}-{k}", f"sw-{n:02}", fed_by=[f"ups-{n:02}"]) for k in range(3)]
    return Fleet.of(devices)


def test_a_power_cut_of_all_sites_is_one_root_a_site_and_all_come_back():
    fleet = sites(39).rounds(2)
    names = set(fleet.judge.inventory.devices) - {"core", "core-b"}
    for n in range(39):
        fleet.states[f"ups-{n:02}"] = on_battery("", "battery")
    fleet.round()
    assert len(fleet.open) == 39
    fleet.silent = names
    fleet.rounds(3)
    down = {key: why for key, why in fleet.causes.items() if key.startswith("device-down/")}
    assert len(down) == 39 * 5
    announced = [f"state/ups-{n:02}/ups:/upsOutputSource" for n in range(39)]
    assert (sorted(set(down.values())), fleet.roots) == (announced, announced)
    assert fleet.causes == {**down, **dict.fromkeys(announced)}
    assert all(why and why.split("/")[1].removeprefix("ups-") in key for key, why in down.items())
    assert {fleet.device_states[name] for name in names} == {DOWN}
    fleet.silent = set()
    for n in range(39):
        fleet.states[f"ups-{n:02}"] = on_battery("", "normal")
    fleet.round()
    assert fleet.open == {}
    assert {fleet.device_states[name] for name in names} == {UP}


def test_a_ups_that_says_its_output_is_off_explains_what_it_feeds():
    fleet = Fleet.of(
        [device("core"), device("ups", "core", role=Role.UPS), device("sw", "core", fed_by=["ups"])]
    ).rounds(2)
    fleet.states["ups"] = (StateReading(Component("ups", ""), "upsBasicOutputStatus", 7, spelled("off"), CRITICAL),)
    fleet.silent = {"sw"}
    fleet.rounds(3)
    assert fleet.causes == {
        "device-down/sw": "state/ups/ups:/upsBasicOutputStatus",
        "state/ups/ups:/upsBasicOutputStatus": None,
    }
    assert fleet.device_states["sw"] is DOWN


def test_a_switch_with_a_second_feeder_goes_on_without_the_first():
    fleet = Fleet.of(
        [device("core"), device("u1", "core"), device("u2", "core"), device("sw", "core", fed_by=["u1", "u2"])]
    ).rounds(2)
    fleet.silent = {"u1"}
    fleet.rounds(3)
    assert fleet.causes == {"device-down/u1": None, "redundancy-lost/sw": "device-down/u1"}


def two_uplinks() -> Fleet:
    return Fleet.of(
        [device("isp-a"), device("isp-b"), device("x", "isp-a"), device("y", "isp-b"), device("z", "y")]
    ).rounds(2)


def test_the_loss_of_the_monitors_own_uplink_accuses_nobody():
    fleet = two_uplinks()
    fleet.silent = set(fleet.judge.inventory.devices)
    fleet.rounds(3, "z", "x", "isp-a", "y", "isp-b")
    assert fleet.roots == ["uplink-down/monitor"]
    assert {fleet.causes[f"device-down/{name}"] for name in fleet.silent} == {"uplink-down/monitor"}
    assert set(fleet.device_states.values()) == {UNKNOWN}
    assert DOWN not in fleet.device_states.values()
    fleet.silent = set()
    fleet.rounds(1)
    assert fleet.open == {}


def test_one_target_that_answers_shows_that_the_uplink_works():
    fleet = two_uplinks()
    fleet.silent = {"isp-a", "x"}
    fleet.rounds(3)
    assert fleet.causes == {"device-down/isp-a": None, "device-down/x": "device-down/isp-a"}


def test_devices_that_nobody_polls_are_unknown_and_never_down():
    fleet = building().rounds(2)
    for _ in range(4):
        fleet.round("core")
    assert {state for name, state in fleet.device_states.items() if name != "core"} == {UNKNOWN}
    assert fleet.device_states["core"] is UP
    assert fleet.open == {"polling-stalled/monitor": CRITICAL}
    assert fleet.said["polling-stalled/monitor"].value == 9
    fleet.round()
    assert fleet.open == {}
    assert set(fleet.device_states.values()) == {UP}


def test_an_open_alert_of_a_device_that_is_no_longer_polled_neither_grows_nor_resolves():
    fleet = building().rounds(2)
    fleet.silent = {"pc-1"}
    fleet.rounds(2)
    assert fleet.roots == ["device-down/pc-1"]
    before = len(fleet.history)
    for _ in range(5):
        fleet.round("core")
    later = [v for v in fleet.history[before:] if v.key == "device-down/pc-1"]
    assert later
    assert all(v.unknown for v in later)
    assert fleet.judge.ledger.holds("device-down/pc-1")


def test_a_clock_set_back_or_forward_accuses_nobody_and_hides_nobody():
    for step in (-7200.0, 7200.0, 86_400.0 * 400):
        fleet = building().rounds(2)
        fleet.now += step
        fleet.take(fleet.judge.tick(fleet.now))
        fleet.rounds(2)
        assert fleet.open == {}, step
        assert set(fleet.device_states.values()) == {UP}
        fleet.silent = {"sw", *(f"pc-{n}" for n in range(6))}
        fleet.round()
        fleet.now -= step
        fleet.rounds(2)
        assert fleet.roots == ["device-down/sw"], step
        fleet.silent = set()
        fleet.now += step
        fleet.rounds(1)
        assert fleet.open == {}, step


def test_an_agent_that_comes_back_a_poll_after_its_device_is_nobodys_alert():
    """What it missed while the device was away is no silence of the agent."""
    fleet = building().rounds(2)
    fleet.silent = {"sw", "rt", *(f"pc-{n}" for n in range(6))}
    fleet.rounds(4)
    fleet.silent, fleet.mute = set(), {"rt": Outcome.SILENT, "sw": Outcome.SILENT}
    before = len(fleet.history)
    fleet.round()
    assert fleet.open == {}
    fleet.mute = {}
    fleet.round()
    assert not [one.key for one in fleet.history[before:] if one.key.startswith("agent-silent") and one.severity]


def test_a_device_that_answers_echoes_but_not_its_agent_is_degraded():
    fleet = building().rounds(2)
    fleet.mute = {"sw": Outcome.SILENT, "rt": Outcome.REFUSED}
    fleet.rounds(2)
    assert fleet.open == {"agent-silent/rt/snmp": WARNING, "agent-silent/sw/snmp": WARNING}
    assert fleet.device_states["sw"] is DEGRADED
    assert "refuses" in fleet.said["agent-silent/rt/snmp"].summary.template
    fleet.mute = {}
    fleet.round()
    assert fleet.open == {}


def test_a_failure_of_our_own_says_nothing_of_the_device():
    fleet = building().rounds(2)
    broken = Poll(DeviceId("sw"), fleet.now, 0.0, (Witness("icmp", Outcome.FAILED, fleet.now, reason="no socket"),))
    for _ in range(3):
        fleet.take(fleet.judge.judge([broken], fleet.now))
    assert fleet.open == {}
    assert fleet.device_states["sw"] is UNKNOWN


def test_a_device_that_its_neighbour_still_sees_has_only_lost_its_management():
    fleet = building()
    fleet.neighbours["rt"] = (Neighbour("lldp", "Gi0/1", "SW.city.example", "Gi0/24"),)
    fleet.rounds(2)
    fleet.silent = {"sw"}
    fleet.rounds(3)
    assert fleet.open["device-down/sw"] is CRITICAL
    fleet.rounds(3)
    assert fleet.open["device-down/sw"] is WARNING
    assert fleet.device_states["sw"] is DEGRADED
    assert "sees it on" in fleet.said["device-down/sw"].evidence[-1].template
    fleet.neighbours["rt"] = (Neighbour("lldp", "Gi0/2", "somebody else", "Gi0/24"),)
    fleet.rounds(1)
    assert fleet.open["device-down/sw"] is CRITICAL
    assert fleet.device_states["sw"] is DOWN


def test_a_device_that_comes_and_goes_is_held_as_one_alert():
    fleet = building().rounds(2)
    for _ in range(6):
        fleet.silent = {"pc-1"}
        fleet.rounds(2)
        fleet.silent = set()
        fleet.round()
    held = fleet.said["device-down/pc-1"]
    assert (held.severity, held.flapping) == (CRITICAL, True), "the worst severity that it had"
    assert held.summary.params["falls"] == 6
    changes = [v.severity for v in fleet.history if v.key == "device-down/pc-1" and not v.unknown]
    fleet.rounds(60)
    assert fleet.open == {}
    assert changes.count(None) == 5


def test_after_a_restart_the_judge_goes_on_from_the_open_alerts():
    devices = [device("core"), device("rt", "core"), device("sw", "rt"), device("gone", "core")]
    opened = {
        "device-down/sw": (DeviceId("sw"), CRITICAL),
        "device-down/rt": (DeviceId("rt"), CRITICAL),
        "device-down/ex": (DeviceId("ex"), CRITICAL),
    }
    fleet = Fleet(Judge(inventory(devices), open_alerts=opened))
    fleet.silent = {"sw"}
    fleet.round()
    assert {v.key: v.unknown for v in fleet.history if v.key in opened} == {
        "device-down/sw": True,
        "device-down/rt": False,
    }
    assert not fleet.judge.ledger.holds("device-down/rt")
    fleet.round()
    assert fleet.roots == ["device-down/sw"]
    fleet.rounds(70)
    assert fleet.said["device-down/ex"].severity is None
    assert fleet.judge.ledger.holds("device-down/sw")


def test_recovery_is_confirmed_as_often_as_the_policy_says():
    policies = Policies(reachability=ReachabilityPolicy(recovery=3))
    fleet = Fleet.of([device("core"), device("sw", "core")], policies=policies).rounds(2)
    fleet.silent = {"sw"}
    fleet.rounds(2)
    fleet.silent = set()
    fleet.rounds(2)
    assert fleet.open == {"device-down/sw": CRITICAL}
    assert fleet.device_states["sw"] is DOWN
    fleet.round()
    assert fleet.open == {}


def test_a_device_that_leaves_the_inventory_takes_its_alerts_along():
    fleet = building().rounds(2)
    fleet.silent = {"pc-1"}
    fleet.rounds(2)
    city = fleet.judge.inventory
    left = dataclasses.replace(city, devices={k: v for k, v in city.devices.items() if k != "pc-1"})
    fleet.judge.reload(left)
    fleet.rounds(65)
    assert fleet.open == {}
    assert fleet.said["device-down/pc-1"].summary.template == "Nothing watches {key} any more"


def test_alerts_from_before_a_start_end_when_no_rule_claims_them_unless_another_part_keeps_them():
    city = Fleet.of([device("core")])
    known = {key: (DeviceId("core"), Severity.CRITICAL) for key in ("threshold/core/gone", "syslog/core/1/fan")}
    fleet = dataclasses.replace(city, judge=Judge(city.judge.inventory, open_alerts=known))
    fleet.judge.ledger.leave(["syslog/core/1/fan", "syslog/core/2/never heard of"])
    fleet.rounds(65)
    assert "syslog/core/1/fan" not in fleet.said
    assert fleet.said["threshold/core/gone"].severity is None


def test_devices_that_depend_on_each_other_in_a_circle_still_get_a_verdict():
    fleet = Fleet.of([device("a", "b"), device("b", "a")]).rounds(1)
    fleet.silent = {"a", "b"}
    fleet.rounds(8)
    assert set(fleet.open) == {"device-down/a", "device-down/b"}
    assert len(fleet.roots) >= 1


def test_every_verdict_says_on_what_evidence_it_stands():
    fleet = building().rounds(1)
    fleet.silent = {"rt", "sw", *(f"pc-{n}" for n in range(6))}
    fleet.rounds(3)
    for verdict in fleet.history:
        if verdict.severity is not None:
            assert verdict.evidence, verdict.key
            assert all("{" not in value for message in verdict.evidence for value in map(str, message.params.values()))
    waiting = [v for v in fleet.history if v.unknown]
    assert waiting[0].evidence[-1].params == {"polls": 1, "needed": 2}
    assert fleet.now > START


def test_an_application_that_answers_and_does_not_serve_is_down():
    def check(at: float, *results: int) -> Poll:
        parts = tuple(Component("check", f"page-{n}") for n in range(len(results)))
        reading = Reading(DeviceId("web"), "http", at, parts, {"check_up": list(results)})
        return Poll(DeviceId("web"), at, 0.1, (Witness("http", Outcome.ANSWERED, at),), (reading,))

    fleet = Fleet.of([device("web", role=Role.APPLICATION)])
    seen = []
    for results in ((1, 1), (0, 1), (0, 1), (0, 0), (1, 1)):
        fleet.take(fleet.judge.judge([check(fleet.now, *results)], fleet.now))
        fleet.now += 60
        seen.append((fleet.open.get("service-down/web"), fleet.device_states["web"]))
    assert seen == [(None, UP), (None, UP), (WARNING, DEGRADED), (CRITICAL, DOWN), (None, UP)]


def test_a_cut_wan_link_is_the_root_of_the_building_behind_it():
    devices = [device("core"), device("core-b"), device("rt", "core"), device("sw", "rt")]
    fleet = Fleet.of(devices, [link("wan-1", "core Gi0/1", "rt Gi0/0")]).rounds(2)
    fleet.ports["core", "Gi0/1"] = 2
    fleet.silent = {"rt", "sw"}
    fleet.rounds(3)
    assert fleet.causes == {
        "device-down/rt": "link-down/wan-1",
        "device-down/sw": "link-down/wan-1",
        "link-down/wan-1": None,
    }
    assert fleet.link_states["wan-1"] is DOWN
    assert (fleet.device_states["rt"], fleet.device_states["sw"]) == (UNKNOWN, UNKNOWN)
    fleet.ports["core", "Gi0/1"] = 1
    fleet.silent = set()
    fleet.rounds(1)
    assert fleet.open == {}


def targeted(quorum: int = 1) -> Fleet:
    """A building without any levels, and two targets outside of which only the settings know."""
    reach = ReachabilityPolicy(uplink_targets=(DeviceId("uplink:a"), DeviceId("uplink:b")), uplink_quorum=quorum)
    fleet = Fleet.of([device("core"), device("sw", "core"), device("pc", "sw")], policies=Policies(reachability=reach))
    return fleet.rounds(2, *ORDER)


ORDER = ("pc", "sw", "core", "uplink:a", "uplink:b")


def test_with_all_targets_silent_nobody_is_down_and_one_alert_is_about_the_monitor():
    fleet = targeted()
    fleet.silent = {"core", "sw", "pc", "uplink:a", "uplink:b"}
    fleet.rounds(3, *ORDER)
    assert fleet.roots == ["uplink-down/monitor"]
    assert {key for key, cause in fleet.causes.items() if cause} == {f"device-down/{n}" for n in ("core", "sw", "pc")}
    assert set(fleet.causes.values()) == {None, "uplink-down/monitor"}
    assert set(fleet.device_states.values()) == {UNKNOWN}
    assert fleet.said["uplink-down/monitor"].evidence[0].params == {"heard": 0, "count": 2, "needed": 1}
    assert "uplink:a" not in fleet.device_states, "a target that only the settings know is no device of the city"
    fleet.silent = set()
    fleet.rounds(2, *ORDER)
    assert fleet.open == {}
    assert set(fleet.device_states.values()) == {UP}


def test_as_many_targets_must_answer_as_the_quorum_says():
    one = {"core", "sw", "pc", "uplink:a"}
    fleet = targeted(quorum=1)
    fleet.silent = one
    fleet.rounds(3, *ORDER)
    assert fleet.roots == ["device-down/core"]
    fleet = targeted(quorum=2)
    fleet.silent = one
    fleet.rounds(3, *ORDER)
    assert fleet.roots == ["uplink-down/monitor"]


def test_a_device_beside_a_working_uplink_is_asked_with_its_parents_feeders_and_the_targets():
    judge = targeted().judge
    assert set(judge.beside(DeviceId("sw"))) == {"core", "uplink:a", "uplink:b"}
    fed = Fleet.of([device("core"), device("sw", "core", fed_by=["ups"]), device("ups", "sw")]).judge
    assert set(fed.beside(DeviceId("sw"))) == {"core", "ups"}


def lossy_poll(at: float, loss: float) -> Poll:
    outcome = Outcome.SILENT if loss == 1 else Outcome.ANSWERED
    return Poll(
        DeviceId("rt"), at, 0.1, (Witness("icmp", outcome, at, loss=loss), Witness("snmp", Outcome.ANSWERED, at))
    )


def losing(judge: Judge, *shares: float, at: float = START) -> list[tuple[State, bool]]:
    """After each poll: the state, and whether the alert of lost echoes is open."""
    found = []
    for number, share in enumerate(shares):
        now = at + 60 * number
        judgement = judge.judge([lossy_poll(now, share)], now)
        found.append((judgement.device_states[DeviceId("rt")], judge.ledger.holds("packet-loss/rt")))
    return found


def test_echoes_lost_over_the_last_polls_make_a_device_degraded_until_they_are_half_of_it():
    policy = Policies(reachability=ReachabilityPolicy(loss_warning=0.2))
    judge = Judge(inventory([device("rt")]), policy)
    assert losing(judge, 0, 0, 0, 0, 0, 1 / 3) == [(UP, False)] * 6, "one lost echo is nothing"
    assert losing(judge, 1 / 3, 1 / 3, at=START + 600)[-1] == (DEGRADED, True), "three of fifteen are"
    assert losing(judge, 0, 0, 0, at=START + 1200)[-1] == (DEGRADED, True), "two of fifteen are still above half"
    assert losing(judge, 0, 0, at=START + 1800)[-1] == (UP, False)
    strict = Judge(inventory([device("rt")]), Policies(reachability=ReachabilityPolicy(loss_warning=0.5)))
    assert losing(strict, *[1 / 3] * 8) == [(UP, False)] * 8, "the setting decides"


def test_an_outage_is_not_told_a_second_time_as_lost_echoes():
    judge = Judge(inventory([device("rt")]), Policies())
    losing(judge, 0, 2 / 3)
    for number in range(3):
        at = START + 300 + 60 * number
        silent = (Witness("icmp", Outcome.SILENT, at, loss=1.0), Witness("snmp", Outcome.SILENT, at))
        judge.judge([Poll(DeviceId("rt"), at, 0.1, silent)], at)
    assert losing(judge, 1 / 3, at=START + 900)[-1] == (UP, False)
