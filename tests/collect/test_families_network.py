"""Wired network and security equipment: recordings of a dozen lines, written from the MIBs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.collect.recording import Recording
from nms.collect.report import report, status
from nms.i18n import in_english
from nms.model import DeviceId

from .support import SHIPPED, recording, values

Cells = Mapping[str, tuple[int, object]]


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def read(reader: Recording) -> Collected:
    recognised = await recognise(reader, catalogue())
    wanted = plan(catalogue(), recognised.families, recognised.sys_object_id)
    return await collect(wanted, reader, DeviceId("d"), 1000.0)


def system(sys_object_id: str, sys_descr: str = "Box") -> str:
    return f"1.3.6.1.2.1.1.1.0|4|{sys_descr}\n1.3.6.1.2.1.1.2.0|6|{sys_object_id}\n1.3.6.1.2.1.1.3.0|67|100\n"


def rows(base: str, cells: Cells) -> str:
    return "".join(f"{base}.{oid}|{tag}|{value}\n" for oid, (tag, value) in cells.items())


def states(collected: Collected) -> dict[str, tuple[str, str]]:
    """Label of the component -> (the MIB's word, severity)."""
    return {state.component.label: (in_english(state.text), status(state)) for state in collected.states}


async def device(text: str) -> dict[str, Any]:
    return dict((await report(catalogue(), recording(text))).as_dict()["device"])


@pytest.fixture(scope="module")
def network() -> list[Path]:
    return sorted((SHIPPED / "network").glob("*.yaml"))


def test_every_family_names_its_mibs_and_its_devices(network: list[Path]) -> None:
    assert len(network) > 60
    for path in network:
        text = path.read_text(encoding="utf-8")
        assert "mibs: [" in text, path.name
        assert "title: " in text, path.name


async def test_fortigate_sensors_have_the_unit_that_their_name_tells() -> None:
    fg = "1.3.6.1.4.1.12356.101"
    sensors = {
        "2.1": (4, "+12V"),
        "3.1": (4, "12.1"),
        "2.2": (4, "PS1 Fan 1"),
        "3.2": (4, "9000"),
        "2.3": (4, "CPU Core 0"),
    }
    text = system(f"{fg}.1.1000") + rows(f"{fg}.4.3.2.1", sensors | {"3.3": (4, "41"), "4.3": (2, 1)})
    collected = await read(recording(text))
    assert values(collected, "voltage_volts") == {"+12V": pytest.approx(12.1)}
    assert values(collected, "fan_speed_rpm") == {"PS1 Fan 1": 9000}
    assert values(collected, "temperature_celsius") == {"CPU Core 0": 41}
    assert states(collected)["CPU Core 0"] == ("raised", "critical")


async def test_fortigate_sessions_and_memory_are_read() -> None:
    fg = "1.3.6.1.4.1.12356.101"
    cells = {"3.0": (66, 17), "4.0": (66, 25), "5.0": (66, 4096000), "8.0": (66, 541), "11.0": (66, 12)}
    collected = await read(recording(system(f"{fg}.1.1000") + rows(f"{fg}.4.1", cells)))
    assert values(collected, "processor_used_ratio") == {"System": pytest.approx(0.17)}
    assert values(collected, "memory_size_bytes") == {"Memory": 4096000 * 1024}
    assert values(collected, "memory_used_bytes") == {"Memory": 1024000 * 1024}
    assert values(collected, "count")["Sessions"] == 541


@pytest.mark.parametrize(
    "cells",
    [
        {"9.1": (2, 41), "10.1": (2, 1), "11.1": (67, 500)},  # five fans: value, status, uptime
        {"9.1": (2, 5), "10.1": (2, 41), "11.1": (2, 1), "13.1": (2, 90)},  # six fans: the temperature is one further
    ],
)
async def test_both_editions_of_the_radlan_environment_table_give_the_temperature(
    cells: Cells,
) -> None:
    text = system("1.3.6.1.4.1.89.1.1") + rows("1.3.6.1.4.1.89.53.15.1", {"2.1": (2, 1), **cells})
    collected = await read(recording(text))
    assert list(values(collected, "temperature_celsius").values()) == [41]
    assert states(collected)["Unit 1 main power supply"] == ("normal", "ok")


@pytest.mark.parametrize(
    ("sys_object_id", "oid", "family_vendor"),
    [
        ("1.3.6.1.4.1.674.10895.3042", "1.3.6.1.4.1.674.10895.5000.2.6132.1.1.1.1.4.9.0", "Dell"),
        ("1.3.6.1.4.1.4526.100.1.1", "1.3.6.1.4.1.4526.10.1.1.4.9.0", "Netgear"),
        ("1.3.6.1.4.1.4413.2.1", "1.3.6.1.4.1.4413.1.1.1.1.4.4.0", "Ubiquiti"),  # older firmware
    ],
)
async def test_fastpath_tells_its_processor_in_a_sentence(sys_object_id: str, oid: str, family_vendor: str) -> None:
    text = system(sys_object_id) + f"{oid}|4|    5 Secs ( 15.5137%)   60 Secs (  5.7%)  300 Secs (  5.1%)\n"
    collected = await read(recording(text))
    assert values(collected, "processor_used_ratio") == {"Processor": pytest.approx(0.155137)}
    assert (await device(text))["vendor"] == family_vendor


async def test_timos_transceivers_are_scaled_from_the_units_of_the_standard() -> None:
    ddm = "1.3.6.1.4.1.6527.3.1.2.2.4.31.1"
    port = "1.35684352"
    cells = {f"1.{port}": (2, 6458), f"6.{port}": (2, 33384), f"11.{port}": (2, 14175), f"21.{port}": (2, 1)}
    collected = await read(recording(system("1.3.6.1.4.1.6527.1.3.23") + rows(ddm, cells)))
    assert list(values(collected, "temperature_celsius").values()) == [pytest.approx(25.2265625)]
    assert list(values(collected, "voltage_volts").values()) == [pytest.approx(3.3384)]
    assert list(values(collected, "current_amperes").values()) == [pytest.approx(0.02835)]
    assert list(values(collected, "optical_power_dbm").values()) == [pytest.approx(-40)]  # 0.1 microwatt


async def test_check_point_sensors_are_text_and_their_state_a_number() -> None:
    cp = "1.3.6.1.4.1.2620.1"
    sensors = {"2.1.0": (4, "Intake"), "3.1.0": (4, "30.38"), "6.1.0": (2, 1)}
    text = system("1.3.6.1.4.1.2620.1.6.123.1.77") + rows(f"{cp}.6.7.8.1.1", sensors)
    text += rows(cp, {"5.6.0": (4, "standby"), "1.25.3.0": (65, 134)})
    collected = await read(recording(text))
    assert values(collected, "temperature_celsius") == {"Intake": pytest.approx(30.38)}
    assert states(collected)["Intake"] == ("outOfRange", "critical")
    assert states(collected)["Cluster member"][1] == "ok"


async def test_palo_alto_tells_its_role_and_its_sessions() -> None:
    pan = "1.3.6.1.4.1.25461.2.1.2"
    cells = {
        "1.11.0": (4, "active"),
        "1.12.0": (4, "non-functional"),
        "3.1.0": (2, 3),
        "3.3.0": (2, 38),
        "1.3.0": (4, "0011C100001"),
    }
    text = system("1.3.6.1.4.1.25461.2.3.18", "Palo Alto Networks PA-220 series firewall") + rows(pan, cells)
    collected = await read(recording(text))
    assert states(collected)["High availability"][1] == "ok"
    assert states(collected)["High availability peer"][1] == "critical"
    assert values(collected, "count")["Sessions"] == 38
    assert values(collected, "load_ratio") == {"Session table": pytest.approx(0.03)}
    assert (await device(text))["serial"] == "0011C100001"


async def test_aruba_cx_counts_thousandths_of_a_degree() -> None:
    cx = "1.3.6.1.4.1.47196.4.1.1.3.11"
    text = system("1.3.6.1.4.1.47196.4.1.1.1.50", "Aruba JL635A 8325 GL.10.04.2000")
    text += rows(f"{cx}.3.1.1", {"5.1.3.1.1": (4, "1/1-PHY-01"), "6.1.3.1.1": (4, "normal"), "7.1.3.1.1": (2, 57250)})
    text += rows(f"{cx}.2.1.1", {"3.1.1": (4, "1/1"), "7.1.1": (2, 63), "11.1.1": (2, 3)})
    collected = await read(recording(text))
    assert values(collected, "temperature_celsius") == {"1/1-PHY-01": pytest.approx(57.25)}
    assert values(collected, "power_watts") == {"Power supply 1/1": 63}
    assert states(collected)["Power supply 1/1"] == ("faultInput", "critical")
    assert (await device(text))["version"] == "GL.10.04.2000"


async def test_ironware_counts_half_degrees_and_hundredths_of_a_percent() -> None:
    sn = "1.3.6.1.4.1.1991.1.1"
    text = system("1.3.6.1.4.1.1991.1.3.48.1")
    text += rows(f"{sn}.2.13.1.1", {"3.1.1": (4, "Sensor A"), "4.1.1": (2, 93)})
    text += rows(f"{sn}.2.11.1.1", {"4.1.1.60": (66, 5), "6.1.1.60": (66, 512), "6.1.1.300": (66, 100)})
    text += rows(f"{sn}.2.1", {"54.0": (66, 1000000), "55.0": (66, 250000)})
    collected = await read(recording(text))
    assert values(collected, "temperature_celsius") == {"Sensor A": 46.5}
    assert values(collected, "processor_used_ratio") == {"Slot 1 CPU 1, 60 s": pytest.approx(0.0512)}
    assert values(collected, "memory_used_bytes") == {"Memory": 750000}


async def test_cisco_power_over_ethernet_failover_and_old_processors_are_read() -> None:
    cisco = "1.3.6.1.4.1.9"
    text = system(f"{cisco}.1.1208", "Cisco IOS Software, C2960S Software, Version 12.2(55)SE3, RELEASE")
    text += rows(f"{cisco}.9.402.1.3.1", {"4.1": (66, 26100), "5.1": (66, 713900)})
    text += rows(f"{cisco}.9.147.1.2.1.1.1", {"2.6": (4, "Primary unit"), "3.6": (2, 4)})
    text += rows(f"{cisco}.2.1", {"58.0": (2, 42)})
    collected = await read(recording(text))
    assert values(collected, "power_watts") == {"PoE group 1 used": 26.1, "PoE group 1 remaining": 713.9}
    assert states(collected)["Primary unit"] == ("error", "critical")
    assert values(collected, "processor_used_ratio") == {"Processor": pytest.approx(0.42)}


@pytest.mark.parametrize(
    ("sys_object_id", "oid"),
    [
        ("1.3.6.1.4.1.9.1.1208", "1.3.6.1.4.1.9.9.43.1.1.1.0"),
        ("1.3.6.1.4.1.2636.1.1.1.2.29", "1.3.6.1.4.1.2636.3.18.1.2.0"),
        ("1.3.6.1.4.1.2011.2.23.94", "1.3.6.1.4.1.2011.6.10.1.1.1.0"),
        ("1.3.6.1.4.1.25506.11.1.76", "1.3.6.1.4.1.25506.2.4.1.1.1.0"),
        ("1.3.6.1.4.1.30065.1.3011", "1.3.6.1.4.1.30065.3.9.1.1.1.0"),
    ],
)
async def test_agents_tell_how_long_ago_their_configuration_was_changed(sys_object_id: str, oid: str) -> None:
    start = system(sys_object_id).replace("|67|100", "|67|90000")
    assert values(await read(recording(f"{start}{oid}|67|30000\n")), "configuration_age_seconds") == {"": 600.0}
    after_a_turn = values(await read(recording(f"{start}{oid}|67|4294937296\n")), "configuration_age_seconds")
    assert after_a_turn == {"": 1200.0}


async def test_what_older_mibs_tell_is_left_out_where_newer_ones_answer() -> None:
    cisco = "1.3.6.1.4.1.9"
    text = system(f"{cisco}.1.1208", "Cisco IOS Software")
    text += rows(cisco, {"2.1.58.0": (2, 42), "9.109.1.1.1.1.8.1": (66, 17)})
    collected = await read(recording(text))
    assert list(values(collected, "processor_used_ratio").values()) == [pytest.approx(0.17)]


async def test_procurve_reads_memory_sensors_and_transceivers() -> None:
    icf = "1.3.6.1.4.1.11.2.14.11"
    text = system("1.3.6.1.4.1.11.2.3.7.11.131", "HP J9625A 2620-24-PoEP Switch, revision RA.16.02.0012, ROM RA.15.13")
    text += rows(f"{icf}.5.1.1.2.1.1.1", {"5.1": (2, 1000), "6.1": (2, 400), "7.1": (2, 600)})
    text += rows(f"{icf}.1.2.6.1", {"4.1": (2, 2), "7.1": (4, "Fan Sensor")})
    text += rows(f"{icf}.5.1.82.1.1.1.1", {"2.25": (4, "25"), "12.25": (66, 33000), "15.25": (2, -4515)})
    collected = await read(recording(text))
    assert values(collected, "memory_used_bytes") == {"Memory 1": 600}
    assert states(collected)["Fan Sensor"] == ("bad", "critical")
    assert values(collected, "optical_power_dbm") == {"25 transceiver Rx": pytest.approx(-4.515)}
    assert (await device(text))["version"] == "RA.16.02.0012"


async def test_sophos_tells_services_licences_and_the_peer() -> None:
    sf = "1.3.6.1.4.1.2604.5.1"
    text = system("1.3.6.1.4.1.2604.5") + rows(
        sf, {"3.10.0": (2, 5), "5.2.1.0": (2, 4), "4.5.0": (2, 4), "9.2.0": (2, 490)}
    )
    collected = await read(recording(text))
    assert states(collected)["IPS service"] == ("dead", "critical")
    assert states(collected)["Network protection licence"] == ("expired", "warning")
    assert states(collected)["High availability peer"] == ("faulty", "critical")
    assert values(collected, "temperature_celsius") == {"CPU": 49}


@pytest.mark.parametrize(
    ("number", "vendor"),
    [
        (15004, "Siemens"),
        (207, "Allied Telesis"),
        (16177, "Westermo"),
        (2254, "Delta"),
        (25049, "Opengear"),
        (3224, "Juniper"),
    ],
)
async def test_an_unknown_model_still_has_the_maker_of_its_enterprise_number(number: int, vendor: str) -> None:
    assert (await device(system(f"1.3.6.1.4.1.{number}.65000.1")))["vendor"] == vendor


@pytest.mark.parametrize(
    ("sys_descr", "fact", "expected"),
    [
        ("ACME Router, Model: Vigor2860 Series, Version: 3.8.2_BT", "hardware", "Vigor2860 Series"),
        ("CC8800D-E;hardware version:V2.2.4;software version:V2.3.0.54-C.BT", "version", "2.3.0.54-C.BT"),
        ("SEH myUTN-50a; SN 27120560201360, HW 1.1", "serial", "27120560201360"),
        ("ACME switch, Serial Number: QR12345678", "serial", "QR12345678"),
        ("1.00(AAJZ.16)C0", "hardware", None),
        ("Linux gateway 5.4.0 #1 SMP", "serial", None),
    ],
)
async def test_what_a_device_says_of_itself_is_understood(sys_descr: str, fact: str, expected: str | None) -> None:
    assert (await device(system("1.3.6.1.4.1.99999.1", sys_descr))).get(fact) == expected
