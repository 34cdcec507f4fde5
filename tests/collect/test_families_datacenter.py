"""Families of the data centre, on recordings of a dozen lines made by hand from their MIBs."""

from __future__ import annotations

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.model import DeviceId

from .support import SHIPPED, recording, values

PDU2 = "1.3.6.1.4.1.13742.6"


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def probe(catalogue: Catalogue, text: str) -> Collected:
    reader = recording(text)
    recognised = await recognise(reader, catalogue)
    wanted = plan(catalogue, recognised.families, recognised.sys_object_id)
    return await collect(wanted, reader, DeviceId("d"), 1000.0)


def system(sys_object_id: str, sys_descr: str = "Box") -> str:
    return f"1.3.6.1.2.1.1.1.0|4|{sys_descr}\n1.3.6.1.2.1.1.2.0|6|{sys_object_id}\n1.3.6.1.2.1.1.3.0|67|100\n"


def lines(base: str, **cells: str) -> str:
    """snmprec lines of columns c1, c2, ... below `base`: `c3="1.1=2:7"` is column 3, instance 1.1, tag 2, value 7."""
    out = []
    for name, text in cells.items():
        instance, _, rest = text.partition("=")
        tag, _, value = rest.partition(":")
        out.append(f"{base}.{name[1:]}.{instance}|{tag}|{value}\n")
    return "".join(out)


async def test_a_sentry4_outlet_and_its_probe_are_scaled(shipped: Catalogue) -> None:
    st4 = "1.3.6.1.4.1.1718.4.1"
    text = (
        system("1.3.6.1.4.1.1718.4")
        + lines(f"{st4}.8.2.1", c2="1.1.1=4:AA1", c3="1.1.1=4:core")
        + lines(f"{st4}.8.3.1", c1="1.1.1=2:1", c2="1.1.1=2:12", c3="1.1.1=2:125", c6="1.1.1=2:2305", c14="1.1.1=2:5")
        + f"{st4}.9.1.10.0|2|1\n"
        + lines(f"{st4}.9.2.1", c3="1.1=4:door")
        + lines(f"{st4}.9.3.1", c1="1.1=2:770", c2="1.1=2:0")
    )
    collected = await probe(shipped, text)
    assert values(collected, "current_amperes") == {"Outlet core": pytest.approx(1.25)}
    assert values(collected, "voltage_volts") == {"Outlet core": pytest.approx(230.5)}
    assert values(collected, "energy_joules_total") == {"Outlet core": pytest.approx(18000)}
    assert values(collected, "temperature_celsius") == {"door": pytest.approx(25.0)}


async def test_a_raritan_sensor_is_divided_by_its_own_digits(shipped: Catalogue) -> None:
    text = (
        system(PDU2)
        + lines(f"{PDU2}.3.3.3.1", c2="1.1=4:I1")
        + lines(f"{PDU2}.3.3.4.1", c6="1.1.4=2:1", c7="1.1.4=66:1")
        + lines(f"{PDU2}.5.2.3.1", c2="1.1.4=2:1", c3="1.1.4=2:5", c4="1.1.4=66:2310")
        + lines(f"{PDU2}.3.6.3.1", c2="1.1=2:10", c4="1.1=4:Cold aisle", c16="1.1=2:7", c17="1.1=66:1")
        + lines(f"{PDU2}.5.5.3.1", c2="1.1=2:1", c3="1.1=2:6", c4="1.1=2:315")
    )
    collected = await probe(shipped, text)
    assert values(collected, "voltage_volts") == {"Inlet I1 RMS voltage": pytest.approx(231.0)}
    assert values(collected, "temperature_celsius") == {"Cold aisle": pytest.approx(31.5)}


async def test_an_unavailable_raritan_sensor_gives_nothing(shipped: Catalogue) -> None:
    text = (
        system(PDU2)
        + lines(f"{PDU2}.3.6.3.1", c2="1.1=2:10", c4="1.1=4:Gone", c16="1.1=2:7", c17="1.1=66:1")
        + lines(f"{PDU2}.5.5.3.1", c2="1.1=2:2", c3="1.1=2:-1", c4="1.1=2:0")
    )
    collected = await probe(shipped, text)
    assert values(collected, "temperature_celsius") == {}


async def test_a_cyberpower_sensor_in_fahrenheit_becomes_celsius(shipped: Catalogue) -> None:
    cps = "1.3.6.1.4.1.3808.1.1"
    text = system("1.3.6.1.4.1.3808.1.1.1") + f"{cps}.4.2.1.0|2|770\n{cps}.4.3.1.0|2|41\n{cps}.1.2.2.4.0|67|180000\n"
    collected = await probe(shipped, text)
    assert list(values(collected, "temperature_celsius").values()) == [pytest.approx(25.0)]
    assert list(values(collected, "humidity_ratio").values()) == [pytest.approx(0.41)]
    assert values(collected, "runtime_seconds") == {"Battery": pytest.approx(1800)}


async def test_rittal_variables_are_scaled_both_ways(shipped: Catalogue) -> None:
    variables = "1.3.6.1.4.1.2606.7.4.2.2.1"
    text = (
        system("1.3.6.1.4.1.2606.7.4")
        + lines("1.3.6.1.4.1.2606.7.4.1.2.1", c2="1=4:CMCIII-PU", c6="1=2:2")
        + lines(
            variables,
            c3="1.2=4:Temperature.Value",
            c4="1.2=2:2",
            c5="1.2=4:degree C",
            c7="1.2=2:-100",
            c11="1.2=2:2345",
        )
        + lines(variables, c3="1.3=4:Power.Value", c4="1.3=2:2", c5="1.3=4:W", c7="1.3=2:10", c11="1.3=2:12")
        + lines(
            variables,
            c3="1.4=4:Temperature.Offset",
            c4="1.4=2:18",
            c5="1.4=4:degree C",
            c7="1.4=2:-100",
            c11="1.4=2:500",
        )
    )
    collected = await probe(shipped, text)
    assert list(values(collected, "temperature_celsius").values()) == [pytest.approx(23.45)]
    assert list(values(collected, "power_watts").values()) == [pytest.approx(120)]


async def test_the_value_of_an_array_sensor_is_taken_from_its_message(shipped: Catalogue) -> None:
    sensors, unit = "1.3.6.1.3.94.1.8.1", "32.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
    text = (
        system("1.3.6.1.4.1.11.2.51")
        + lines(sensors, c3=f"{unit}.1=4:CPU A", c4=f"{unit}.1=2:3", c6=f"{unit}.1=4:CPU A: 67 C 152.6F")
        + lines(sensors, c3=f"{unit}.2=4:12V rail", c4=f"{unit}.2=2:5", c6=f'{unit}.2=4:"12V rail Loc: left: 12.15V"')
    )
    collected = await probe(shipped, text)
    assert values(collected, "temperature_celsius") == {"CPU A": pytest.approx(67)}
    assert values(collected, "voltage_volts") == {"12V rail": pytest.approx(12.15)}


async def test_ilo_power_supplies_and_temperatures_are_read(shipped: Catalogue) -> None:
    he = "1.3.6.1.4.1.232.6.2"
    text = (
        system("1.3.6.1.4.1.232.9.4.11")
        + "1.3.6.1.4.1.232.6.1.3.0|2|3\n"
        + lines(f"{he}.6.8.1", c3="0.1=2:11", c4="0.1=2:22", c5="0.1=2:42", c6="0.1=2:2")
        + lines(f"{he}.6.8.1", c3="0.2=2:6", c4="0.2=2:-99", c5="0.2=2:0", c6="0.2=2:1")
        + lines(f"{he}.9.3.1", c4="0.1=2:2", c6="0.1=2:230", c7="0.1=2:120")
    )
    collected = await probe(shipped, text)
    assert values(collected, "temperature_celsius") == {"1 Ambient": pytest.approx(22)}
    assert values(collected, "power_watts") == {"Power supply 1": pytest.approx(120)}
    assert values(collected, "voltage_volts") == {"Power supply 1": pytest.approx(230)}


async def test_a_flexible_liebert_value_is_known_by_its_unit_and_ratings_are_left_out(shipped: Catalogue) -> None:
    flexible = "1.3.6.1.4.1.476.1.42.3.9.20.1"
    text = (
        system("1.3.6.1.4.1.476.1.42")
        + lines(flexible, c10="1.2.1.4096=4:Input RMS A-N", c20="1.2.1.4096=4:229", c30="1.2.1.4096=4:VAC")
        + lines(flexible, c10="1.2.1.4208=4:Output Power", c20="1.2.1.4208=4:20", c30="1.2.1.4208=4:kW")
        + lines(flexible, c10="1.2.1.4300=4:Output Power Rating", c20="1.2.1.4300=4:40", c30="1.2.1.4300=4:kW")
    )
    collected = await probe(shipped, text)
    assert values(collected, "voltage_volts") == {"Input RMS A-N": pytest.approx(229)}
    assert values(collected, "power_watts") == {"Output Power": pytest.approx(20_000)}


@pytest.mark.parametrize("folder", ["datacenter", "office", "telephony"])
def test_every_family_is_listed_in_the_documentation(folder: str) -> None:
    listed = (SHIPPED.parent / "docs" / "families.md").read_text(encoding="utf-8")
    missing = [path.stem for path in (SHIPPED / folder).glob("*.yaml") if f"| `{path.stem}` |" not in listed]
    assert missing == []
