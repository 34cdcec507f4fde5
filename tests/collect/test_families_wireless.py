"""Radios, controllers, modems and their kin, from small recordings written after their MIBs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.collect.sightings import sightings
from nms.i18n import in_english
from nms.model import DeviceId

from .support import SHIPPED, recording, values

E = "1.3.6.1.4.1."


@cache
def shipped() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def ask(sys_object_id: str, rows: Mapping[str, object], *, sys_descr: str = "Box") -> Collected:
    """Reads a device with these `rows`: OID below enterprises (or a whole one) -> number, text, or bytes."""
    lines = [f"1.3.6.1.2.1.1.1.0|4|{sys_descr}", f"1.3.6.1.2.1.1.2.0|6|{E}{sys_object_id}", "1.3.6.1.2.1.1.3.0|67|100"]
    for oid, value in rows.items():
        whole = oid if oid.startswith("1.") and oid.count(".") > 6 and oid.split(".")[1] in "23" else E + oid
        kind = "2" if isinstance(value, int) else "4x" if isinstance(value, bytes) else "4"
        lines.append(f"{whole}|{kind}|{value.hex() if isinstance(value, bytes) else value}")
    reader = recording("\n".join(lines))
    recognised = await recognise(reader, shipped())
    return await collect(plan(shipped(), recognised.families, recognised.sys_object_id), reader, DeviceId("d"), 1000.0)


def states(collected: Collected) -> dict[str, tuple[str, str]]:
    """Label of the component -> how bad it is, and its name in the MIB."""
    return {
        state.component.label: (state.severity.name.lower() if state.severity else "ok", in_english(state.text))
        for state in collected.states
    }


async def test_airmax_gives_its_radio_and_its_stations() -> None:
    radio, stat, station = "41112.1.4.1.1", "41112.1.4.5.1", "41112.1.4.7.1"
    mac = "1.4.24.214.1.2.3"
    collected = await ask(
        "10002.1",
        {
            "1.2.840.10036.3.1.2.1.3.5": "NanoStation M5",
            "1.2.840.10036.3.1.2.1.4.5": "XW.ar934x.v6.3.6.33330.210818.1946",
            f"{radio}.4.1": 5785,
            f"{radio}.6.1": 22,
            f"{radio}.7.1": 4200,
            f"{stat}.5.1": -61,
            f"{stat}.8.1": -96,
            f"{stat}.7.1": 87,
            f"{stat}.15.1": 1,
            f"{station}.2.{mac}": "roof",
            f"{station}.3.{mac}": -63,
            f"{station}.11.{mac}": 130000000,
        },
    )
    assert collected.facts["vendor"] == "Ubiquiti"
    assert collected.facts["hardware"] == "NanoStation M5"
    assert collected.facts["version"].startswith("6.3.6")
    assert values(collected, "frequency_hertz") == {"Radio 1": 5.785e9}
    assert values(collected, "transmit_power_dbm") == {"Radio 1": 22}
    assert values(collected, "distance_metres") == {"Radio 1": 4200}
    assert values(collected, "signal_dbm") == {"Link 1": -61, "roof": -63}
    assert values(collected, "noise_floor_dbm") == {"Link 1": -96}
    assert values(collected, "signal_quality_ratio") == {"Link 1": pytest.approx(0.87)}
    assert values(collected, "clients") == {"Link 1": 1}
    assert values(collected, "bit_rate_bits_per_second") == {"roof Tx": 130e6}


async def test_a_microwave_link_gives_both_ends_and_what_is_wrong_there() -> None:
    radio, modem = "7571.100.1.1.5.1.1.1.10.1", "7571.100.1.1.5.1.1.1.12.1"
    rows: dict[str, object] = {}
    for end, level, mute in ((1, -38, 2), (2, -41, 1)):
        rows |= {
            f"{radio}.1.{end}": end,
            f"{radio}.4.{end}": 15,
            f"{radio}.5.{end}": level,
            f"{radio}.8.{end}": mute,
            f"{radio}.9.{end}": 23058000,
            f"{modem}.1.{end}": end,
            f"{modem}.10.{end}": -352,
        }
    collected = await ask(
        "7571.100.1.1.5.1",
        rows,
        sys_descr="SAF microwave radio;CFIP Lumina FODU v2.64.33;Model:2;HW:15;SN: 362940100123",
    )
    assert collected.facts["hardware"] == "CFIP Lumina FODU"
    assert (collected.facts["version"], collected.facts["serial"]) == ("2.64.33", "362940100123")
    assert values(collected, "signal_dbm") == {"Local radio": -38, "Remote radio": -41}
    assert values(collected, "frequency_hertz") == {"Local Tx": 23.058e9, "Remote Tx": 23.058e9}
    assert values(collected, "modulation_error_db")["Local modem"] == pytest.approx(-35.2)
    assert states(collected)["Remote transmitter"] == ("warning", "muted")
    assert states(collected)["Local transmitter"] == ("ok", "off")


async def test_a_radio_link_tells_its_tenths_and_hundredths_rightly() -> None:
    ray = "33555.4"
    collected = await ask(
        "33555.4.1",
        {
            f"{ray}.1.1.1.0": "RAy3-11",
            f"{ray}.1.1.2.0": "180001",
            f"{ray}.1.2.2.0": "2.1.9.0",
            f"{ray}.1.3.8.0": 3,
            f"{ray}.1.4.1.0": 4125,
            f"{ray}.1.4.3.0": 481,
            f"{ray}.2.1.3.0": 11245000,
            f"{ray}.3.2.1.0": -405,
            f"{ray}.3.2.12.0": -331,
        },
    )
    assert collected.facts["hardware"] == "RAy3-11"
    assert values(collected, "temperature_celsius") == {"Modem": pytest.approx(41.25)}
    assert values(collected, "voltage_volts") == {"Unit": pytest.approx(48.1)}
    assert values(collected, "frequency_hertz") == {"Radio Rx": 11.245e9}
    assert values(collected, "signal_dbm") == {"Radio": pytest.approx(-40.5)}
    assert values(collected, "modulation_error_db") == {"Radio": pytest.approx(-33.1)}
    assert states(collected)["Air link"] == ("warning", "connecting")


async def test_a_chain_without_a_signal_gives_no_number() -> None:
    chain = "43356.2.1.2.6.1.1"
    collected = await ask(
        "43356.1.1.1",
        {
            "43356.2.1.2.1.2.0": "1000000001",
            f"{chain}.3.1": -482,
            f"{chain}.3.2": -1000,
            f"{chain}.5.1": 301,
            f"{chain}.5.2": -1000,
            f"{chain}.6.1": 5500,
            f"{chain}.6.2": 0,
        },
    )
    assert (collected.facts["hardware"], collected.facts["serial"]) == ("B5", "1000000001")
    assert values(collected, "signal_dbm") == {"Chain 1": pytest.approx(-48.2)}
    assert values(collected, "signal_to_noise_db") == {"Chain 1": pytest.approx(30.1)}
    assert values(collected, "frequency_hertz") == {"Chain 1": 5.5e9}


async def test_a_cellular_router_gives_its_modem_and_its_registration() -> None:
    modem = "48690.2.2.1"
    collected = await ask(
        "48690.2",
        {
            "48690.1.1.0": "1103456789",
            "48690.1.2.0": "RUTX",
            "48690.1.3.0": "RUTX11000000",
            "48690.1.6.0": "RUTX_R_00.07.06.10",
            f"{modem}.2.1": "Internal modem",
            f"{modem}.11.1": "Registered, roaming",
            f"{modem}.12.1": -67,
            f"{modem}.17.1": 415,
            f"{modem}.19.1": "11",
            f"{modem}.20.1": "-98",
            f"{modem}.21.1": "-9",
        },
    )
    assert (collected.facts["serial"], collected.facts["version"]) == ("1103456789", "00.07.06.10")
    assert collected.facts["hardware"] == "RUTX11"
    assert list(values(collected, "signal_dbm").values()) == [-67]
    assert list(values(collected, "rsrp_dbm").values()) == [-98]
    assert list(values(collected, "rsrq_db").values()) == [-9]
    assert list(values(collected, "signal_to_noise_db").values()) == [11]
    assert list(values(collected, "temperature_celsius").values()) == [pytest.approx(41.5)]
    assert ("warning", "registeredRoaming") in states(collected).values()


async def test_an_access_point_of_a_controller_is_called_by_its_name() -> None:
    point, radio, load = "14179.2.2.1.1", "14179.2.2.2.1", "14179.2.2.13.1"
    mac = "0.27.44.1.2.48"
    collected = await ask(
        "9.1.1069",
        {
            "14179.1.1.1.4.0": "FCW1234",
            "14179.1.1.5.1.0": 12,
            "14179.1.1.5.2.0": 1000,
            "14179.1.1.5.3.0": 250,
            f"{point}.3.{mac}": "hall",
            f"{point}.6.{mac}": 1,
            f"{radio}.4.{mac}.1": 36,
            f"{radio}.12.{mac}.1": 1,
            f"{radio}.15.{mac}.1": 7,
            f"{load}.3.{mac}.1": 45,
        },
    )
    assert collected.facts["serial"] == "FCW1234"
    assert list(values(collected, "processor_used_ratio").values()) == [pytest.approx(0.12)]
    assert list(values(collected, "memory_used_bytes").values()) == [750 * 1024]
    assert values(collected, "clients") == {"hall radio 1": 7}
    assert values(collected, "frequency_hertz") == {"hall radio 1": 5.18e9}
    assert values(collected, "channel_utilization_ratio") == {"hall radio 1": pytest.approx(0.45)}
    assert values(collected, "count") == {"Access points": 1}
    assert states(collected) == {"hall": ("ok", "associated"), "hall radio 1": ("warning", "down")}


async def test_stations_of_an_access_point_on_its_own_are_told_apart() -> None:
    ssid = "5.103.117.101.115.116"
    collected = await ask(
        "9.1.525",
        {
            "1.3.6.1.2.1.31.1.1.1.1.1": "Do0",
            "9.9.273.1.1.2.1.1.1": 2,
            f"9.9.273.1.3.1.1.3.1.{ssid}.0.18.240.1.2.3": -57,
            f"9.9.273.1.3.1.1.4.1.{ssid}.0.18.240.1.2.3": 80,
        },
    )
    assert values(collected, "clients") == {"Do0": 2}
    assert list(values(collected, "signal_dbm").values()) == [-57]
    (label,) = values(collected, "signal_quality_ratio")
    assert label.endswith("on guest")


async def test_any_wireless_lan_radio_counts_its_frame_errors() -> None:
    counters = "1.2.840.10036.2.2.1"
    rows = {f"{counters}.3.2": 5, f"{counters}.12.2": 17, "1.3.6.1.2.1.31.1.1.1.1.2": "wlan0"}
    collected = await ask("99999.1", rows)
    assert values(collected, "events_total") == {"wlan0 frames not delivered": 5, "wlan0 checksum errors": 17}


async def test_an_optical_amplifier_gives_its_light_and_its_pumps() -> None:
    common, oa = "17409.1.3.3.2.2.1", "17409.1.11"
    collected = await ask(
        "17409.1",
        {
            f"{common}.4.1": "HA5800",
            f"{common}.5.1": "S26-1",
            f"{common}.12.1": 31,
            f"{common}.13.1": 4,
            f"{common}.17.1": "EDFA",
            f"{oa}.2.0": 215,
            f"{oa}.3.0": -31,
            f"{oa}.4.1.2.1": 320,
            f"{oa}.4.1.4.1": 249,
            f"{oa}.7.1.2.1": 50,
            f"{oa}.7.1.4.1": "5V",
        },
    )
    assert (collected.facts["hardware"], collected.facts["serial"]) == ("HA5800", "S26-1")
    assert values(collected, "optical_power_dbm") == {"Output": pytest.approx(21.5), "Input": pytest.approx(-3.1)}
    assert values(collected, "temperature_celsius") == {"EDFA": 31, "Pump laser 1": pytest.approx(24.9)}
    assert values(collected, "current_amperes") == {"Pump laser 1": pytest.approx(0.32)}
    assert values(collected, "voltage_volts") == {"5V": 5}
    assert states(collected)["EDFA last reset"] == ("warning", "watchdog")


async def test_a_console_server_tells_which_power_supply_is_off() -> None:
    collected = await ask(
        "10418.26.1.1",
        {
            "10418.26.2.1.2.0": "ACS8048 with dual power supply",
            "10418.26.2.1.4.0": "0530050907",
            "10418.26.2.1.7.0": "2.0.3",
            "10418.26.2.1.8.2.0": 1,
            "10418.26.2.1.8.3.0": 2,
            "10418.26.2.3.2.1.3.1": 3,
            "10418.26.2.3.2.1.4.1": "core",
        },
    )
    assert (collected.facts["hardware"], collected.facts["version"]) == ("ACS8048", "2.0.3")
    assert states(collected) == {
        "Power supply 1": ("ok", "statePowerOn"),
        "Power supply 2": ("critical", "statePowerOff"),
        "core": ("ok", "inUse"),
    }


async def test_a_time_server_tells_whether_it_follows_its_clock() -> None:
    clock = "5597.30.0.1.2.1"
    collected = await ask(
        "5597.30",
        {
            "5597.30.0.0.2.0": "LTOS 7.08.007",
            "5597.30.0.0.3.0": "030211001234",
            "5597.30.0.2.1.0": 1,
            "5597.30.0.2.2.0": 16,
            f"{clock}.4.1": 2,
            f"{clock}.6.1": 0,
            f"{clock}.7.1": 9,
        },
    )
    assert collected.facts["serial"] == "030211001234"
    assert values(collected, "clock_stratum") == {"NTP": 16}
    assert states(collected) == {
        "NTP": ("critical", "notSynchronized"),
        "Reference clock 1": ("critical", "notSynchronized"),
    }
    assert values(collected, "count")["Reference clock 1 satellites in view"] == 9


async def test_a_controller_counts_its_stations_by_network() -> None:
    wlan = "14823.2.2.1.5.2.1"
    point = "0.26.30.1.2.3"
    collected = await ask(
        "14823.1.1.32",
        {
            f"{wlan}.1.0": 1,
            f"{wlan}.2.0": 9,
            f"{wlan}.8.1.2.5.103.117.101.115.116": 9,
            f"{wlan}.4.1.3.{point}": "lobby",
            f"{wlan}.4.1.19.{point}": 2,
            f"{wlan}.5.1.3.{point}.1": 6,
            f"{wlan}.5.1.7.{point}.1": 9,
        },
    )
    assert values(collected, "clients") == {"Stations": 9, "guest": 9, "lobby radio 1": 9}
    assert values(collected, "frequency_hertz") == {"lobby radio 1": 2.437e9}
    assert states(collected) == {"lobby": ("critical", "down")}


async def test_a_modem_that_roams_is_a_warning_and_its_tenths_are_tenths() -> None:
    gsm, lte = "9.9.661.1.3.2.1", "9.9.817.1.1.1.1.1"
    collected = await ask(
        "9.1.1378",
        {
            "1.3.6.1.2.1.47.1.1.1.1.7.5": "Modem 0",
            f"{gsm}.2.5": 3,
            f"{gsm}.6.5": 2,
            f"{gsm}.13.5": 4711,
            "9.9.661.1.3.4.1.1.1.5": -71,
            f"{lte}.1.5": -101,
            f"{lte}.2.5": -115,
            f"{lte}.3.5": 84,
        },
    )
    assert states(collected) == {"Modem 0": ("ok", "normal"), "Modem 0 roaming": ("warning", "roaming")}
    assert values(collected, "signal_dbm") == {"Modem 0": -71}
    assert values(collected, "rsrp_dbm") == {"Modem 0": -101}
    assert values(collected, "rsrq_db") == {"Modem 0": pytest.approx(-11.5)}
    assert values(collected, "signal_to_noise_db") == {"Modem 0": pytest.approx(8.4)}
    assert values(collected, "cell_identity") == {"Modem 0": 4711}


async def test_subscribers_are_called_by_their_names() -> None:
    station = "17713.21.1.2.30.1"
    collected = await ask(
        "17713.21",
        {
            "17713.21.1.1.31.0": "E6RC00112233",
            f"{station}.1.1": "00:04:56:01:02:03",
            f"{station}.4.1": -64,
            f"{station}.5.1": -61,
            f"{station}.6.1": 27,
            f"{station}.18.1": "farm",
            f"{station}.20.1": 95,
        },
    )
    assert collected.facts["serial"] == "E6RC00112233"
    assert values(collected, "signal_dbm") == {"farm uplink": -64, "farm downlink": -61}
    assert values(collected, "signal_to_noise_db") == {"farm uplink": 27}
    assert values(collected, "signal_quality_ratio") == {"farm": pytest.approx(0.95)}


@pytest.mark.parametrize(
    ("sys_object_id", "rows", "vendor"),
    [
        ("43356.1.1.1", {}, "Mimosa"),
        ("161.19.250.256", {}, "Cambium"),
        ("14823.1.1.32", {}, "Aruba"),
        ("32750.1", {}, "LigoWave"),
        ("47307.1", {}, "IgniteNet"),
        ("33555.4.1", {}, "RACOM"),
        ("31926", {}, "Siklu"),
        ("2281.1.20.2", {}, "Ceragon"),
        ("25053.3.1.5", {"25053.1.2.1.1.1.1.9.0": "zd1106"}, "Ruckus"),
        ("26928.1", {}, "Extreme"),
        ("368.1.1", {}, "Axis"),
    ],
)
async def test_the_maker_is_known_from_little(sys_object_id: str, rows: Mapping[str, object], vendor: str) -> None:
    collected = await ask(sys_object_id, rows)
    assert vendor in collected.facts["vendor"]
    assert collected.problems == ()


async def test_controllers_of_ruckus_and_fortinet_tell_the_access_point_of_each_station() -> None:
    zone, mac = "25053.1.2.2.1.1", "0.27.84.0.0.1"
    director = await ask(
        "25053.3.1.5.3",
        {
            "25053.1.2.1.1.1.1.9.0": "zd1200",
            f"{zone}.2.1.1.1.0.26.30.1.2.3": bytes.fromhex("001a1e010203"),
            f"{zone}.2.1.1.2.0.26.30.1.2.3": "ap-tesoreria-1",
            f"{zone}.3.1.1.2.{mac}": bytes.fromhex("001a1e010203"),
            f"{zone}.3.1.1.8.{mac}": bytes((10, 0, 0, 7)),
        },
    )
    station = "12356.101.14.5.1"
    firewall = await ask(
        "12356.101.1.1041",
        {
            "12356.101.4.1.1.0": "v7.2.8",
            f"{station}.3.1.9.6.{mac}": "FP221E0001",
            f"{station}.5.1.9.6.{mac}": 30,
            f"{station}.7.1.9.6.{mac}": bytes((10, 0, 0, 8)),
            f"{station}.9.1.9.6.{mac}": "tableta",
            f"{station}.21.1.9.6.{mac}": 1,
            f"{station}.3.1.9.6.0.27.84.0.0.2": "FP221E0001",
            f"{station}.21.1.9.6.0.27.84.0.0.2": 2,
            f"{station}.3.1.9.8.2.0.94.16.0.0.0.1": "FP221E0001",
        },
    )
    seen = [(one.mac, one.interface, one.address, one.name, one.vlan) for one in sightings(director.records)]
    assert seen == [("001b54000001", "ap-tesoreria-1", "10.0.0.7", "", None)]
    seen = [(one.mac, one.interface, one.address, one.name, one.vlan) for one in sightings(firewall.records)]
    assert seen == [("001b54000001", "FP221E0001", "10.0.0.8", "tableta", 30)]
