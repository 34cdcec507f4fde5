"""Licences and contracts that equipment tells of: how they stand, and when they end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected
from nms.collect.gather import collect
from nms.collect.parsing import date
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.collect.report import status
from nms.i18n import in_english
from nms.model import Component, DeviceId, Poll, Reading
from nms.queries.live import LiveBoard
from nms.store.samples import MemorySamples
from nms.tickets.preventive import Expiry
from nms.wiring.meters import Meters

from .support import SHIPPED, recording

NOW = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
DAY = 86_400


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def read(sys_object_id: str, base: str, cells: Mapping[str, tuple[int, object]]) -> Collected:
    text = f"1.3.6.1.2.1.1.1.0|4|Box\n1.3.6.1.2.1.1.2.0|6|{sys_object_id}\n1.3.6.1.2.1.1.3.0|67|100\n"
    reader = recording(text + "".join(f"{base}.{oid}|{tag}|{value}\n" for oid, (tag, value) in cells.items()))
    known = await recognise(reader, catalogue())
    return await collect(plan(catalogue(), known.families, known.sys_object_id), reader, DeviceId("d"), NOW)


def licences(collected: Collected) -> dict[str, tuple[str, str]]:
    """Label -> (what is said of it, severity)."""
    found = [one for one in collected.states if one.component.kind == "licence"]
    assert len(collected.states) == len(collected.state_oids)
    return {one.component.label: (in_english(one.text), status(one)) for one in found}


def counts(collected: Collected) -> dict[str, object]:
    return {
        component.label: value
        for reading in collected.readings
        for component, value in zip(reading.components, reading.columns.get("count", ()), strict=False)
        if value is not None and component.kind == "licence"
    }


async def test_smart_licensing_tells_registration_entitlements_and_what_is_left() -> None:
    cells = {
        "4.0": (2, 1), "6.1.0": (2, 5), "6.3.0": (66, int(NOW + 200 * DAY)), "7.1.0": (66, int(NOW + 12 * DAY)),
        "7.4.1.0": (2, 2),
        "5.1.1.2.1": (66, 2), "5.1.1.2.2": (66, 1),
        "5.1.1.3.1": (4, "regid.2017-03.com.cisco.c9300-a"), "5.1.1.3.2": (4, "regid.2017-03.com.cisco.dna"),
        "5.1.1.5.1": (2, 3), "5.1.1.5.2": (2, 4),
        "5.1.1.7.1": (4, "network-advantage"), "5.1.1.7.2": (4, ""),
    }  # fmt: skip
    found = await read("1.3.6.1.4.1.9.1.2494", "1.3.6.1.4.1.9.9.831.0", cells)
    assert "cisco-smart-licensing" in found.families
    assert licences(found) == {
        "Registration of licences": ("registrationCompleted", "ok"),
        "Evaluation period": ("notInUse", "ok"),
        "network-advantage": ("authorized", "ok"),
        "regid.2017-03.com.cisco.dna": ("outOfCompliance", "warning"),
        "Certificate of the registration": ("200 days left", "ok"),
        "Authorisation of licences": ("12 days left", "warning"),
    }
    assert counts(found) == {"network-advantage": 2, "regid.2017-03.com.cisco.dna": 1}


async def test_contracts_of_a_fortigate_end_on_the_days_that_it_writes() -> None:
    cells = {
        "1.1": (4, "FortiCare Support"), "1.2": (4, "IPS"), "1.3": (4, "Antivirus"),
        "2.1": (4, "Wed 11 November 2026"), "2.2": (4, "Sat Mar 14 01:00:00 2026"), "2.3": (4, "Sun 01 February 2026"),
    }  # fmt: skip
    found = await read("1.3.6.1.4.1.12356.101.1.2005", "1.3.6.1.4.1.12356.101.4.6.3.1.2.1", cells)
    assert licences(found) == {
        "FortiCare Support": ("255 days left", "ok"),
        "IPS": ("13 days left", "warning"),
        "Antivirus": ("ended 28 days ago", "critical"),
    }


async def test_junos_tells_which_features_want_a_licence() -> None:
    cells = {
        "2.1": (4, "bgp"), "2.2": (4, "logical-system"),
        "3.1": (4, "Border Gateway Protocol"), "3.2": (4, "Logical systems"),
        "5.1": (2, 1), "5.2": (2, 1), "6.1": (2, 1), "6.2": (2, 0), "7.1": (2, 0), "7.2": (2, 1),
    }  # fmt: skip
    found = await read("1.3.6.1.4.1.2636.1.1.1.2.29", "1.3.6.1.4.1.2636.3.63.1.1.1.2.1", cells)
    assert licences(found) == {
        "Border Gateway Protocol": ("licensed", "ok"),
        "Logical systems": ("licenceNeeded", "warning"),
    }
    assert counts(found)["Border Gateway Protocol used"] == 1
    assert counts(found)["Logical systems installed"] == 0


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (b"Mon 11 November 2030", "2030-11-11"),
        (b"Sat Jul 26 01:00:00 2025", "2025-07-26"),
        (b"Jul 26 01:00:00 UTC 2025", "2025-07-26"),
        (b"11 Nov 2030", "2030-11-11"),
        (b"Nov 1 2021", "2021-11-01"),
        (b"2030-11-11", "2030-11-11"),
        (bytes((7, 238, 11, 11, 0, 0, 0, 0)), "2030-11-11"),
        (b"n/a", None),
        (b"31 Foo 2030", None),
        (b"31 Feb 2030", None),
        (b"", None),
    ],
)
def test_a_day_is_understood_however_it_is_written(written: bytes, day: str | None) -> None:
    found = date(written)
    assert (None if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d}") == day


def test_what_ends_on_one_day_of_one_device_is_one_renewal() -> None:
    live = LiveBoard()
    parts = tuple(Component("licence", name, name) for name in ("IPS", "Antivirus", "Web"))
    ends = [NOW + 20 * DAY, NOW + 20 * DAY, NOW + 90 * DAY]
    told = Reading(DeviceId("fw"), "licences", NOW, parts, {"licence_not_after_seconds": ends})
    live.take(Poll(DeviceId("fw"), NOW, 0.1, (), (told,)))
    assert Meters(live, MemorySamples()).endings() == [
        Expiry(DeviceId("fw"), "licence", NOW + 20 * DAY),
        Expiry(DeviceId("fw"), "licence", NOW + 90 * DAY),
    ]
