"""Nothing that a collector makes reaches people untranslated: words of states, sentences, names of parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect.power import nut
from nms.collect.templates import template
from nms.i18n import part_name, render
from nms.model import Component, DeviceId, StateReading

from .support import told

COLLECT = Path(__file__).parents[2] / "nms" / "collect"
COLUMNS = {"ifName": ["Gi1", "", ""], "alias": ["", "", "Uplink"], "index": ["1", "2", "3"]}


def labels_in(path: Path) -> Iterator[str]:
    """Where a collector names a component with English words of its own, which nobody could translate."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Component" and len(node.args) > 2:
            label = node.args[2]
            pieces = label.values if isinstance(label, ast.JoinedStr) else [label]
            written = [one.value for one in pieces if isinstance(one, ast.Constant)]
            if any(isinstance(text, str) and re.search(r"[A-Za-z]{2}", text) for text in written):
                yield f"{path.relative_to(COLLECT)}:{node.lineno}: {ast.unparse(label)}"


def test_no_collector_names_a_part_in_words_that_cannot_be_translated() -> None:
    proper = "f'zpool {name}'"
    found = [place for path in sorted(COLLECT.rglob("*.py")) for place in labels_in(path) if proper not in place]
    assert found == [], "name it with called() and nms.collect.parts.part"


@pytest.mark.parametrize(
    ("text", "row", "spanish", "english"),
    [
        ("Power supply {index}", 1, "Fuente 2", "Power supply 2"),
        ("{ifName|alias} transceiver", 0, "Gi1: transceptor", "Gi1 transceiver"),
        ("{ifName|'Sensor'} {index}", 1, "Sensor 2", "Sensor 2"),
        ("{ifName|'Battery'} {index}", 1, "Batería 2", "Battery 2"),
        ("{ifName|'Battery'} {index}", 0, "Gi1 1", "Gi1 1"),
        ("Battery", 0, "Batería", "Battery"),
        ("{ifName|alias}", 2, "Uplink", "Uplink"),
        ("Nobody knows {index}", 0, "Nobody knows 1", "Nobody knows 1"),
    ],
)
def test_labels_of_families_are_translated_around_what_the_device_says(
    text: str, row: int, spanish: str, english: str
) -> None:
    label = template(text)
    said = Component("sensor", "k", label.render(COLUMNS, row), "", label.said(COLUMNS, row))
    assert (part_name(said, "es"), part_name(said, "en"), said.label) == (spanish, english, english)


def states_in(language: str, states: tuple[StateReading, ...] | list[StateReading]) -> set[str]:
    return {f"{part_name(one.component, language)}: {render(one.text, language)}" for one in states}


def test_a_ups_speaks_the_language_of_its_reader() -> None:
    answer = nut.understand(DeviceId("ups"), 0.0, {"ups.status": "OB LB RB", "outlet.3.status": "off"})
    assert {
        "Fuente de la salida: batería",
        "Batería: batería baja",
        "Batería: debe cambiarse",
        "Toma 3: apagado",
        "UPS: establecido",
    } < states_in("es", answer.states)
    assert {"Output source: battery", "Battery: needs replacing"} < states_in("en", answer.states)
    phases = nut.understand(DeviceId("ups"), 0.0, {"input.L1-N.voltage": "127"}).readings[0].components
    assert [(one.key, part_name(one, "es")) for one in phases] == [("Input L1-N", "Entrada L1-N")]


async def test_a_family_speaks_the_language_of_its_reader() -> None:
    cells = """
        1.3.6.1.2.1.33.1.1.1.0 Eaton
        1.3.6.1.2.1.33.1.2.1.0 3
        1.3.6.1.2.1.33.1.4.1.0 5
    """
    collected = await told("534.1", cells)
    assert {"Fuente de la salida: batería", "Batería: batería baja"} <= states_in("es", collected.states)
