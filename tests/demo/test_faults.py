from __future__ import annotations

import pytest

from nms.demo.simulator.contents.roles import make_mib
from nms.demo.simulator.faults import FaultError, Faults
from nms.demo.simulator.world import World
from nms.transports.snmp import ber
from tests.demo.city import FakeClock, city

IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.8"
HC_IN, HC_OUT = "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.10"
BEHIND_FAR = {"rt-far", "sw-far", "ups-far", "printer", "ap", "phone"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def faults(clock: FakeClock) -> Faults:
    return Faults(World(city(), clock()), clock)


def silent(faults: Faults) -> set[str]:
    return {str(id_) for id_, equipment in faults.world.equipment.items() if not equipment.reachable}


def value(faults: Faults, device: str, oid: str):
    """A variable as the agent of the device would tell it now."""
    mib = make_mib(faults.world.equipment[device], faults.world)
    cell = mib.cells[mib.positions[ber.encode_oid(oid)]]
    encoded = cell if isinstance(cell, bytes) else cell(faults.clock())
    start, stop = ber.read_length(encoded, 1, len(encoded))
    return ber.decode_value(encoded[0], encoded[start:stop])


def column(faults: Faults, device: str, name: str, column_oid: str):
    port = faults.world.equipment[device].port(name)
    return value(faults, device, f"{column_oid}.{port.index}")


def test_everything_answers_when_nothing_is_wrong(faults: Faults):
    assert silent(faults) == set()


def test_a_cut_link_silences_the_whole_building_and_healing_brings_it_back(faults: Faults, clock: FakeClock):
    faults.cut_link("wan-far")
    assert silent(faults) == BEHIND_FAR
    assert column(faults, "rt-core-1", "Te0/0/0.101", IF_OPER_STATUS) == 2
    clock.move(60)
    faults.heal("wan-far")
    assert silent(faults) == set()
    assert column(faults, "rt-core-1", "Te0/0/0.101", IF_OPER_STATUS) == 1


def test_a_second_link_keeps_a_building_reachable(faults: Faults):
    faults.cut_link("wan-near-1")
    assert silent(faults) == set()
    faults.cut_link("wan-near-2")
    assert silent(faults) == {"rt-near", "sw-near"}


def test_a_dead_core_router_takes_along_what_only_it_reaches(faults: Faults):
    faults.power_off("rt-core-1")
    assert {"rt-near", "sw-near", "rt-core-2"} & silent(faults) == set()
    assert silent(faults) > BEHIND_FAR
    assert column(faults, "rt-near", "Gi0/0/0", IF_OPER_STATUS) == 2


def test_both_ends_of_a_link_count_the_same_octets_and_stand_still_while_it_is_cut(faults: Faults, clock: FakeClock):
    def both() -> tuple[int, int]:
        return column(faults, "rt-far", "ether1", HC_IN), column(faults, "rt-core-1", "Te0/0/0.101", HC_OUT)

    first = both()
    clock.move(300)
    second = both()
    moved = second[0] - first[0]
    assert moved > 0
    assert abs(moved - (second[1] - first[1])) <= 1
    assert moved * 8 / 300 < 50e6
    faults.cut_link("wan-far")
    clock.move(300)
    assert both() == second
    faults.heal()
    clock.move(300)
    assert both() > second


def test_a_neighbour_is_told_by_lldp_while_its_cable_holds(faults: Faults):
    port = faults.world.equipment["rt-core-1"].port("Te0/0/0.101")
    ether = faults.world.equipment["rt-far"].port("ether1")
    name = f"1.0.8802.1.1.2.1.4.1.1.9.0.{ether.index}.1"
    assert value(faults, "rt-far", name) == b"rt-core-1"
    assert port.peer == "rt-far"
    faults.cut_link("wan-far")
    with pytest.raises(KeyError):
        value(faults, "rt-far", name)


def test_a_switch_knows_the_address_and_port_of_its_printer(faults: Faults):
    address = value(faults, "printer", "1.3.6.1.2.1.2.2.1.6.1")
    switch = faults.world.equipment["sw-far"]
    bridge_port = value(faults, "sw-far", "1.3.6.1.2.1.17.4.3.1.2." + ".".join(map(str, address)))
    index = value(faults, "sw-far", f"1.3.6.1.2.1.17.1.4.1.2.{bridge_port}")
    port = next(port for port in switch.ports if port.index == index)
    assert port.peer == "printer"
    assert value(faults, "sw-far", f"1.3.6.1.2.1.31.1.1.1.18.{index}") == b"Printer"


def test_a_ups_on_battery_runs_down_and_takes_its_load_along(faults: Faults, clock: FakeClock):
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.4.1.0") == 3
    faults.ups_on_battery("ups-core", 0.5)
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.4.1.0") == 5
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.2.4.0") == 50
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.6.1.0") == 1
    clock.move(100)
    faults.tick()
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.2.2.0") == 100
    assert silent(faults) == set()
    clock.move(4000)
    faults.tick()
    assert silent(faults) == {"esxi", "pdu"}
    assert value(faults, "ups-core", "1.3.6.1.2.1.33.1.2.1.0") == 4
    faults.heal("ups-core")
    clock.move(600)
    assert silent(faults) == set()
    assert 0 < value(faults, "ups-core", "1.3.6.1.2.1.33.1.2.4.0") < 100


def test_an_empty_toner_stops_the_printer_until_it_is_changed(faults: Faults):
    level, errors = "1.3.6.1.2.1.43.11.1.1.9.1.3", "1.3.6.1.2.1.25.3.5.1.2.1"
    assert value(faults, "printer", level) > 0
    faults.toner_empty("printer", "magenta")
    assert value(faults, "printer", level) == 0
    assert value(faults, "printer", errors)[0] & 0x10
    assert value(faults, "printer", "1.3.6.1.2.1.25.3.2.1.5.1") == 5
    faults.heal("printer")
    assert value(faults, "printer", level) > 5000
    assert value(faults, "printer", "1.3.6.1.2.1.25.3.2.1.5.1") in (2, 3)


def test_a_lost_trunk_is_down_and_halves_the_calls(faults: Faults):
    calls = "1.3.6.1.4.1.22736.1.2.5.0"
    before = value(faults, "pbx", calls)
    faults.trunk_down("pbx", "span2")
    assert column(faults, "pbx", "span2", IF_OPER_STATUS) == 2
    assert column(faults, "pbx", "span2", "1.3.6.1.2.1.10.18.6.1.10") == 64
    assert abs(value(faults, "pbx", calls) - before / 2) <= 1
    assert silent(faults) == set()


def test_a_disk_that_fills_does_so_in_both_mibs(faults: Faults):
    faults.disk_fill("srv", "/var", 0.97)
    size = value(faults, "srv", "1.3.6.1.2.1.25.2.3.1.5.32")
    assert abs(value(faults, "srv", "1.3.6.1.2.1.25.2.3.1.6.32") / size - 0.97) < 0.001
    assert value(faults, "srv", "1.3.6.1.4.1.2021.9.1.9.2") == 97


def test_interface_errors_rise_and_stop(faults: Faults, clock: FakeClock):
    errors = "1.3.6.1.2.1.2.2.1.14"
    before = column(faults, "rt-far", "ether1", errors)
    faults.interface_errors("rt-far", "ether1", 0.05)
    clock.move(300)
    risen = column(faults, "rt-far", "ether1", errors)
    assert risen - before > 1000
    faults.heal("rt-far")
    clock.move(300)
    assert column(faults, "rt-far", "ether1", errors) == risen


def test_a_reboot_is_silence_and_then_everything_from_zero(faults: Faults, clock: FakeClock):
    faults.reboot("rt-far", 20)
    assert silent(faults) == BEHIND_FAR
    clock.move(19)
    faults.tick()
    assert silent(faults) == BEHIND_FAR
    clock.move(11)
    faults.tick()
    assert silent(faults) == set()
    assert value(faults, "rt-far", "1.3.6.1.2.1.1.3.0") == 1000
    clock.move(10)
    assert 0 < column(faults, "rt-far", "ether1", HC_IN) < 50e6 / 8 * 60


def test_a_flapping_link_comes_and_goes_until_it_is_healed(faults: Faults, clock: FakeClock):
    faults.flap("wan-far", 20)
    states = []
    for _ in range(4):
        states.append(bool(silent(faults)))
        clock.move(10)
        faults.tick()
    assert states == [True, False, True, False]
    faults.heal("wan-far")
    clock.move(10)
    faults.tick()
    assert silent(faults) == set()


def test_heat_and_load_are_told_and_healed(faults: Faults):
    cold_aisle = "1.3.6.1.2.1.99.1.1.1.4.1001"
    before = value(faults, "probe", cold_aisle)
    faults.overheat("probe", 12)
    assert value(faults, "probe", cold_aisle) == before + 120
    faults.busy("srv", 0.9)
    assert value(faults, "srv", "1.3.6.1.2.1.25.3.3.1.2.196608") > 60
    faults.heal()
    assert value(faults, "probe", cold_aisle) == before


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("cut_link", ("wan-fra",), "no link “wan-fra”; did you mean “wan-far”?"),
        ("power_off", ("nobody",), "no device “nobody”; it has"),
        ("ups_on_battery", ("srv",), "srv is no UPS; those are ups-core, ups-far"),
        ("toner_empty", ("printer", "green"), "no supply “green”; it has Black Toner"),
        ("disk_fill", ("srv", "/home"), "no file system “/home”; it has /, /var, /srv"),
        ("trunk_down", ("pbx", "span9"), "no trunk “span9”; it has span1, span2"),
        ("interface_errors", ("rt-far", "ether77"), "no interface “ether77”; it has ether1"),
        ("busy", ("srv", 7), "7 is not a ratio"),
    ],
)
def test_a_fault_that_cannot_be_is_explained(faults: Faults, command: str, arguments: tuple, sentence: str):
    with pytest.raises(FaultError, match=sentence.replace("?", r"\?")):
        getattr(faults, command)(*arguments)


def test_the_same_seed_and_clock_make_the_same_city(clock: FakeClock):
    def told(seed: int) -> list[bytes]:
        world = World(city(), clock(), seed)
        return [
            cell if isinstance(cell, bytes) else cell(clock() + 60)
            for equipment in world.equipment.values()
            for cell in make_mib(equipment, world).cells
        ]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_restarting_the_simulator_restarts_nobody(clock: FakeClock):
    first = World(city(), clock(), 1)
    clock.move(3600)
    second = World(city(), clock(), 1)
    for id_, equipment in first.equipment.items():
        assert abs(second.equipment[id_].boot - equipment.boot) < 1e-3 or second.equipment[id_].boot > clock() - 3600


def test_every_description_says_that_it_is_simulated(faults: Faults):
    for id_ in faults.world.equipment:
        assert b"simulated" in value(faults, id_, "1.3.6.1.2.1.1.1.0")
