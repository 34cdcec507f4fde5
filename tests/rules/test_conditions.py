"""States that devices report of their parts."""

from __future__ import annotations

from nms.messages import spelled, verbatim
from nms.model import Component, DeviceId, Severity, StateReading
from nms.rules.judge import Judge
from tests.rules.fleet import Fleet, device, inventory

FAN = Component("fan", "fan-1", "Fan 1")
KEY = "state/sw/fan:fan-1/fanState"
CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


def fan(text: str, severity: Severity | None, unknown: bool = False) -> tuple[StateReading, ...]:
    return (StateReading(FAN, "fanState", 3, spelled(text), severity, unknown),)


def fleet() -> Fleet:
    return Fleet.of([device("core"), device("sw", "core")])


def test_a_part_that_is_not_normal_speaks_until_it_is_again():
    city = fleet().rounds(1)
    city.states["sw"] = fan("failed", CRITICAL)
    city.round()
    assert city.open == {KEY: CRITICAL}
    assert city.said[KEY].summary.params == {"component": "sw · Fan 1", "name": "fanState", "state": spelled("failed")}
    city.states["sw"] = fan("slow", WARNING)
    city.round()
    assert city.open == {KEY: WARNING}
    city.states["sw"] = fan("normal", None)
    city.round()
    assert city.open == {}


def test_a_state_that_the_device_does_not_know_keeps_the_alert_as_it_is():
    city = fleet().rounds(1)
    city.states["sw"] = fan("failed", CRITICAL)
    city.round()
    city.states["sw"] = fan("unknown", None, unknown=True)
    city.round()
    assert city.judge.ledger.holds(KEY)
    assert city.history[-1].unknown


def test_a_silent_device_neither_confirms_nor_ends_what_it_said():
    city = fleet().rounds(1)
    city.states["sw"] = fan("failed", CRITICAL)
    city.round()
    city.silent = {"sw"}
    city.rounds(60 * 26)
    assert city.open == {KEY: CRITICAL, "device-down/sw": CRITICAL}


def test_a_part_that_was_taken_out_ends_its_alert_after_a_day():
    city = fleet().rounds(1)
    city.states["sw"] = fan("failed", CRITICAL)
    city.round()
    city.states["sw"] = ()
    city.rounds(60 * 22, "sw", "core")
    assert city.open == {KEY: CRITICAL}
    city.rounds(150)
    assert city.open == {}


def test_after_a_restart_an_open_condition_is_taken_up_again():
    judge = Judge(inventory([device("core"), device("sw", "core")]), open_alerts={KEY: (DeviceId("sw"), CRITICAL)})
    city = Fleet(judge)
    city.states["sw"] = fan("normal", None)
    city.round()
    assert city.said[KEY].severity is None


def test_interface_states_belong_to_the_link_rules():
    city = fleet().rounds(1)
    port = Component("interface", "Gi0/1", "Gi0/1")
    city.states["sw"] = (StateReading(port, "ifOperStatus", 2, spelled("down"), CRITICAL),)
    city.round()
    assert city.open == {}


def test_what_is_missed_because_it_is_silent_is_a_symptom_of_that():
    sets = Component("registration", "telephones", "Telephones")
    key = "state/sw/registration:telephones/registered"
    city = Fleet.of([device("core"), device("sw", "core"), device("tel-1", "core"), device("tel-2", "core")]).rounds(1)
    city.silent = {"tel-1"}
    missing = (DeviceId("tel-1"),)
    city.states["sw"] = (StateReading(sets, "registered", 1, verbatim("1 of 2"), WARNING, about=missing),)
    city.rounds(4)
    assert city.said[key].because_of == "device-down/tel-1"
    assert city.open["device-down/tel-1"] is CRITICAL
    city.states["sw"] = (
        StateReading(sets, "registered", 0, verbatim("0 of 2"), WARNING, about=(*missing, DeviceId("tel-2"))),
    )
    city.round()
    assert city.said[key].because_of is None, "the other one answers and is not registered"
