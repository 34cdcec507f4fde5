"""A whole configuration is kept without what changes by itself; a refused, cut or empty one is not kept at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nms.collect.configuration.definitions import check_definitions, load_definitions
from nms.collect.configuration.reading import HEAD_LINES, understand
from nms.i18n import render
from nms.model import Endpoint
from nms.transports.errors import Malformed
from tests.collect.configuration.samples import IOS, IOS_STARTUP

COLLECTORS = Path(__file__).parents[3] / "collectors"
KINDS = load_definitions(COLLECTORS).kinds
SHOW = "show running-config"


def read(text: str, kind: str = "cisco_ios") -> str:
    return understand(KINDS[kind], [(SHOW, text)]).text


def test_running_and_startup_are_the_same_text_when_nothing_was_changed_since_saving() -> None:
    assert read(IOS) == read(IOS_STARTUP)


def test_what_changes_by_itself_is_left_out_and_who_changed_it_is_known() -> None:
    found = understand(KINDS["cisco_ios"], [(SHOW, IOS)])
    assert (found.changed_by, found.changed_at) == ("ana", "14:02:11 CST Mon Nov 3 2025")
    for gone in ("Building configuration", "Current configuration", "by ana", "clock-period", "3082022B"):
        assert gone not in found.text
    for kept in ("version 15.2", " certificate self-signed 01", "quit", "Access denied to the unauthorized", "\nend\n"):
        assert kept in found.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "lines"),
        ("show running-config\n     ^\n% Invalid input detected at '^' marker.\n", "Invalid input"),
        ("% Authorization failed.\n", "Authorization failed"),
        (IOS[: -len(" login\n!\nend\n")], "cut short"),
        ("\n".join(IOS.splitlines()[:30]), "cut short"),
        ("login banner\n" * 30, "begin"),
        (IOS.replace("version 15.2\n", "") + "end\n", "begin"),
        (IOS + "!" * 4_000_000 + "\nend\n", "longer"),
    ],
)
def test_a_refused_empty_or_cut_output_is_not_kept(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why) as refused:
        read(text)
    assert "the copy from before stays" in str(refused.value)


@pytest.mark.parametrize("lines", range(1, IOS.count("\n")))
def test_no_beginning_of_a_configuration_is_taken_for_the_whole(lines: int) -> None:
    with pytest.raises(Malformed):
        read("\n".join(IOS.splitlines()[:lines]))


def test_terminal_sequences_and_controls_do_not_come_in() -> None:
    hostile = IOS.replace(
        " description Enlace a Tesoreria", " description \x1b[31mred\x1b[0m\x1b]52;c;aGk=\x07\x9b5m\u202e"
    )
    text = read(hostile.replace("\n", "\r\n"))
    assert " description red" in text
    assert not any((ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0 or c == "\u202e" for c in text)


def test_an_export_that_names_an_error_inside_is_not_whole() -> None:
    export = (
        "# 2026-01-05 02:00:11 by RouterOS 7.15\n/interface bridge\nadd name=b\n/ip address\nadd address=192.0.2.1/24\n"
    )
    assert "RouterOS" not in read(export, "mikrotik_routeros")
    with pytest.raises(Malformed, match="error exporting"):
        read(export + "#error exporting /ip/firewall\n", "mikrotik_routeros")


def test_a_block_that_never_ends_does_not_hide_that_the_output_is_cut() -> None:
    with pytest.raises(Malformed, match="cut short"):
        read(IOS.partition("quit")[0] + "  3082022B\n" * 20)


def test_the_beginning_is_looked_for_where_it_belongs() -> None:
    late = "!\n" + "remark\n" * HEAD_LINES + IOS
    with pytest.raises(Malformed, match="begin"):
        read(late)


def test_what_ships_has_no_mistake_and_no_platform_twice() -> None:
    assert check_definitions(COLLECTORS) == []


def test_mistakes_in_a_definition_are_told_with_their_line(tmp_path: Path) -> None:
    folder = tmp_path / "collectors" / "configuration"
    folder.mkdir(parents=True)
    steps = "restoring: {es: [paso], en: [step]}\n"
    (folder / "one.yaml").write_text(f"title: One\nplatforms: [cisco_ios]\nrunning: [show]\n{steps}")
    (folder / "two.yaml").write_text(f"title: Two\nplatforms: [cisco_ios]\nrunning: [show]\n{steps}")
    (folder / "three.yaml").write_text(f"title: Three\nrunning: [show]\nsecrets: [{{pattern: 'a(b'}}]\n{steps}")
    (folder / "four.yaml").write_text(f"title: Four\nrunning: [show]\nsecrets: [{{pattern: 'key .*'}}]\n{steps}")
    (folder / "five.yaml").write_text(f'title: Five\nrunning: ["show\\nreload"]\n{steps}')
    (folder / "six.yaml").write_text(
        f"title: Six\nrunning: [show]\nplatforms:\n  - arista_eos\n  - arista_eoss\n{steps}"
    )
    told = {f"{p.file}:{p.line}": render(p.message, "en") for p in check_definitions(tmp_path / "collectors")}
    assert told["collectors/configuration/six.yaml:5"] == "netmiko has no platform “arista_eoss”"
    assert "belongs to “one” already" in told["collectors/configuration/two.yaml:2"]
    assert "not a regular expression" in told["collectors/configuration/three.yaml:3"]
    assert "names the secret" in told["collectors/configuration/four.yaml:3"]
    assert "one line of ASCII" in told["collectors/configuration/five.yaml:2"]


def test_the_platform_decides_unless_the_inventory_names_another_or_none() -> None:
    definitions = load_definitions(COLLECTORS)
    endpoint = Endpoint("ssh", "192.0.2.1", options={"platform": "cisco_xe"})
    assert definitions.of(endpoint) is definitions.kinds["cisco_ios"]
    linux = replace(endpoint, options={"platform": "linux"})
    assert definitions.of(linux) is None
    named = replace(endpoint, options={"platform": "linux", "configuration": "linux_frr"})
    assert definitions.of(named) is definitions.kinds["linux_frr"]
    assert definitions.of(replace(endpoint, options={"platform": "cisco_xe", "configuration": "none"})) is None
