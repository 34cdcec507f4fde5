"""Who made the device and what it is, where no family of its vendor tells."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.report import report

from .support import SHIPPED, recording

_ENTITY = "1.3.6.1.2.1.47.1.1.1.1"
_EXTEND = "1.3.6.1.4.1.8072.1.3.2.3.1.1"


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def facts(sys_object_id: str, sys_descr: str, **more: str) -> dict[str, Any]:
    system = f"1.3.6.1.2.1.1.1.0|4|{sys_descr}\n1.3.6.1.2.1.1.2.0|6|{sys_object_id}\n1.3.6.1.2.1.1.3.0|67|100\n"
    text = system + "".join(f"{oid}|4|{value}\n" for oid, value in more.items())
    return dict((await report(catalogue(), recording(text))).as_dict()["device"])


@pytest.mark.parametrize(
    ("descr", "hardware", "version"),
    [
        ("Linux nas 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC x86_64", "x86 64-bit", "6.1.0-18-amd64"),
        ("Linux pi 5.10.63-v7l+ #1459 SMP armv7l", "ARMv7", "5.10.63-v7l+"),
        ("FreeBSD fw 13.2-RELEASE FreeBSD 13.2-RELEASE GENERIC amd64", "x86 64-bit", "13.2-RELEASE"),
    ],
)
async def test_a_host_without_a_vendor_tells_its_processor_and_kernel(descr: str, hardware: str, version: str) -> None:
    found = await facts("1.3.6.1.4.1.8072.3.2.10", descr)
    assert (found["hardware"], found["version"]) == (hardware, version)


async def test_what_the_administrator_lets_snmpd_say_goes_before_the_kernel() -> None:
    names = {"hardware": "PowerEdge R640", "distro": "Debian 12", "serial": "ABC1234", "manufacturer": "Dell"}
    lines = {f"{_EXTEND}.{len(name)}.{'.'.join(str(ord(c)) for c in name)}": text for name, text in names.items()}
    found = await facts("1.3.6.1.4.1.8072.3.2.10", "Linux srv 6.1.0 #1 SMP x86_64", **lines)
    assert (found["hardware"], found["version"]) == ("PowerEdge R640", "Debian 12")
    assert (found["serial"], found["vendor"]) == ("ABC1234", "Dell")


@pytest.mark.parametrize(
    ("descr", "hardware", "version"),
    [
        ("Acme QX-2408, Software Version 3.2.1b4, Serial No: QA123456", "Acme QX-2408", "3.2.1b4"),
        ("Acme Inc. qx2200 Ethernet Switch, kernel JUNOS 15.1X53-D59.4, Build date: 2018", "qx2200", "15.1X53-D59.4"),
        ("Acme IOS Software, QX1000 Software (QX1000-FNSBASE), Version 2.2.6", "QX1000", "2.2.6"),
        ("QX-5130 revision PT.01.14", "QX-5130", "PT.01.14"),
    ],
)
async def test_a_device_of_no_known_family_tells_what_it_is_in_words(descr: str, hardware: str, version: str) -> None:
    found = await facts("1.3.6.1.4.1.99999.1", descr)
    assert (found["hardware"], found["version"]) == (hardware, version)


async def test_an_appliance_on_linux_is_not_taken_for_a_linux_host() -> None:
    own = {"1.3.6.1.4.1.48690.1.1.0": "1102345678", "1.3.6.1.4.1.48690.1.6.0": "RUT9_R_00.07.06.16"}
    found = await facts("1.3.6.1.4.1.8072.3.2.10", "Linux RUT950 5.4.259 #0 mips", **own)
    assert (found["vendor"], found["version"], found["serial"]) == ("Teltonika", "00.07.06.16", "1102345678")


@pytest.mark.parametrize(
    ("kind", "build", "version"),
    [
        (1, "19045", "Windows 10 22H2 (10.0.19045)"),
        (2, "20348", "Windows Server 2022 (10.0.20348)"),
        (3, "17763", "Windows Server 2019 (10.0.17763)"),  # a domain controller
        (2, "99999", "Version 10.0 (Build 99999"),
    ],
)
async def test_the_build_and_the_sort_of_windows_tell_its_release(kind: int, build: str, version: str) -> None:
    descr = "Hardware: Intel64 Family 6 Model 85 AT/AT COMPATIBLE - Software: Windows Version 10.0"
    found = await facts(f"1.3.6.1.4.1.311.1.1.3.1.{kind}", f"{descr} (Build {build} Multiprocessor Free)")
    assert (found["version"], found["hardware"], found["vendor"]) == (version, "Intel x64", "Microsoft")


async def test_a_serial_number_stands_at_the_first_entity_where_no_chassis_has_one() -> None:
    found = await facts("1.3.6.1.4.1.99999", "Box", **{f"{_ENTITY}.11.1": "SN123456", f"{_ENTITY}.13.1": "Model 9"})
    assert (found["serial"], found["hardware"]) == ("SN123456", "Model 9")


async def test_a_chassis_without_serial_number_leaves_it_to_its_main_board() -> None:
    rows = {f"{_ENTITY}.5.1": "3", f"{_ENTITY}.5.9": "9", f"{_ENTITY}.11.1": "", f"{_ENTITY}.11.9": "BOARD42"}
    assert (await facts("1.3.6.1.4.1.99999", "Box", **rows))["serial"] == "BOARD42"


async def test_memory_that_was_never_written_is_no_serial_number() -> None:
    assert "serial" not in await facts("1.3.6.1.4.1.99999", "Box", **{f"{_ENTITY}.11.1": "FFFFFFFFFFFFFFFF"})


async def test_what_every_device_is_asked_does_not_count_as_its_family() -> None:
    system = "1.3.6.1.2.1.1.1.0|4|Switch X1-24, version 1.2.3\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999\n"
    made = await report(catalogue(), recording(system + "1.3.6.1.2.1.1.3.0|67|100\n"))
    assert made.families == ("system",)
    assert made.as_dict()["device"]["version"] == "1.2.3"
