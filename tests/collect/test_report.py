from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue
from nms.collect.draft import draft
from nms.collect.mibs import read_mibs
from nms.collect.report import DeviceReport, report
from nms.documents import loads
from nms.i18n import use
from nms.views.cli.probe import as_json, as_text, collectors_as_json, collectors_as_text

from .support import SHIPPED, recording, write_families

UPS = """
    1.3.6.1.2.1.1.1.0|4|UPS of the data centre
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.7
    1.3.6.1.2.1.1.3.0|67|100
    1.3.6.1.2.1.1.5.0|4|ups-1
    1.3.6.1.2.1.33.1.1.1.0|4|Acme
    1.3.6.1.2.1.33.1.1.2.0|4|Big 3000
    1.3.6.1.2.1.33.1.2.1.0|2|3
    1.3.6.1.2.1.33.1.2.3.0|2|14
    1.3.6.1.2.1.33.1.2.4.0|2|87
    1.3.6.1.2.1.33.1.2.5.0|2|546
    1.3.6.1.2.1.33.1.2.7.0|2|65535
    1.3.6.1.2.1.33.1.3.3.1.2.1|2|599
    1.3.6.1.2.1.33.1.3.3.1.3.1|2|127
    1.3.6.1.2.1.33.1.4.1.0|2|5
    1.3.6.1.2.1.33.1.4.4.1.5.1|2|42
    1.3.6.1.2.1.25.3.3.1.2.1|2|12
    1.3.6.1.2.1.25.2.3.1.2.1|6|1.3.6.1.2.1.25.2.1.4
    1.3.6.1.2.1.25.2.3.1.3.1|4|/
    1.3.6.1.2.1.25.2.3.1.4.1|2|4096
    1.3.6.1.2.1.25.2.3.1.5.1|2|-1000
    1.3.6.1.2.1.25.2.3.1.6.1|2|1000000
    1.3.6.1.2.1.43.11.1.1.6.1.1|4|Black toner
    1.3.6.1.2.1.43.11.1.1.8.1.1|2|4000
    1.3.6.1.2.1.43.11.1.1.9.1.1|2|1000
    1.3.6.1.2.1.43.11.1.1.6.1.2|4|Waste
    1.3.6.1.2.1.43.11.1.1.8.1.2|2|-2
    1.3.6.1.2.1.43.11.1.1.9.1.2|2|-3
"""


async def probed(text: str = UPS) -> DeviceReport:
    return await report(Catalogue.load(SHIPPED), recording(text))


async def test_every_number_is_told_with_its_unit_and_the_oid_it_came_from() -> None:
    data = (await probed()).as_dict()
    metrics = {row["oid"]: row for row in data["metrics"]}
    ups = "1.3.6.1.2.1.33.1"
    assert (metrics[f"{ups}.2.5.0"]["value"], metrics[f"{ups}.2.5.0"]["unit"]) == (54.6, "V")
    assert (metrics[f"{ups}.2.3.0"]["value"], metrics[f"{ups}.2.3.0"]["unit"]) == (840, "s")
    assert metrics[f"{ups}.3.3.1.2.1"]["value"] == 59.9
    assert metrics[f"{ups}.4.4.1.5.1"] | {"label": ""} == {
        "kind": "load", "label": "", "value": 42, "metric": "load_ratio", "unit": "%", "oid": f"{ups}.4.4.1.5.1"
    }  # fmt: skip
    state = metrics[f"{ups}.4.1.0"]
    assert (state["kind"], state["value"], state["text"], state["status"]) == ("state", 5, "battery", "critical")
    assert f"{ups}.2.7.0" not in metrics


async def test_parts_of_the_report_are_where_the_format_puts_them() -> None:
    data = (await probed()).as_dict()
    assert data["device"]["hardware"] == "Big 3000"
    assert data["device"]["uptime_seconds"] == 1.0
    assert data["processors"] == [{"label": "Processor", "percent": 12, "oid": "1.3.6.1.2.1.25.3.3.1.2.1"}]
    storage = data["storage"][0]
    assert storage["total_bytes"] == (2**32 - 1000) * 4096
    assert storage["used_bytes"] == 4096 * 1000000
    assert data["supplies"] == [{"label": "Black toner", "percent": 25, "oid": "1.3.6.1.2.1.43.11.1.1.9.1.1"}]


async def test_the_text_shows_what_the_json_holds() -> None:
    use("en")
    made = await probed(UPS.replace("Black toner", "Black [/red] \x1b[31m toner"))
    shown = as_text(made)
    assert "Big 3000" in shown
    assert "Black [/red] [31m toner" in shown
    assert "\x1b" not in shown
    assert json.loads(as_json(made))["supplies"][0]["percent"] == 25


def test_the_families_are_listed() -> None:
    use("en")
    catalogue = Catalogue.load(SHIPPED)
    assert "interfaces" in collectors_as_text(catalogue)
    assert {row["name"] for row in json.loads(collectors_as_json(catalogue))} == set(catalogue.families)


COOLER = """
    1.3.6.1.2.1.1.1.0|4|Acme cooler
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.2.1
    1.3.6.1.4.1.99999.2.1.0|2|215
    1.3.6.1.4.1.99999.2.2.1.2.1|4|left
    1.3.6.1.4.1.99999.2.2.1.2.2|4|right
    1.3.6.1.4.1.99999.2.2.1.3.1|2|1
    1.3.6.1.4.1.99999.2.2.1.3.2|2|2
"""


def _object(name: str, syntax: str, place: str, *, more: str = "") -> str:
    access = "not-accessible" if "Entry" in syntax else "read-only"
    rest = f'MAX-ACCESS {access} STATUS current DESCRIPTION "x" ::= {{ {place} }}'
    return f"{name} OBJECT-TYPE SYNTAX {syntax} {more} {rest}"


MIB = "\n".join(
    [
        "ACME-MIB DEFINITIONS ::= BEGIN",
        "IMPORTS enterprises, OBJECT-TYPE, MODULE-IDENTITY, Integer32 FROM SNMPv2-SMI DisplayString FROM SNMPv2-TC;",
        'acme MODULE-IDENTITY LAST-UPDATED "202601010000Z" ORGANIZATION "Acme" CONTACT-INFO "x" DESCRIPTION "x"',
        "::= { enterprises 99999 }",
        "cooler OBJECT IDENTIFIER ::= { acme 2 }",
        _object("airTemperature", "Integer32", "cooler 1", more='UNITS "degrees Celsius"'),
        _object("fanTable", "SEQUENCE OF FanEntry", "cooler 2"),
        _object("fanEntry", "FanEntry", "fanTable 1").replace(" ::=", " INDEX { fanIndex } ::="),
        "FanEntry ::= SEQUENCE { fanIndex Integer32, fanName DisplayString, fanStatus INTEGER }",
        _object("fanIndex", "Integer32", "fanEntry 1"),
        _object("fanName", "DisplayString", "fanEntry 2"),
        _object("fanStatus", "INTEGER { ok(1), failed(2), notPresent(3) }", "fanEntry 3"),
        "END",
    ]
)


async def test_a_draft_from_a_walk_and_its_mib_can_be_used_as_it_is(tmp_path: Path) -> None:
    mibs = tmp_path / "mibs"
    mibs.mkdir()
    (mibs / "ACME-MIB").write_text(MIB)
    written = await draft(recording(COOLER), Catalogue.load(SHIPPED), read_mibs(mibs))
    assert "airTemperature: {at: vendor.2.1.0, metric: temperature_celsius, unit: C}" in written
    assert "fanStatus: {at: 3, state: {1: ok ok, 2: critical failed, 3: unknown notPresent}}" in written
    folder = write_families(tmp_path, drafted=written)
    assert Catalogue.load(folder).problems == ()
    data = (await report(Catalogue.load(folder), recording(COOLER))).as_dict()
    assert {row["text"] for row in data["metrics"] if row["kind"] == "state"} == {"ok", "failed"}


async def test_a_draft_without_mibs_is_valid_too() -> None:
    written = await draft(recording(COOLER), Catalogue.load(SHIPPED))
    loads(written, "draft.yaml")
    assert "object_99999_2_2_1_3" in written


CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "open"


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is absent: real recordings were not probed")
def test_real_recordings_are_probed_without_a_crash() -> None:
    script = Path(__file__).parents[2] / "bench" / "corpus.py"
    command = [sys.executable, str(script), str(CORPUS), "--only", "us", "--processes", "2"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "CRASH" not in ran.stdout
    assert "recordings" in ran.stdout
