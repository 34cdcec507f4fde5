"""Families of telephones and printers, on recordings of a dozen lines made by hand from their MIBs."""

from __future__ import annotations

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.i18n import in_english
from nms.model import DeviceId

from .support import SHIPPED, recording, values


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


async def test_a_call_manager_counts_its_telephones_and_judges_its_gateways(shipped: Catalogue) -> None:
    ccm = "1.3.6.1.4.1.9.9.156.1"
    text = (
        system("1.3.6.1.4.1.9.1.1348", "Hardware:VMware, 1 Intel CPU, 4096 MB Memory: Software:UCOS 6.0.0.0-2")
        + f"{ccm}.1.2.1.2.1|4|cucm-1\n{ccm}.1.2.1.4.1|4|12.5.1\n{ccm}.1.2.1.5.1|2|2\n"
        + f"{ccm}.5.5.0|65|412\n{ccm}.5.6.0|65|7\n"
        + f"{ccm}.3.1.1.2.1|4|gw-main\n{ccm}.3.1.1.5.1|2|4\n"
    )
    collected = await probe(shipped, text)
    assert values(collected, "registrations") == {"Telephones registered": 412}
    assert values(collected, "count")["Telephones not registered"] == 7
    assert collected.facts["vendor"] == "Cisco"
    assert collected.facts["version"] == "12.5.1"


async def test_a_session_border_controller_tells_sessions_and_health(shipped: Catalogue) -> None:
    text = system("1.3.6.1.4.1.9148.1.1.2") + "".join(
        f"1.3.6.1.4.1.9148.3.2.1.1.{column}.0|2|{value}\n" for column, value in ((1, 12), (2, 40), (3, 100), (5, 37))
    )
    collected = await probe(shipped, text)
    assert values(collected, "calls_active") == {"Sessions": 37}
    assert values(collected, "processor_used_ratio") == {"Processor": pytest.approx(0.12)}
    assert values(collected, "percentage_ratio") == {"Health": pytest.approx(1.0)}


async def test_an_asterisk_tells_calls_and_channels(shipped: Catalogue) -> None:
    ast = "1.3.6.1.4.1.22736.1"
    text = system("1.3.6.1.4.1.8072.3.2.10") + f"{ast}.1.1.0|4|18.20.0\n{ast}.2.5.0|66|5\n{ast}.5.1.0|66|9\n"
    collected = await probe(shipped, text)
    assert values(collected, "calls_active") == {"Calls": 5}
    assert values(collected, "channels_used") == {"Channels": 9}
    assert collected.facts["version"] == "18.20.0"


async def test_a_hp_printer_is_known_by_its_identification_and_counts_colours(shipped: Catalogue) -> None:
    hp = "1.3.6.1.4.1.11.2.3.9"
    text = (
        system(f"{hp}.1", "HP ETHERNET MULTI-ENVIRONMENT,SN:X1,FN:20180904,SVCID:1,PID:Front desk")
        + f"{hp}.1.1.7.0|4|MFG:HP;MDL:HP Color LaserJet M452dn;CLS:PRINTER;SERN:VNB3;\n"
        + f"{hp}.4.2.1.4.1.2.6.0|2|1200\n{hp}.4.2.1.4.1.2.7.0|2|340\n{hp}.1.1.2.9.0|2|1\n"
    )
    collected = await probe(shipped, text)
    assert values(collected, "pages_total") == {"Black pages": 1200, "Colour pages": 340}
    assert collected.facts["hardware"] == "HP Color LaserJet M452dn"
    assert collected.facts["serial"] == "VNB3"


async def test_counters_of_a_ricoh_are_called_by_their_names(shipped: Catalogue) -> None:
    ricoh = "1.3.6.1.4.1.367.3.2.1"
    text = (
        system("1.3.6.1.4.1.367.1.1", "RICOH MP C4503 1.13 / RICOH Network Printer C model")
        + f"{ricoh}.2.19.5.1.5.1|4|Total\n{ricoh}.2.19.5.1.9.1|2|45678\n"
        + f"{ricoh}.1.1.1.0|4|RICOH MP C4503\n{ricoh}.2.1.4.0|4|E173\n"
    )
    collected = await probe(shipped, text)
    assert values(collected, "pages_total") == {"Total": 45678}
    assert collected.facts["serial"] == "E173"


async def test_a_mitel_tells_the_level_of_its_alarms(shipped: Catalogue) -> None:
    ipera = "1.3.6.1.4.1.1027.4.1.1.2"
    text = system("1.3.6.1.4.1.1027.1.2.3", "VerSw:12.0.1.24;VerHw:CX;VerPl:3300 ICP;VerMCD:6.0 SP1") + (
        f"{ipera}.1.2.1.0|2|50\n{ipera}.1.2.2.0|2|41\n{ipera}.1.2.3.0|2|0\n{ipera}.1.2.4.0|2|3\n{ipera}.2.1.0|2|3\n"
        f"{ipera}.2.4.1.2.1|2|7\n{ipera}.2.4.1.3.1|2|1\n{ipera}.2.4.1.4.1|2|2\n{ipera}.2.4.1.8.1|4|Trunks\n"
    )
    collected = await probe(shipped, text)
    assert (collected.facts["hardware"], collected.facts["version"]) == ("3300 ICP", "6.0 SP1")
    assert {(s.component.label, in_english(s.text)) for s in collected.states} == {
        ("Alarms", "almMajor"),
        ("Trunks", "almMinor"),
    }
    assert values(collected, "count")["Trunks not available"] == 1
    assert values(collected, "channels_used") == {"IP user licences": 41, "IP device licences": 3}
    assert values(collected, "channels_size") == {"IP user licences": 50}, "0 is not a number of licences"
    assert values(collected, "load_ratio") == {"IP user licences": 0.82}
    assert {part.kind for reading in collected.readings for part in reading.components} >= {"licence"}


async def test_a_session_border_controller_and_a_call_manager_express_tell_their_licences(shipped: Catalogue) -> None:
    text = (
        system("1.3.6.1.4.1.9148.1.1.1")
        + "1.3.6.1.4.1.9148.3.2.1.1.10.0|2|64\n"
        + ("1.3.6.1.4.1.9148.3.5.1.1.1.3.1|66|250\n1.3.6.1.4.1.9148.3.5.1.1.1.3.2|66|0\n")
    )
    border = await probe(shipped, text)
    assert values(border, "load_ratio") == {"Licensed sessions": 0.64}
    assert values(border, "channels_size") == {"Licence 1": 250}, "a licence for a feature has no capacity"
    cme = "1.3.6.1.4.1.9.9.439.1"
    text = system("1.3.6.1.4.1.9.1.1041") + f"{cme}.1.1.0|2|1\n{cme}.1.6.0|2|48\n{cme}.2.3.0|66|36\n"
    express = await probe(shipped, text)
    assert values(express, "load_ratio") == {"Telephones allowed": 0.75}
    assert (values(express, "channels_used"), values(express, "channels_size")) == (
        {"Telephones allowed": 36}, {"Telephones allowed": 48},
    )  # fmt: skip


async def test_an_avaya_gateway_tells_its_channels_and_its_link(shipped: Catalogue) -> None:
    cmg = "1.3.6.1.4.1.6889.2.9.1"
    text = system("1.3.6.1.4.1.6889.1.45.103") + (
        f"{cmg}.3.1.0|2|2\n{cmg}.3.3.0|2|1\n{cmg}.4.5.1.6.101|2|80\n{cmg}.4.5.1.7.101|2|12\n{cmg}.4.5.1.8.101|2|15\n"
    )
    collected = await probe(shipped, text)
    assert values(collected, "channels_used") == {"VoIP engine 101": 12}
    assert values(collected, "channels_size") == {"VoIP engine 101": 80}
    assert values(collected, "load_ratio") == {"VoIP engine 101": 0.15}
    assert {in_english(s.text) for s in collected.states} == {"notRegistered", "up"}


async def test_counters_of_a_bizhub_are_named_by_function_and_colour(shipped: Catalogue) -> None:
    km = "1.3.6.1.4.1.18334.1.1.1.5.7.2"
    text = system("1.3.6.1.4.1.18334.1.1.1.2.1.138.1.1") + (
        f"{km}.1.1.0|2|900\n{km}.1.5.0|2|70\n{km}.2.1.5.1.1|2|300\n{km}.2.1.5.2.2|2|200\n"
    )
    collected = await probe(shipped, text)
    assert values(collected, "pages_total") == {"Total": 900, "Copies black": 300, "Prints colour": 200}
    assert values(collected, "events_total") == {"Scans": 70}
