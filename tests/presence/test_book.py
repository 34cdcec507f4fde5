"""Stays and names from sights: places, moves, restarts, what is odd, what is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nms.model import Device, DeviceId, Inventory, Link, Neighbour, Poll, Role, Sight, Sighting
from nms.presence.attached import attached
from nms.presence.book import DAY, Policy, PresenceBook
from nms.presence.places import spelled
from nms.presence.who import Who
from nms.store.records import Records

PC, OTHER, ROUTER, PHONE = "001b54000001", "001b54000002", "00aabb000001", "805ec0000001"
START = 1_790_100_000.0
POLL = 300.0


def device(name: str, role: Role, address: str = "", **more: object) -> Device:
    return Device(DeviceId(name), name.upper(), role, address, "palacio", "tesoreria", **more)  # type: ignore[arg-type]


def inventory() -> Inventory:
    found = (
        device("core", Role.SWITCH, "10.0.0.2"),
        device("rt", Role.ROUTER, "10.0.0.1"),
        device("sw-1", Role.SWITCH, "10.0.0.11"),
        device("sw-2", Role.SWITCH, "10.0.0.12"),
        device("ap-1", Role.ACCESS_POINT, "10.0.0.15"),
        device("pc-1", Role.COMPUTER, "10.0.0.101"),
    )
    link = Link("a", "a", DeviceId("core"), "GigabitEthernet1/0/1", DeviceId("sw-1"), "Gi1/0/48")
    return Inventory("x", {}, {}, {one.id: one for one in found}, {link.id: link})


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(tmp_path / "records.db")
    yield opened
    opened.close()


@pytest.fixture
def book(records: Records) -> PresenceBook:
    """Its switches have told of neighbours that are none of its business."""
    opened = PresenceBook.open(inventory(), records, Policy(), START)
    for name in ("core", "sw-1", "sw-2"):
        opened.take(poll(name, START - 60, neighbours=(Neighbour("lldp", "mgmt", "console", "eth0"),)))
    return opened


def poll(name: str, at: float, *sightings: Sighting, neighbours: tuple[Neighbour, ...] = ()) -> Poll:
    return Poll(DeviceId(name), at, 1.0, (), sightings=sightings, neighbours=neighbours)


def fdb(mac: str, port: str, vlan: int = 10) -> Sighting:
    return Sighting(Sight.FORWARDING, mac, port, vlan)


def arp(mac: str, address: str) -> Sighting:
    return Sighting(Sight.ARP, mac, "Vl10", address=address)


def place(book: PresenceBook, mac: str) -> tuple[str, str] | None:
    stay = book.stays.get(mac)
    return (stay.device, stay.port) if stay else None


def test_an_address_is_at_the_port_that_leads_nowhere_else_whoever_is_asked_first(book: PresenceBook) -> None:
    book.take(poll("core", START, fdb(PC, "Gi1/0/1"), fdb(OTHER, "Gi1/0/5")))
    assert place(book, PC) is None, "the inventory has a link there"
    book.take(poll("sw-1", START + 10, fdb(PC, "Gi1/0/7")))
    assert place(book, PC) == ("sw-1", "Gi1/0/7")
    assert place(book, OTHER) == ("core", "Gi1/0/5")
    assert book.stays[PC].vlan == 10


def test_a_switch_that_has_not_told_its_neighbours_is_not_believed_at_once(records: Records) -> None:
    book = PresenceBook.open(inventory(), records, Policy(), START)
    for minute in (0, 5, 10):
        book.take(poll("sw-2", START + 60 * minute, fdb(PC, "Gi1/0/3")))
        assert place(book, PC) is None
    book.take(poll("sw-2", START + 900, fdb(PC, "Gi1/0/3")))
    assert place(book, PC) == ("sw-2", "Gi1/0/3")


def test_a_neighbour_that_forwards_makes_an_uplink_and_a_telephone_does_not(book: PresenceBook) -> None:
    says = (
        Neighbour("lldp", "Gi1/0/48", "somewhere", "1", "00aabbccddee", True),
        Neighbour("lldp", "Gi1/0/3", "SEP805EC0000001", "Port 1", PHONE, False),
    )
    seen = fdb(PHONE, "Gi1/0/3", 20), fdb(PC, "Gi1/0/3"), fdb(OTHER, "Gi1/0/48")
    book.take(poll("sw-2", START, *seen, neighbours=says))
    assert place(book, PC) == place(book, PHONE) == ("sw-2", "Gi1/0/3")
    assert place(book, OTHER) is None


def test_the_address_of_a_router_behind_a_port_tells_that_it_leads_on(book: PresenceBook) -> None:
    """A link aggregate: LLDP speaks of its members, the forwarding table of the whole."""
    book.take(poll("sw-1", START, arp(ROUTER, "10.0.0.1")))
    book.take(poll("sw-2", START + 1, fdb(ROUTER, "Po1"), fdb(PC, "Po1")))
    assert place(book, PC) is None
    book.take(poll("sw-1", START + 2, fdb(PC, "Gi1/0/9")))
    assert place(book, PC) == ("sw-1", "Gi1/0/9")


def test_a_port_with_many_is_a_place_only_while_nobody_knows_a_better_one(book: PresenceBook) -> None:
    crowd = [fdb(f"001b5400{n:04x}", "Gi1/0/2") for n in range(1, 30)]
    for minute in range(0, 20, 5):
        book.take(poll("sw-2", START + 60 * minute, *crowd))
        assert (place(book, PC) is None) == (minute < 15)
    assert place(book, PC) == ("sw-2", "Gi1/0/2")
    book.take(poll("sw-1", START + 1300, fdb(PC, "Gi1/0/9")))
    book.take(poll("sw-2", START + 1400, *crowd))
    assert place(book, PC) == ("sw-1", "Gi1/0/9")


def test_a_move_ends_one_stay_and_begins_another_though_the_old_switch_remembers(book: PresenceBook) -> None:
    for n in range(3):
        book.take(poll("sw-1", START + n * POLL, fdb(PC, "Gi1/0/7")))
    book.flush(START + 601)
    moved = START + 650
    book.take(poll("sw-2", moved, fdb(PC, "Gi1/0/3")))
    book.take(poll("sw-1", moved + 10, fdb(PC, "Gi1/0/7")))
    assert place(book, PC) == ("sw-2", "Gi1/0/3")
    book.flush(moved + 100)
    stays, _ = book.history([PC], 10)
    told = [(s.device, s.port, s.first_seen - START, s.last_seen - START) for s in stays]
    assert told == [("sw-2", "Gi1/0/3", 650.0, 650.0), ("sw-1", "Gi1/0/7", 0.0, 600.0)]


def test_nights_do_not_end_a_stay_and_a_long_absence_does(book: PresenceBook) -> None:
    for at in (START, START + 0.6 * DAY, START + 3.4 * DAY):
        book.take(poll("sw-1", at, fdb(PC, "Gi1/0/7")))
    assert book.stays[PC].first_seen == START
    back = START + 30 * DAY
    book.take(poll("sw-1", back, fdb(PC, "Gi1/0/7")))
    assert book.stays[PC].first_seen == back
    book.flush(back)
    assert len(book.history([PC], 10)[0]) == 2


def test_a_restart_continues_the_stay(book: PresenceBook, records: Records) -> None:
    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/7"), arp(PC, "10.0.0.101")))
    book.flush(START, all_of_it=True)
    again = PresenceBook.open(inventory(), records, Policy(), START + 500)
    again.take(poll("sw-1", START + 500, fdb(PC, "Gi1/0/7"), arp(PC, "10.0.0.101")))
    again.flush(START + 1200, all_of_it=True)
    stays, bindings = again.history([PC], 10)
    assert [(one.first_seen, one.last_seen) for one in stays] == [(START, START + 500)]
    assert [(one.value, one.first_seen) for one in bindings] == [("10.0.0.101", START)]


def test_the_same_sights_again_write_nothing_for_a_while(book: PresenceBook) -> None:
    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/7")))
    assert book.flush(START) == 1
    book.take(poll("sw-1", START + 300, fdb(PC, "Gi1/0/7")))
    assert book.flush(START + 301) == 0
    book.take(poll("sw-1", START + 600, fdb(PC, "Gi1/0/7")))
    assert book.flush(START + 601) == 1


def test_what_could_not_be_written_is_written_later(book: PresenceBook, monkeypatch: pytest.MonkeyPatch) -> None:
    from nms.store.errors import RecordsFull

    def full(*_: object) -> None:
        raise RecordsFull("the disk is full")

    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/7")))
    with monkeypatch.context() as broken:
        broken.setattr(type(book.store), "write", full)
        with pytest.raises(RecordsFull):
            book.flush(START)
    assert book.flush(START + 100) == 1


def test_an_address_at_two_single_ports_for_long_is_in_use_twice(book: PresenceBook) -> None:
    for n in range(9):
        book.take(poll("sw-1", START + n * POLL, fdb(PC, "Gi1/0/7"), fdb(OTHER, "Gi1/0/8")))
        book.take(poll("sw-2", START + n * POLL + 5, fdb(PC, "Gi1/0/3")))
    end = START + 8 * POLL + 10
    assert {port for _, port in book.sights.twice(PC, end)} == {"Gi1/0/7", "Gi1/0/3"}
    assert book.sights.twice(OTHER, end) == []


def test_two_that_take_turns_with_one_ip_address_are_told_and_a_new_lease_is_not(book: PresenceBook) -> None:
    for n, mac in enumerate((PC, OTHER, PC, OTHER)):
        book.take(poll("rt", START + n * POLL, arp(mac, "10.0.0.101")))
    book.take(poll("rt", START + 600, arp("001b54000009", "10.0.0.50")))
    book.take(poll("rt", START + 900, arp("001b5400000a", "10.0.0.50")))
    rivals = Who.of(book, book.inventory).rivals
    assert rivals == {PC: [OTHER], OTHER: [PC]}


def test_wireless_beats_the_port_of_the_access_point(book: PresenceBook) -> None:
    says = (Neighbour("lldp", "Gi1/0/5", "ap-1.municipio.example", "eth0", "00aabb00ff01", True),)
    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/5"), neighbours=says))
    book.take(poll("ap-1", START + 5, Sighting(Sight.WIRELESS, PC, "wifi0")))
    assert place(book, PC) == ("ap-1", "wifi0")


def test_only_routers_say_by_arp_where_an_address_is(book: PresenceBook) -> None:
    for n in range(4):
        book.take(poll("pc-1", START + n * POLL, arp(OTHER, "10.0.0.9")))
        book.take(poll("rt", START + n * POLL, arp(PC, "10.0.0.101")))
    assert place(book, OTHER) is None
    assert place(book, PC) == ("rt", "Vl10")


def test_the_device_is_found_by_its_mac_its_address_or_its_name(records: Records) -> None:
    city = inventory()
    card = device("pc-2", Role.COMPUTER, mac=OTHER)
    city = replace(city, devices={**city.devices, card.id: card, DeviceId("pc-3"): device("pc-3", Role.COMPUTER)})
    book = PresenceBook.open(city, records, Policy(), START)
    lease = Sighting(Sight.LEASE, PHONE, address="10.0.0.77", name="PC-3.municipio.example", at=START - 900)
    book.take(poll("rt", START, arp(PC, "10.0.0.101"), arp(OTHER, "10.0.0.55"), lease))
    owner = Who.of(book, city).owner
    assert {mac: one.id for mac, one in owner.items()} == {PC: "pc-1", OTHER: "pc-2", PHONE: "pc-3"}
    assert book.bindings[PHONE, "address", "10.0.0.77"].last_seen == START - 900


def test_old_rows_go_made_up_addresses_sooner_and_one_address_cannot_fill_the_disk(
    book: PresenceBook, records: Records
) -> None:
    passing = "0250aa000001"
    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/7"), fdb(passing, "Gi1/0/8"), fdb(OTHER, "Gi1/0/9")))
    for n in range(300):
        at = START + 2000 * (n + 1)
        book.take(poll(("sw-1", "sw-2")[n % 2], at, fdb(OTHER, "Gi1/0/9")))
    book.flush(START + 700_000, all_of_it=True)
    assert len(book.history([OTHER], 1000)[0]) == 300
    book.expire(START + 8 * DAY)
    assert place(book, passing) is None
    assert book.history([passing], 10)[0] == []
    assert place(book, PC) is not None
    assert len(book.store.stays_of([OTHER], 1000)) == 200
    book.expire(START + 100 * DAY)
    assert book.stays == {}
    assert PresenceBook.open(inventory(), records, Policy(), START).stays == {}


@pytest.mark.parametrize("name", ["GigabitEthernet1/0/1", "Gi1/0/1", "gi1/0/1", "Gig 1/0/1"])
def test_one_interface_has_several_spellings(name: str) -> None:
    assert spelled(name) == "gi1/0/1"


def test_a_device_is_attached_where_it_was_last_seen_and_never_by_arp_alone(book: PresenceBook) -> None:
    book.take(poll("rt", START, arp(PC, "10.0.0.101")))
    assert attached(book, book.inventory, START) == {}
    book.take(poll("sw-1", START, fdb(PC, "Gi1/0/7")))
    assert attached(book, book.inventory, START) == {"pc-1": ("sw-1", "Gi1/0/7")}
    assert attached(book, book.inventory, START + 2 * DAY) == {}


def test_what_forwards_itself_is_not_placed_by_forwarding_tables(book: PresenceBook) -> None:
    book.take(poll("rt", START, arp(ROUTER, "10.0.0.12")))
    book.take(poll("sw-1", START, fdb(ROUTER, "Gi1/0/9")))
    assert attached(book, book.inventory, START) == {}
