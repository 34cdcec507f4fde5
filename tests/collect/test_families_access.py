"""Access, transport, cellular and balancing equipment: recordings of a few lines, written from the MIBs."""

from __future__ import annotations

from functools import cache

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.collect.report import status
from nms.i18n import in_english
from nms.model import DeviceId

from .support import SHIPPED, recording, values

E = "1.3.6.1.4.1"


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def read(object_id: str, cells: dict[str, tuple[int, object]], descr: str = "Box") -> Collected:
    system = f"1.3.6.1.2.1.1.1.0|4|{descr}\n1.3.6.1.2.1.1.2.0|6|{object_id}\n1.3.6.1.2.1.1.3.0|67|100\n"
    reader = recording(system + "".join(f"{oid}|{tag}|{value}\n" for oid, (tag, value) in cells.items()))
    recognised = await recognise(reader, catalogue())
    wanted = plan(catalogue(), recognised.families, recognised.sys_object_id)
    return await collect(wanted, reader, DeviceId("d"), 1000.0, full=True)


def words(collected: Collected) -> dict[str, tuple[str, str]]:
    return {state.component.label: (in_english(state.text), status(state)) for state in collected.states}


async def test_a_cellular_router_tells_its_signal_and_session() -> None:
    modem = f"{E}.20992.1.2.2.1"
    cells = {f"{modem}.2.1": (4, "LTE internal"), f"{modem}.4.1": (2, -71), f"{modem}.5.1": (2, 5)}
    cells |= {f"{modem}.13.1": (2, 12), f"{modem}.14.1": (2, -98), f"{modem}.15.1": (2, -11)}
    collected = await read(f"{E}.20992.2.31", {**cells, f"{E}.20992.1.1.1.0": (4, "7.2.40")})
    assert values(collected, "signal_dbm") == {"LTE internal": -71}
    assert values(collected, "rsrp_dbm") == {"LTE internal": -98}
    assert words(collected)["LTE internal"] == ("disconnected", "critical")
    assert (collected.facts["hardware"], collected.facts["version"]) == ("IBR900", "7.2.40")


async def test_a_load_balancer_tells_which_service_is_out() -> None:
    b100 = f"{E}.12196.13"
    cells = {f"{b100}.0.9.0": (2, 1), f"{b100}.0.10.0": (4, "7.2.54.1"), f"{b100}.1.1.13.1": (4, "intranet")}
    cells |= {f"{b100}.1.1.14.1": (2, 2), f"{b100}.1.1.21.1": (66, 37)}
    collected = await read(f"{E}.12196.250.10", cells)
    assert words(collected)["intranet"] == ("outOfService", "critical")
    assert values(collected, "count")["intranet connections"] == 37
    assert collected.facts["version"] == "7.2.54.1"


@pytest.mark.parametrize(
    ("object_id", "root", "vendor"),
    [(f"{E}.4881.1.1.10.1.76", f"{E}.4881.1.1.10.2", "Ruijie"), (f"{E}.52642.1.1.10.1.1", f"{E}.52642.1.1.10.2", "FS")],
)
async def test_one_mib_is_read_below_the_numbers_of_two_vendors(object_id: str, root: str, vendor: str) -> None:
    cells = {f"{root}.36.1.1.3.0": (2, 23), f"{root}.35.1.1.1.3.1": (2, 41), f"{root}.1.1.24.0": (4, "G1ABC")}
    cells |= {f"{root}.1.1.18.1.2.1": (2, 7), f"{root}.1.1.23.1.2.1": (4, "CPU"), f"{root}.1.1.23.1.3.1": (2, 51)}
    collected = await read(object_id, cells)
    assert list(values(collected, "processor_used_ratio").values()) == [pytest.approx(0.23)]
    assert list(values(collected, "memory_used_ratio").values()) == [pytest.approx(0.41)]
    assert values(collected, "temperature_celsius") == {"CPU": 51}
    assert words(collected)["Power supply 1"] == ("linefail", "critical")
    assert (collected.facts["vendor"], collected.facts["serial"]) == (vendor, "G1ABC")


async def test_an_sd_wan_router_computes_its_processor_from_what_is_idle() -> None:
    system = f"{E}.41916.11.1"
    cells = {f"{system}.16.0": (4, "91.25"), f"{system}.17.0": (4, "2000000"), f"{system}.18.0": (4, "500000")}
    collected = await read(f"{E}.41916.3.1.2.1", {**cells, f"{system}.2.0": (4, "20.9.3"), f"{system}.32.0": (2, 14)})
    assert values(collected, "processor_used_ratio") == {"Processor": pytest.approx(0.0875)}
    assert values(collected, "memory_size_bytes") == {"Memory": 2000000 * 1024}
    assert (collected.facts["version"], collected.facts["hardware"]) == ("20.9.3", "ISR1100-4G")


async def test_an_access_node_tells_the_load_of_each_card() -> None:
    card = f"{E}.3902.1082.10.1.2.4.1"
    cells = {f"{card}.9.1.1.3": (2, 17), f"{card}.11.1.1.3": (2, 62), f"{card}.9.1.1.4": (2, -1)}
    collected = await read(f"{E}.3902.1082.1001.600.2.1", cells, "ZTE TITAN C600 Version V1.2.1")
    assert values(collected, "processor_used_ratio") == {"Card 1/1/3": pytest.approx(0.17)}
    assert values(collected, "memory_used_ratio") == {"Card 1/1/3": pytest.approx(0.62)}


async def test_a_microwave_radio_gives_tenths_of_decibels() -> None:
    entity = {"1.3.6.1.2.1.47.1.1.1.1.7.12": (4, "Carrier 1"), f"{E}.2509.9.15.2.2.1.4.12": (2, -423)}
    collected = await read(f"{E}.2509.8.1", {**entity, f"{E}.2509.9.5.2.1.1.1.12": (2, 18000000)})
    assert values(collected, "signal_dbm") == {"Carrier 1": pytest.approx(-42.3)}
    assert values(collected, "frequency_hertz") == {"Carrier 1 Tx": 18e9}


async def test_the_processor_of_the_last_minute_is_taken_where_five_periods_are_told() -> None:
    cpu = f"{E}.8886.1.1.1.5.1.1.1.3.1"
    collected = await read(f"{E}.8886.6.1", {f"{cpu}.{period}": (2, period * 10) for period in range(1, 6)})
    assert values(collected, "processor_used_ratio") == {"Processor 1": pytest.approx(0.30)}


@pytest.mark.parametrize(
    ("object_id", "root"),
    [
        (f"{E}.30065.1.3011", f"{E}.30065.4.1.1"),
        (f"{E}.674.11000.5000.100.2.1", f"{E}.674.11000.5000.200.1.1"),
        (f"{E}.1916.2.160", f"{E}.1916.1.51.1"),
        (f"{E}.8072.3.2.10", "1.3.6.1.3.5.1.1"),
    ],
)
async def test_sessions_with_ipv6_neighbours_are_read_from_the_draft_mib(object_id: str, root: str) -> None:
    index = "1.2.16." + ".".join(str(octet) for octet in bytes.fromhex("20010db8000000000000000000000001"))
    cells = {f"{root}.2.1.10.{index}": (66, 64500), f"{root}.2.1.13.{index}": (2, 3)}
    collected = await read(object_id, cells, "Linux r1 6.1.0 #1 x86_64")
    assert values(collected, "bgp_peer_state") == {"2001:db8::1 AS64500": 3}
    assert collected.records["bgp_peers"][0]["state"] == "active"


@pytest.mark.parametrize(
    ("object_id", "cells", "expected"),
    [
        (
            f"{E}.332.11.5.3",
            {f"{E}.332.11.6.1.1.0": "ConnectPort X4", f"{E}.332.11.6.1.3.0": "Version 2.14.1"},
            ("Digi", "ConnectPort X4", "2.14.1"),
        ),
        (
            f"{E}.4329.6.1.2.1.1.1.1.1",
            {f"{E}.4329.6.3.2.1.1.2.0": "6GK5 208-0BA10", f"{E}.4329.6.3.2.1.1.5.0": "V 5.2.4"},
            ("Siemens", "6GK5 208-0BA10", "5.2.4"),
        ),
        (
            f"{E}.8691.2.11",
            {f"{E}.8691.2.11.1.1.1.0": "NPort 5650", f"{E}.8691.2.11.1.1.3.0": "3.9"},
            ("Moxa", "NPort 5650", "3.9"),
        ),
        (f"{E}.171.10.134.1.1", {f"{E}.171.10.134.1.1.1.3.0": "6.20.B007"}, ("D-Link", None, "6.20.B007")),
        (f"{E}.202.20.66", {f"{E}.202.20.66.1.1.3.1.6.1": "1.4.2.1"}, ("SMC", None, "1.4.2.1")),
        (
            f"{E}.3942.1",
            {f"{E}.3942.1.1.3.15.0": "R5000-Omx", f"{E}.3942.1.1.3.14.0": "H08S11-MINTv1.90.32"},
            ("InfiNet Wireless", "R5000-Omx", "H08S11-MINTv1.90.32"),
        ),
        (
            f"{E}.14331.5.2",
            {f"{E}.14331.5.5.1.3.2.0": "NGFW4000", f"{E}.14331.5.5.1.3.3.0": "v3.3.010"},
            ("Topsec", "NGFW4000", "v3.3.010"),
        ),
        (
            f"{E}.248.70.12.6",
            {f"{E}.248.70.1.1.13.0": "MX-25", f"{E}.248.70.1.1.3.0": "2.1"},
            ("Hirschmann", "MX-25", "2.1"),
        ),
        (
            f"{E}.26866.3.1",
            {f"{E}.26866.2.2.0": "GigaVUE-TA1", f"{E}.26866.2.6.0": "5.14.01"},
            ("Gigamon", "GigaVUE-TA1", "5.14.01"),
        ),
    ],
)
async def test_equipment_tells_what_it_is(
    object_id: str, cells: dict[str, str], expected: tuple[str, str | None, str]
) -> None:
    collected = await read(object_id, {oid: (4, text) for oid, text in cells.items()})
    assert tuple(collected.facts.get(fact) for fact in ("vendor", "hardware", "version")) == expected


@pytest.mark.parametrize(
    ("object_id", "cells", "expected"),
    [
        (
            f"{E}.35265.1.81",
            {f"{E}.35265.1.23.53.1.1.1.{n}.105": text for n, text in ((5, "ACME"), (6, "S1"), (10, "LX-10"))},
            {"index": 105, "serial": "S1", "model": "LX-10", "vendor": "ACME"},
        ),
        (
            f"{E}.25506.11.1.1",
            {f"{E}.25506.2.70.1.1.1.{n}.13": text for n, text in ((2, "1000_BASE_LX_SFP"), (4, "ACME"), (5, "S2"))},
            {"index": 13, "serial": "S2", "model": "1000_BASE_LX_SFP", "vendor": "ACME"},
        ),
        (
            f"{E}.36673.1",
            {f"{E}.36673.100.1.2.2.1.{n}.1.15": text for n, text in ((26, "ACME"), (28, "SR4"), (35, "S3"))},
            {"index": "1.15", "serial": "S3", "model": "SR4", "vendor": "ACME"},
        ),
        (
            f"{E}.1588.2.1.1.1",
            {f"1.3.6.1.3.94.1.10.1.{n}.16.0.1.4": text for n, text in ((12, "S4"), (14, "ACME"), (17, "port3"))},
            {"index": 4, "serial": "S4", "name": "port3", "vendor": "ACME"},
        ),
    ],
)
async def test_optics_in_the_tables_of_the_maker_are_told(
    object_id: str, cells: dict[str, str], expected: dict[str, object]
) -> None:
    collected = await read(object_id, {oid: (4, text) for oid, text in cells.items()})
    (row,) = collected.records["transceivers"]
    assert {field: row.get(field) for field in expected} == expected
