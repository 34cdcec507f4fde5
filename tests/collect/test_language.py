from __future__ import annotations

import re
from pathlib import Path

import pytest

from nms.collect.catalogue import Catalogue, check_collectors
from nms.collect.language import known_keys
from nms.collect.units import fits, scale
from nms.i18n import in_english
from nms.model import Severity

from .support import SHIPPED, read, recording, values, write_families

GUIDE = Path(__file__).parents[2] / "docs" / "collectors.md"

COOLER = """
    1.3.6.1.2.1.1.1.0|4|Acme cooler, firmware 2.7.1
    1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.2.1.4
    1.3.6.1.4.1.99999.2.1.2.0|4|AC-9000
    1.3.6.1.4.1.99999.2.1.3.0|4|S/N 77
    1.3.6.1.4.1.99999.2.2.1.0|2|183
    1.3.6.1.4.1.99999.2.2.2.0|2|-32768
    1.3.6.1.4.1.99999.2.2.9.0|2|2
    1.3.6.1.4.1.99999.2.3.1.2.1|4|front
    1.3.6.1.4.1.99999.2.3.1.2.2|4|rear
    1.3.6.1.4.1.99999.2.3.1.3.1|66|2400
    1.3.6.1.4.1.99999.2.3.1.3.2|66|99999
    1.3.6.1.4.1.99999.2.3.1.4.1|2|1
    1.3.6.1.4.1.99999.2.3.1.4.2|2|7
"""


def guide_example() -> str:
    return re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]


def mistakes(folder: Path, text: str) -> list[tuple[int, str]]:
    path = write_families(folder, bad=text)
    return [(p.line, p.message.template.format(**p.message.params)) for p in check_collectors(path)]


async def test_the_example_of_the_guide_reads_a_device(tmp_path: Path) -> None:
    collected = await read(write_families(tmp_path, acme_cooler=guide_example()), recording(COOLER))
    assert collected.facts["hardware"] == "AC-9000"
    assert collected.facts["version"] == "2.7.1"
    assert collected.facts["serial"] == "S/N 77"
    assert values(collected, "temperature_celsius") == {"Supply air": pytest.approx(18.3)}
    assert values(collected, "fan_speed_rpm") == {"front": 2400}
    states = {(s.component.label, s.name): (in_english(s.text), s.severity, s.unknown) for s in collected.states}
    assert states[("Cooler", "coolerHealth")] == ("degraded", Severity.WARNING, False)
    assert states[("front", "coolerFanStatus")] == ("normal", None, False)
    assert states[("rear", "coolerFanStatus")] == ("7", None, True)


def test_every_key_is_in_the_guide() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    missing = {
        f"{block}.{key}"
        for block, keys in known_keys().items()
        for key in keys
        if not re.search(rf"[`{{, \n-]{re.escape(key)}[`:,]", text)
    }
    assert missing <= {"Family.notes"}


def test_the_shipped_families_have_no_mistake() -> None:
    catalogue = Catalogue.load(SHIPPED)
    assert [str(problem) for problem in catalogue.problems] == []
    assert len(catalogue.families) > 20


@pytest.mark.parametrize(
    ("line", "written", "expected"),
    [
        (6, "at: 3.10, metric: temperature_celsius, unit: C", "decimal number"),
        (6, "at: 3, metric: temperature, unit: C", "is not a metric"),
        (6, "at: 3, metric: temperature_celsius, unit: V", "cannot be the unit"),
        (6, "at: 3, metric: temperature_celsius", "needs a “unit”"),
        (6, "at: 3, metric: temperature_celsius, unit: bananas", "not a unit"),
        (6, "at: nowhere.3", "is not under “prefix”"),
        (6, "at: 3, metrik: temperature_celsius", "is not a known key"),
        (6, "at: 3, state: health", "is not under “states”"),
        (6, "at: 3, state: {1: good normal}", "must be a severity"),
        (6, "at: 3, metric: count, when: speed > 3", "is not a column here"),
        (6, "at: 3, metric: count, label: '{speed}'", "is not a column here"),
        (6, "at: 3, regex: '(x+)+'", "for ever"),
        (6, "at: 3, every: 5", "time with its unit"),
        (6, "at: 3, as: numbr", "cannot be"),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, line: int, written: str, expected: str) -> None:
    text = f"""\
title: Bad
tables:
  fans:
    at: 1.3.6.1.4.1.99999.3.1
    columns:
      fan: {{{written}}}
"""
    found = mistakes(tmp_path, text)
    assert [at for at, _ in found] == [line]
    assert expected in found[0][1]


def test_references_to_other_families_are_checked(tmp_path: Path) -> None:
    text = """\
title: Bad
extends: [nothing]
without: [nobody.table]
tables:
  fans:
    at: 1.3.6.1.4.1.99999.3.1
    columns: {fan: 3}
    unless: [fens]
    join:
      - {table: other.there, by: index}
"""
    assert [line for line, _ in mistakes(tmp_path, text)] == [2, 3, 8, 10]


MODEL = """\
title: Model
prefix: {root: 1.3.6.1.4.1.99999.9.1}
match: [{has: root.1.0}]
facts: {vendor: Model, serial: {oid: root.1.0}}
states: {health: {1: ok good, 2: critical bad}}
tables:
  fans:
    at: root.2
    columns: {speed: {at: 1, metric: fan_speed_rpm, unit: rpm}, health: {at: 2, state: health}}
  spare:
    at: root.3
    columns: {level: {at: 1, metric: optical_power_dbm, unit: uW}}
    unless: [fans]
"""
LIKE = "title: Copy\nlike: model\nprefix: {root: 1.3.6.1.4.1.99999.9.2}\nfacts: {vendor: Copy}\n"


async def test_a_family_like_another_reads_the_same_below_its_own_root(tmp_path: Path) -> None:
    folder = write_families(tmp_path, model=MODEL, copy=LIKE)
    collected = await read(
        folder,
        recording("""
            1.3.6.1.2.1.1.1.0|4|Box
            1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.9
            1.3.6.1.4.1.99999.9.2.1.0|4|S77
            1.3.6.1.4.1.99999.9.2.2.1.7|2|4200
            1.3.6.1.4.1.99999.9.2.2.2.7|2|2
            1.3.6.1.4.1.99999.9.2.3.1.7|2|1000
        """),
    )
    assert (collected.facts["vendor"], collected.facts["serial"]) == ("Copy", "S77")
    assert values(collected, "fan_speed_rpm") == {"7": 4200}
    assert [in_english(state.text) for state in collected.states] == ["bad"]
    assert values(collected, "optical_power_dbm") == {}


def test_mistakes_of_a_model_are_told_once_and_an_unknown_model_is_one(tmp_path: Path) -> None:
    folder = write_families(
        tmp_path, model=MODEL.replace("unit: rpm", "unit: V"), copy=LIKE, lost="title: L\nlike: modle\n"
    )
    assert [(p.file.rpartition("/")[2], p.line) for p in check_collectors(folder)] == [
        ("lost.yaml", 2),
        ("model.yaml", 9),
    ]


def test_two_files_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    root = write_families(tmp_path, twin="title: One\n")
    (root / "network").mkdir()
    (root / "network" / "twin.yaml").write_text("title: Two\n")
    assert "already a family" in check_collectors(root)[0].message.template


def test_units_convert_to_the_base() -> None:
    assert scale("0.1 V").factor == pytest.approx(0.1)
    assert scale("F").factor * 212 + scale("F").offset == pytest.approx(100)
    assert scale("KB").factor == 1024
    assert scale("0.01 kWh").factor == pytest.approx(36000)
    assert fits(scale("permille"), "load_ratio")
    assert fits(scale("uW"), "optical_power_dbm")
    assert scale("0.1 uW").as_metric("optical_power_dbm").of(10_000) == pytest.approx(0)
    assert scale("0.1 uW").as_metric("optical_power_dbm").of(0) is None
    assert scale("W").as_metric("power_watts").of(3) == 3
    assert not fits(scale("W"), "load_ratio")


def test_a_name_that_expressions_cannot_say_is_a_mistake_where_it_is_written(tmp_path: Path) -> None:
    text = """
title: Bad
prefix: {bad: 1.3.6.1.4.1.99999}
match: [{sys_object_id: bad}]
tables:
  rows:
    at: bad.1
    index: [class, number]
    columns:
      is: {at: 1, metric: count}
"""
    assert mistakes(tmp_path, text) == [
        (8, "“class” is a word of expressions: choose another name"),
        (10, "“is” is a word of expressions: choose another name"),
    ]
