"""Links: one end is enough, redundancy costs less, flapping is one alert."""

from __future__ import annotations

from nms.model import DeviceId, Link, Neighbour, Role, Severity, State
from nms.rules.flapping import STEADY, fallen, settled
from nms.rules.policies import FlapPolicy, LinkPolicy, Policies, WatchInterfaces
from nms.rules.ports import spelled
from tests.rules.fleet import Fleet, device, link

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO


def pair(*links: Link, policies: Policies | None = None) -> Fleet:
    two = links or (link("wan-1", "core Gi0/1", "rt Gi0/0"),)
    return Fleet.of([device("core"), device("rt", "core")], two, policies)


def test_a_link_is_down_when_either_end_sees_it_down():
    for end in (("core", "Gi0/1"), ("rt", "Gi0/0")):
        fleet = pair().rounds(2)
        assert fleet.link_states == {"wan-1": State.UP}
        fleet.ports[end] = 2
        fleet.round()
        assert fleet.open == {"link-down/wan-1": CRITICAL}
        assert fleet.link_states == {"wan-1": State.DOWN}
        assert fleet.said["link-down/wan-1"].device == end[0]
        fleet.ports[end] = 1
        fleet.round()
        assert fleet.open == {}


def test_one_of_two_links_of_a_group_is_degraded_and_both_are_down():
    fleet = pair(link("a", "core Gi0/1", "rt Gi0/0", group="wan"), link("b", "core Gi0/2", "rt Gi0/3", group="wan"))
    fleet.rounds(2)
    fleet.ports["core", "Gi0/1"] = 2
    fleet.round()
    assert fleet.open == {"link-down/a": WARNING}
    fleet.ports["core", "Gi0/2"] = 2
    fleet.round()
    assert fleet.open == {"link-down/a": CRITICAL, "link-down/b": CRITICAL}


def test_a_device_with_one_of_its_links_alive_is_not_cut_off():
    fleet = pair(link("a", "core Gi0/1", "rt Gi0/0", group="wan"), link("b", "core Gi0/2", "rt Gi0/3", group="wan"))
    fleet.rounds(2)
    fleet.ports["core", "Gi0/1"] = 2
    fleet.silent = {"rt"}
    fleet.rounds(2)
    assert fleet.causes["device-down/rt"] is None
    fleet.ports["core", "Gi0/2"] = 2
    fleet.rounds(2)
    assert fleet.causes["device-down/rt"] == "link-down/a"


def test_a_link_that_somebody_disabled_is_told_without_alarm():
    fleet = pair().rounds(2)
    fleet.ports["core", "Gi0/1"] = 0
    fleet.round()
    assert fleet.open == {"link-down/wan-1": INFO}
    assert "disabled" in fleet.said["link-down/wan-1"].summary.template


def test_a_link_that_was_disabled_and_cuts_off_what_is_behind_is_as_bad_as_one_that_broke():
    fleet = pair().rounds(2)
    fleet.ports["core", "Gi0/1"] = 0
    fleet.silent = {"rt"}
    fleet.rounds(3)
    assert fleet.causes == {"link-down/wan-1": None, "device-down/rt": "link-down/wan-1"}
    assert fleet.open["link-down/wan-1"] is CRITICAL
    assert fleet.said["link-down/wan-1"].summary.template == "{link} is disabled, which cuts {device} off"
    fleet.silent = set()
    fleet.rounds(2)
    assert fleet.open == {"link-down/wan-1": INFO}, "it is reached otherwise"


def test_a_link_between_silent_devices_is_unknown_and_keeps_its_alert():
    fleet = pair().rounds(2)
    fleet.ports["rt", "Gi0/0"] = 2
    fleet.round()
    fleet.silent = {"core", "rt"}
    fleet.rounds(3)
    assert fleet.link_states == {"wan-1": State.UNKNOWN}
    assert fleet.open["link-down/wan-1"] is CRITICAL


def test_the_port_of_a_switch_where_a_desk_is_empty_is_nobodys_alert():
    fleet = pair()
    fleet.ports["core", "Gi0/9"] = 1
    fleet.rounds(2)
    fleet.ports["core", "Gi0/9"] = 2
    fleet.rounds(2)
    assert fleet.open == {}


def test_where_the_policy_says_so_every_port_that_was_seen_up_counts():
    policy = Policies(links=LinkPolicy(by_device={DeviceId("core"): WatchInterfaces.SEEN_UP}))
    fleet = pair(policies=policy)
    fleet.ports["core", "Gi0/8"] = 2
    fleet.ports["core", "Gi0/9"] = 1
    fleet.rounds(2)
    assert fleet.open == {}
    fleet.ports["core", "Gi0/9"] = 7
    fleet.round()
    assert fleet.open == {"link-down/core:Gi0/9": WARNING}
    fleet.ports["core", "Gi0/9"] = 0
    fleet.round()
    assert fleet.open == {}


def test_the_port_behind_which_a_known_neighbour_stood_counts_where_the_policy_says_so():
    policy = Policies(links=LinkPolicy(watch=WatchInterfaces.NEIGHBOURS))
    fleet = Fleet.of([device("core"), device("sw", "core")], policies=policy)
    fleet.ports |= {("core", "GigabitEthernet0/7"): 1, ("core", "GigabitEthernet0/8"): 1}
    fleet.neighbours["core"] = (Neighbour("cdp", "Gi0/7", "sw(FOC1234X0YZ)", "Gi0/24"),)
    fleet.rounds(2)
    fleet.ports |= {("core", "GigabitEthernet0/7"): 2, ("core", "GigabitEthernet0/8"): 2}
    fleet.round()
    assert list(fleet.open) == ["link-down/core:Gi0/7"]


def test_a_flapping_link_is_held_as_one_alert_that_says_so():
    fleet = pair().rounds(2)
    for _ in range(12):
        fleet.ports["core", "Gi0/1"] = 2
        fleet.round()
        fleet.ports["core", "Gi0/1"] = 1
        fleet.round()
    spoken = [v for v in fleet.history if v.key == "link-down/wan-1"]
    ends = [v for v in spoken if v.severity is None]
    assert len(ends) < 8
    held = fleet.said["link-down/wan-1"]
    assert (held.severity, held.flapping) == (CRITICAL, True), "the worst severity that it had"
    assert held.summary.template == "{link} flaps: {falls} times down since {since}"
    assert fleet.link_states["wan-1"] is State.DEGRADED
    first_held = next(n for n, v in enumerate(spoken) if v.flapping)
    assert all(v.severity is not None for v in spoken[first_held:])
    fleet.rounds(120)
    assert fleet.open == {}
    assert fleet.link_states["wan-1"] is State.UP


def test_the_flap_score_doubles_decays_and_ignores_a_clock_set_back():
    policy = FlapPolicy(threshold=35, calm=8, ceiling=256, half_life=900)
    flap = STEADY
    scores = []
    for _ in range(10):
        flap = fallen(flap, 1000.0, policy)
        scores.append(flap.score)
    assert scores == [1, 3, 7, 15, 31, 63, 127, 255, 256, 256]
    assert settled(flap, 1900.0, policy).score == 128
    assert settled(flap, 0.0, policy).score == 256
    assert settled(flap, 1000.0 + 900 * 4.9, policy).flapping
    assert not settled(flap, 1000.0 + 900 * 5, policy).flapping
    assert settled(flap, 1e9, policy).falls == 0


def test_interface_names_are_recognised_however_they_are_abbreviated():
    assert spelled("GigabitEthernet1/0/24") == spelled("Gi1/0/24") == spelled("gi 1/0/24")
    assert spelled("Gi1/0/24") != spelled("Gi1/0/2")
    assert spelled("Gi0/1") != spelled("Te0/1")


def test_a_link_whose_far_end_has_no_power_is_explained_by_it():
    from tests.rules.test_reachability import on_battery

    devices = [device("core"), device("core-b"), device("ups", "rt"), device("rt", "core", fed_by=["ups"])]
    fleet = Fleet.of(devices, [link("wan-1", "core Gi0/1", "rt Gi0/0")]).rounds(2)
    fleet.states["ups"] = on_battery("", "battery")
    fleet.round()
    fleet.silent = {"ups", "rt"}
    fleet.ports["core", "Gi0/1"] = 2
    fleet.rounds(3)
    announced = "state/ups/ups:/upsOutputSource"
    assert fleet.causes == {
        "device-down/rt": announced,
        "device-down/ups": announced,
        "link-down/wan-1": announced,
        announced: None,
    }


def test_a_link_that_falls_with_the_power_of_its_far_end_waits_for_the_word_of_the_power():
    """Its near end tells of the fall before anybody has asked the dark site in vain."""
    from tests.rules.test_reachability import on_battery

    devices = [device("core"), device("rt", "core", fed_by=["ups"]), device("ups", "rt", role=Role.UPS)]
    fleet = Fleet.of(devices, (link("wan-1", "core Gi0/1", "rt Gi0/0"),)).rounds(2)
    fleet.states["ups"] = on_battery("", "battery")
    fleet.round()
    fleet.ports["core", "Gi0/1"] = 2
    fleet.silent = {"rt", "ups"}
    fleet.round("core")
    announced = "state/ups/ups:/upsOutputSource"
    assert fleet.said["link-down/wan-1"].because_of == announced
    fleet.rounds(3)
    assert fleet.causes["link-down/wan-1"] == announced
    assert fleet.causes["device-down/rt"] == announced
    lit = Fleet.of(devices, (link("wan-1", "core Gi0/1", "rt Gi0/0"),)).rounds(2)
    lit.states["ups"] = on_battery("", "battery")
    lit.round()
    lit.ports["core", "Gi0/1"] = 2
    lit.rounds(2)
    assert lit.said["link-down/wan-1"].because_of is None, "the far end answers: it has power"
