"""Dependencies written by hand, and those inferred from what devices see."""

from __future__ import annotations

from nms.model import DeviceId, Neighbour
from nms.rules.topology import build
from tests.rules.fleet import device, inventory, link


def lldp(interface: str, name: str) -> Neighbour:
    return Neighbour("lldp", interface, name, "Gi0/1")


def test_what_the_inventory_says_wins_over_what_devices_see():
    city = inventory([device("core"), device("a", "core"), device("b", "core"), device("c", "b")])
    seen = {DeviceId("a"): (lldp("Gi0/3", "c"),), DeviceId("core"): (lldp("Gi0/1", "a"),)}
    found = build(city, seen)
    assert found.parents["c"] == ("b",)
    assert found.inferred == frozenset()
    assert found.children["core"] == ("a", "b")
    assert found.roots == ("core",)


def test_parents_are_inferred_along_links_and_neighbours_towards_the_monitor():
    city = inventory(
        [device("core"), device("a", "core"), device("b"), device("c"), device("d")], [link("l", "a Gi0/2", "b Gi0/1")]
    )
    seen = {DeviceId("c"): (lldp("Gi0/24", "B.city.example"),), DeviceId("d"): (lldp("Gi0/1", "c"),)}
    found = build(city, seen)
    assert (found.parents["b"], found.parents["c"], found.parents["d"]) == (("a",), ("b",), ("c",))
    assert found.inferred == {"b", "c", "d"}


def test_two_neighbours_nearer_to_the_monitor_are_redundant_paths():
    city = inventory([device("core"), device("a", "core"), device("b", "core"), device("sw")])
    found = build(city, {DeviceId("sw"): (lldp("1", "a"), lldp("2", "b"), lldp("3", "a"))})
    assert found.parents["sw"] == ("a", "b")


def test_without_a_place_of_the_monitor_nothing_is_inferred_from_nothing():
    city = inventory([device("a"), device("b")])
    seen = {DeviceId("a"): (lldp("1", "b"),)}
    assert build(city, seen).parents == {"a": (), "b": ()}
    assert build(city, seen, monitor_at=[DeviceId("b")]).parents["a"] == ("b",)


def test_a_name_that_two_devices_share_identifies_neither():
    city = inventory([device("core"), device("a", "core"), device("b"), device("c")])
    found = build(
        city, {DeviceId("a"): (lldp("1", "printer"),)}, names={DeviceId("b"): "printer", DeviceId("c"): "PRINTER.x"}
    )
    assert found.seen == {}
    alone = build(city, {DeviceId("a"): (lldp("1", "printer"),)}, names={DeviceId("b"): "printer"})
    assert alone.parents["b"] == ("a",)


def test_references_to_devices_that_do_not_exist_are_left_out():
    city = inventory([device("a", "ghost", fed_by=["phantom"])], [link("l", "a 1", "ghost 1")])
    found = build(city)
    assert (found.parents["a"], found.feeders["a"], dict(found.links)) == ((), (), {})


def test_what_nobody_reports_stands_where_forwarding_tables_have_it_unless_somebody_says_otherwise():
    city = inventory(
        [device("core"), device("a", "core"), device("b", "core"), device("printer"), device("ap"), device("hand", "b")]
    )
    seen = {DeviceId("b"): (lldp("Gi0/2", "ap"),)}
    at_a = (DeviceId("a"), "Gi0/7")
    places = {DeviceId("printer"): at_a, DeviceId("ap"): at_a, DeviceId("hand"): at_a, DeviceId("ghost"): at_a}
    found = build(city, seen, places=places)
    assert {name: found.parents[name] for name in ("printer", "ap", "hand")} == {
        "printer": ("a",),
        "ap": ("b",),
        "hand": ("b",),
    }
    assert [(one.by, one.interface, one.protocol) for one in found.seen["printer"]] == [("a", "Gi0/7", "fdb")]
