from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.documents import DocumentError
from nms.i18n import render
from nms.model import Role
from nms.tickets.playbooks import (
    Catalogue,
    CommandRefused,
    Expectation,
    as_json,
    check_playbooks,
    digest,
    from_json,
    judge,
    kept_output,
    load_playbooks,
)
from nms.tickets.playbooks.commands import PARAMETER_TYPES
from tests.tickets.conftest import CATALOGUE, device, playbook

SHIPPED = Path(__file__).parents[2] / "playbooks"


@pytest.fixture(scope="module")
def shipped():  # type: ignore[no-untyped-def]
    return load_playbooks(SHIPPED)


def test_the_shipped_playbooks_have_no_mistakes() -> None:
    assert check_playbooks(None, SHIPPED) == []


def test_every_line_of_the_mission_has_a_playbook(shipped) -> None:  # type: ignore[no-untyped-def]
    lines = Counter(line for one in shipped.playbooks.values() for line in one.mission)
    assert len(shipped.playbooks) >= 25
    for line in ("1.1", "1.2", "1.3", "2.1", "2.2", "3.1", "3.2", "3.3", "4.1", "4.2", "5.1", "5.2", "6.1", "6.2"):
        assert lines[line] >= 1, line


def test_every_role_of_equipment_has_a_playbook(shipped) -> None:  # type: ignore[no-untyped-def]
    covered = {role for one in shipped.playbooks.values() for role in one.applies_to.roles}
    assert set(Role) - covered <= {Role.OTHER}


def test_every_measurement_has_a_unit_and_a_limit_or_is_only_read(shipped) -> None:  # type: ignore[no-untyped-def]
    for one in shipped.playbooks.values():
        for step in one.steps:
            if step.measure is not None:
                assert step.measure.unit, (one.id, step.id)
                assert step.measure.min is not None or step.measure.max is not None, (one.id, step.id)


def test_every_playbook_that_touches_equipment_has_safety_notes(shipped) -> None:  # type: ignore[no-untyped-def]
    missing = [one.id for one in shipped.playbooks.values() if one.kind != "process" and not one.safety]
    assert missing == []


def test_every_command_of_the_catalogue_is_one_line_without_writing_words(shipped) -> None:  # type: ignore[no-untyped-def]
    writing = {"set", "add", "remove", "reload", "reboot", "write", "copy", "delete", "clear", "configure", "erase"}
    for platform in shipped.catalogue.platforms.values():
        for command in platform.commands:
            assert not writing & set(command.run.split()), command.run


def written(tmp_path: Path, text: str, commands: str = "") -> list[tuple[int, str]]:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    (folder / "prueba.yaml").write_text(text, encoding="utf-8")
    if commands:
        (folder / "commands.yaml").write_text(commands, encoding="utf-8")
    return [(one.line, render(one.message, "en")) for one in check_playbooks(None, folder)]


GOOD = """\
id: prueba
title: Prueba de equipo
purpose: Saber si anda.
kind: preventive
owner: Redes
version: "1.0"
reviewed: 2026-01-01
mission: ["1.1"]
estimated_minutes: 30
sources: [Manual del fabricante]
triggers:
  - calendar: {rule: "FREQ=MONTHLY;BYDAY=1TU", first: 2026-01-06 09:00}
steps:
  - {id: uno, do: Mire el equipo.}
"""


def test_a_good_playbook_has_no_mistakes(tmp_path: Path) -> None:
    assert written(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: prueba", "id: otra", 1, "the playbook is “otra”, its file “prueba.yaml”"),
        ("FREQ=MONTHLY;BYDAY=1TU", "EVERY MONTH", 12, "is not a recurrence rule"),
        ("FREQ=MONTHLY;BYDAY=1TU", "FREQ=HOURLY", 12, "every hour is not a plan"),
        ("2026-01-06 09:00", "2026-01-06T09:00:00Z", 12, "without a zone"),
        ("kind: preventive", "kind: preventivo", 4, "must be one of"),
        ('version: "1.0"', "version: nueva", 6, "must match"),
        ("owner: Redes", "owner: Redes\nduenio: x", 6, "“duenio” is not a known key"),
        (
            "do: Mire el equipo.",
            "do: Mire., measure: {name: tensión, unit: V, min: 5, max: 1}",
            14,
            "min 5 is above max 1",
        ),
        ("steps:\n", "steps:\n  - {id: uno, do: Otra vez.}\n", 1, "two steps are named “uno”"),
        ("  - calendar:", "  - meter: {metric: pages, every: 5}\n  - calendar:", 12, "no metric named “pages”"),
        ("  - calendar:", "  - meter: {metric: pages_total}\n  - calendar:", 12, "either “every”"),
        ("  - calendar:", "  - {}\n  - calendar:", 12, "a trigger is one of calendar, meter"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    found = written(tmp_path, GOOD.replace(old, new))
    assert [(one, text) for one, text in found if said in text], found
    assert found[0][0] == line


def test_a_command_outside_the_catalogue_is_a_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("do: Mire el equipo.", 'do: Lea., commands: [{platform: cisco_ios, run: "show runing-config"}]')
    commands = (
        "platforms:\n  cisco_ios:\n    verbs: [show]\n    commands:\n      - {run: show version, shows: versión}\n"
    )
    ((line, said),) = written(tmp_path, text, commands)
    assert (line, said) == (14, "“show runing-config” is not in commands.yaml for cisco_ios")


@pytest.mark.parametrize(
    "run",
    [
        "show version | include x",
        "show version; reload",
        "show version > flash:x",
        "show $(reboot)",
        "show `reboot`",
        "show version && reload",
        "show {x:interface",
        "show {x:anything}",
        "reload",
        "showversion",
        "show versión",
    ],
)
def test_the_catalogue_itself_refuses_what_could_chain_or_write(run: str) -> None:
    with pytest.raises(ValueError):
        Catalogue.model_validate(
            {"platforms": {"cisco_ios": {"verbs": ["show"], "commands": [{"run": run, "shows": "algo"}]}}}
        )


def test_a_line_is_made_from_typed_parameters() -> None:
    run = "show interfaces {port:interface}"
    assert (
        CATALOGUE.line("cisco_ios", run, {"port": "GigabitEthernet1/0/24"}) == "show interfaces GigabitEthernet1/0/24"
    )
    for wrong in ({}, {"port": "Gi1", "x": "y"}, {"puerto": "Gi1"}):
        with pytest.raises(CommandRefused):
            CATALOGUE.line("cisco_ios", run, wrong)
    with pytest.raises(CommandRefused, match="is not a command of cisco_ios"):
        CATALOGUE.line("cisco_ios", "show running-config", {})


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "Gi1/0/1\nreload",
            "Gi1 | tee",
            "x;reboot",
            "-h",
            "$(id)",
            "`id`",
            "../../etc",
            "Gi1\r",
            "Gi1\0",
            "Gi1 ",
            "",
            "é",
        ]
    ),
    st.builds(
        lambda a, b, c: a + b + c,
        st.just("Gi1"),
        st.sampled_from(list(" |;&<>`$\\\n\r\t\0!*?~#()[]{}^'\"")),
        st.text(max_size=10),
    ),
)


@given(HOSTILE, st.sampled_from(sorted(PARAMETER_TYPES)))
def test_no_hostile_parameter_reaches_a_device(value: str, kind: str) -> None:
    run = f"show thing {{x:{kind}}}"
    catalogue = Catalogue.model_validate(
        {"platforms": {"p": {"verbs": ["show"], "commands": [{"run": run, "shows": "algo"}]}}}
    )
    try:
        line = catalogue.line("p", run, {"x": value})
    except CommandRefused:
        return
    rest = line.removeprefix("show thing ")
    assert line.isascii()
    assert line.isprintable()
    assert rest == value
    assert rest
    assert not rest.startswith("-")
    assert not set(rest) & set(" |;&<>`$\\!*?~#()[]{}^'\"")


@given(st.text(max_size=60))
def test_only_whole_lines_of_the_catalogue_are_allowed(text: str) -> None:
    assert not CATALOGUE.allows("cisco_ios", "show version" + text) or not text
    assert not CATALOGUE.allows("cisco_ios", text + "show version") or not text


def test_an_output_is_judged_by_texts_patterns_and_values() -> None:
    output = "status: OL\n  5 input errors, 3 CRC\n1,204 input errors\n"
    expected = Expectation.model_validate(
        {
            "contains": ["OL"],
            "lacks": ["LB"],
            "values": [{"pattern": r"([\d,]+) input errors", "max": 100, "unit": "paquetes"}],
        }
    )
    found = judge(expected, output)
    assert (found.passed, found.values) == (False, (5.0, 1204.0))
    assert [render(one, "en") for one in found.failures] == ["1204 paquetes is outside its limits"]
    assert judge(expected, "status: OL\n0 input errors").passed
    (failure,) = judge(expected, "status: OL").failures
    assert render(failure, "en") == r"no value matches ([\d,]+) input errors"


def test_a_value_that_is_no_number_fails() -> None:
    expected = Expectation.model_validate({"values": [{"pattern": r"temp (\S+)", "max": 50}]})
    assert not judge(expected, "temp nan").passed
    assert not judge(expected, "temp N/A").passed


def test_kept_output_has_no_controls_and_a_limit() -> None:
    kept = kept_output(b"uno\x1b[31m\r\ndos\x07\xff" + b"x" * 300_000)
    assert kept.startswith("uno\ndos")
    assert "\x1b" not in kept
    assert len(kept) == 65_536


def test_a_playbook_survives_being_kept() -> None:
    one = playbook()
    assert from_json(as_json(one)) == one
    assert digest(one) != digest(playbook(title="Otro título"))


def test_reviews_are_due_months_after_the_last() -> None:
    assert playbook(reviewed=date(2026, 1, 31), review_every_months=1).review_due == date(2026, 2, 28)


def test_incidents_find_the_most_exact_playbook(shipped) -> None:  # type: ignore[no-untyped-def]
    assert shipped.for_incident("device-down/pbx-01", device(1, Role.PBX)).id == "conmutador-correctivo"
    assert shipped.for_incident("device-down/sw-01", device(1, Role.SWITCH)).id == "switch-correctivo"
    full = "threshold/srv-01/storage:/var/storage_used_ratio"
    assert shipped.for_incident(full, device(1, Role.SERVER)).id == "disco-lleno"
    hot = "threshold/srv-01/sensor:cpu/temperature_celsius"
    assert shipped.for_incident(hot, device(1, Role.SERVER)).id == "servidor-correctivo"
    assert (
        shipped.for_forecast("forecast/pr-1/supply:black/supply_level_ratio", device(1, Role.PRINTER)).id
        == "impresora-toner"
    )
    assert shipped.for_incident("nothing-known/sw-01", device(1, Role.SWITCH)) is None


def test_a_broken_folder_tells_every_mistake_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("id: b\n", encoding="utf-8")
    with pytest.raises(DocumentError) as error:
        load_playbooks(tmp_path)
    assert {problem.file for problem in error.value.problems} == {f"{tmp_path.name}/a.yaml", f"{tmp_path.name}/b.yaml"}
