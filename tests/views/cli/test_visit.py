"""`nms probe` of devices that are asked in other ways than SNMP: one visit by the very askers of the daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nms.__main__ import NmsApplication
from nms.views.cli.init import lay_out
from nms.views.cli.main import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample city hall, and an application at a port where nobody listens."""
    lay_out(tmp_path / "city")
    monkeypatch.setenv("NMS_SNMP_COMMUNITY", "public")
    more = (
        "devices:\n  app-x:\n    role: application\n    department: informatica\n    site: centro-de-datos\n"
        "    address: 127.10.250.250\n    endpoints: {tcp: {port: 9}, sip: {port: 9, timeout: 1s}}\n"
    )
    (tmp_path / "city" / "inventories" / "devices" / "x.yaml").write_text(more)
    return tmp_path / "city"


def nms(here: Path, *arguments: str) -> int:
    return run(NmsApplication(), ["--config", str(here / "config.yaml"), "--lang", "en", *arguments])  # type: ignore[arg-type]


def test_a_device_without_snmp_is_asked_in_all_its_ways(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nms(here, "probe", "app-x", "--json") == 0
    seen = json.loads(capsys.readouterr().out)
    assert {(one["transport"], one["outcome"]) for one in seen["witnesses"]} == {("tcp", "silent"), ("sip", "silent")}
    assert {(one["key"], one["value"]) for one in seen["metrics"] if one["metric"] == "check_up"} == {
        ("tcp", 0),
        ("sip", 0),
    }
    assert nms(here, "probe", "app-x") == 0
    text = capsys.readouterr().out
    assert "Witnesses (2)" in text
    assert "check_up" in text


def test_one_way_of_asking_can_be_chosen_also_for_an_address_that_nobody_knows(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert nms(here, "probe", "app-x", "--over", "sip", "--json") == 0
    assert [one["transport"] for one in json.loads(capsys.readouterr().out)["witnesses"]] == ["sip"]
    http = ("probe", "127.0.0.1", "--over", "http", "--set", "url=http://{address}:9/", "--set", "timeout=1s", "--json")
    assert nms(here, *http) == 0
    (witness,) = json.loads(capsys.readouterr().out)["witnesses"]
    assert (witness["transport"], witness["outcome"]) == ("http", "silent")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("app-x", "--over", "redfish"), "it is by: tcp, sip"),
        (("127.0.0.1", "--over", "all"), "an address needs --over TRANSPORT"),
        (("127.0.0.1", "--over", "redfsh"), "did you mean “redfish”?"),
        (("127.0.0.1", "--over", "redfish"), "redfish needs credential"),
        (("127.0.0.1", "--over", "http", "--set", "url"), "KEY=VALUE"),
        (("127.0.0.1", "--over", "http", "--set", "url=ftp://x"), "is not a web address"),
        (("127.0.0.1", "--over", "hypervisor", "--set", "product=x", "--credential", "c"), "product"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert nms(here, "probe", *arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_computer_known_by_presence_is_told_so_in_a_sentence(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nms(here, "probe", "pc-tesoreria-001") == 2
    said = capsys.readouterr().err
    assert "nms where pc-tesoreria-001" in said
    assert "Traceback" not in said
