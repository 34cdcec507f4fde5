from __future__ import annotations

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.report import report

from .support import SHIPPED, read, recording, values

SYSTEM = "1.3.6.1.2.1.1.1.0|4|Box\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n1.3.6.1.2.1.1.3.0|67|100\n"
ENTITY, SENSOR = "1.3.6.1.2.1.47.1.1.1.1", "1.3.6.1.2.1.99.1.1.1"


def sensor(index: int, kind: int, scale: int, precision: int, value: int, status: int = 1) -> str:
    cells = enumerate((kind, scale, precision, value, status), start=1)
    return "".join(f"{SENSOR}.{column}.{index}|2|{cell}\n" for column, cell in cells)


@pytest.mark.parametrize(
    ("kind", "scale", "precision", "value", "metric", "expected"),
    [
        (8, 9, 1, 235, "temperature_celsius", 23.5),
        (4, 8, 0, 12061, "voltage_volts", 12.061),
        (5, 8, 2, 612, "current_amperes", 0.00612),
        (6, 7, 0, 478600, "power_watts", 0.4786),
        (7, 11, 0, 5, "frequency_hertz", 5e6),
        (9, 9, 0, 45, "humidity_ratio", 0.45),
        (14, 9, 2, -1520, "optical_power_dbm", -15.2),
    ],
)
async def test_entity_sensors_are_scaled_as_their_mib_says(
    kind: int, scale: int, precision: int, value: int, metric: str, expected: float
) -> None:
    collected = await read(SHIPPED, recording(SYSTEM + sensor(7, kind, scale, precision, value)))
    assert list(values(collected, metric).values()) == [pytest.approx(expected)]


async def test_a_sensor_that_does_not_work_gives_no_number() -> None:
    rows = sensor(1, 8, 9, 0, 23, status=3) + sensor(2, 8, 9, 0, -1000000000) + sensor(3, 8, 9, 0, 900)
    collected = await read(SHIPPED, recording(SYSTEM + rows))
    assert values(collected, "temperature_celsius") == {}


async def test_sensors_are_called_by_their_physical_names() -> None:
    rows = f"{ENTITY}.7.7|4|Inlet\n{ENTITY}.5.7|2|8\n" + sensor(7, 8, 9, 0, 21)
    collected = await read(SHIPPED, recording(SYSTEM + rows))
    assert values(collected, "temperature_celsius") == {"Inlet": 21}


async def test_neighbours_vlans_addresses_and_bgp_are_told() -> None:
    lldp, q = "1.0.8802.1.1.2.1.4.1.1", "1.3.6.1.2.1.17.7.1.4.3.1.1"
    text = (
        SYSTEM
        + f"""1.3.6.1.2.1.31.1.1.1.1.3|4|Gi0/3
1.3.6.1.2.1.2.2.1.2.3|4|GigabitEthernet0/3
{lldp}.4.0.3.1|2|4
{lldp}.5.0.3.1|4x|0011223344ff
{lldp}.6.0.3.1|2|5
{lldp}.7.0.3.1|4|Gi1/0/9
{lldp}.9.0.3.1|4|core-1
{q}.20|4|voice
1.3.6.1.2.1.4.20.1.2.10.1.2.3|2|3
1.3.6.1.2.1.4.20.1.3.10.1.2.3|64|255.255.254.0
1.3.6.1.2.1.4.34.1.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1|2|3
1.3.6.1.2.1.4.34.1.5.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1|6|1.3.6.1.2.1.4.32.1.5.3.2.16.32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0.64
1.3.6.1.2.1.15.3.1.2.192.0.2.9|2|6
1.3.6.1.2.1.15.3.1.9.192.0.2.9|2|65001
1.3.6.1.2.1.17.2.5.0|4x|8000001122334455
"""
    )
    data = (await report(Catalogue.load(SHIPPED), recording(text))).as_dict()
    (neighbour,) = data["neighbors"]
    assert [neighbour[k] for k in ("protocol", "local_if", "remote_name", "remote_port")] == [
        "lldp", "Gi0/3", "core-1", "Gi1/0/9"
    ]  # fmt: skip
    assert data["vlans"] == [{"id": 20, "name": "voice"}]
    assert data["addresses"] == [
        {"address": "10.1.2.3", "prefix_len": 23, "if_index": 3},
        {"address": "2001:db8::1", "prefix_len": 64, "if_index": 3},
    ]
    assert (data["bgp_peers"][0]["peer"], data["bgp_peers"][0]["state"]) == ("192.0.2.9", "established")
    assert data["stp"][0]["root"] == "001122334455"


async def test_a_printer_that_does_not_know_a_level_gives_none() -> None:
    supply = "1.3.6.1.2.1.43.11.1.1"
    rows = [
        ("Known", 4000, 1000, 7),
        ("Some left", 4000, -3, 7),
        ("Unlimited", -1, -1, 7),
        ("Percent", -2, 40, 19),
        ("Sheets", -2, 40, 8),
        ("Nothing", 0, 0, 19),
        ("Unknown", -2, -2, 19),
    ]
    text = "".join(
        f"{supply}.6.1.{i}|4|{name}\n{supply}.7.1.{i}|2|{unit}\n{supply}.8.1.{i}|2|{size}\n{supply}.9.1.{i}|2|{level}\n"
        for i, (name, size, level, unit) in enumerate(rows, start=1)
    )
    collected = await read(SHIPPED, recording(SYSTEM + text))
    assert values(collected, "supply_level_ratio") == {"Known": 0.25, "Percent": pytest.approx(0.4)}


async def test_linux_memory_leaves_out_buffers_and_cache() -> None:
    memory = {5: 8000, 6: 2000, 14: 500, 15: 1500, 3: 1000, 4: 900}
    text = "".join(f"1.3.6.1.4.1.2021.4.{n}.0|2|{kilobytes}\n" for n, kilobytes in memory.items())
    collected = await read(SHIPPED, recording(SYSTEM + text))
    assert values(collected, "memory_used_bytes") == {"Physical memory": 4000 * 1024, "Swap space": 100 * 1024}


async def test_a_ups_prefers_its_precise_objects_and_tells_which_it_used() -> None:
    ups = "1.3.6.1.4.1.318.1.1.1"
    system = SYSTEM.replace("99999.1", "318.1.3.27")
    both = f"{ups}.2.2.1.0|66|99\n{ups}.2.3.1.0|66|987\n"
    data = (await report(Catalogue.load(SHIPPED), recording(system + both))).as_dict()
    (charge,) = [row for row in data["metrics"] if row["kind"] == "charge"]
    assert (charge["value"], charge["oid"]) == (98.7, f"{ups}.2.3.1.0")
    data = (await report(Catalogue.load(SHIPPED), recording(system + f"{ups}.2.2.1.0|66|99\n"))).as_dict()
    (charge,) = [row for row in data["metrics"] if row["kind"] == "charge"]
    assert (charge["value"], charge["oid"]) == (99, f"{ups}.2.2.1.0")


async def test_optics_with_a_serial_number_are_told_apart_from_boards_with_cages() -> None:
    parts = {
        5: (10, "Te1/0/1", "SFP-10G-LR", "OPT1"),
        6: (9, "Supervisor with 4 SFP+ uplinks", "SUP", "BRD1"),
        7: (9, "48-port SFP line card", "LC48", "BRD2"),
        8: (10, "Te1/0/2 SFP", "", ""),
    }
    cells = ""
    for index, (kind, name, model, serial) in parts.items():
        cells += f"{ENTITY}.5.{index}|2|{kind}\n{ENTITY}.7.{index}|4|{name}\n"
        cells += f"{ENTITY}.13.{index}|4|{model}\n{ENTITY}.11.{index}|4|{serial}\n"
    collected = await read(SHIPPED, recording(SYSTEM + cells))
    assert [row["serial"] for row in collected.records["transceivers"]] == ["OPT1"]
