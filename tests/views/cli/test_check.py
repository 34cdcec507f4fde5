"""`nms check`: the mistakes of settings, inventory and other content, in one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nms import i18n
from nms.config import Config, load_config
from nms.documents import Problem
from nms.i18n import render
from nms.model import Message
from nms.views.cli.check import check, line_of, report
from nms.views.cli.validators import VALIDATORS
from tests.inventory.city import FILES, City


@pytest.fixture(autouse=True)
def _english() -> None:
    i18n.use("en")


@pytest.fixture
def city(tmp_path: Path) -> City:
    made = City(tmp_path)
    for name, text in FILES.items():
        made.write(name, text)
    return made


def lines(city: City) -> list[str]:
    return [line_of(problem, city.root) for problem in check(city.root / "config.yaml")]


def test_what_is_right_ends_with_0(city: City) -> None:
    code, text = report(city.root / "config.yaml")
    assert code == 0
    assert text.endswith("config.yaml and all that belongs to it are right.")


def test_mistakes_of_settings_and_inventory_come_in_one_run_and_end_with_1(city: City) -> None:
    city.replace("config.yaml", "interval: 45s", "intervall: 45s")
    city.replace("inventories/sites.yaml", "latitude: 19.4", "latitude: 194")
    assert lines(city) == [
        "config.yaml:4: “intervall” is not a known key (did you mean “interval”?)",
        "inventories/sites.yaml:3: “latitude” is 194: it must be at most 90",
    ]
    code, text = report(city.root / "config.yaml")
    assert code == 1
    assert text.splitlines()[-1] == "2 mistakes"


def test_a_missing_settings_file_ends_with_2(tmp_path: Path) -> None:
    code, text = report(tmp_path / "config.yaml")
    assert code == 2
    assert "config.yaml:1: cannot be read: No such file or directory" in text


def test_the_inventory_is_checked_although_the_settings_are_not_yaml(city: City) -> None:
    city.write("config.yaml", "polling: {interval: 1s\n")
    city.replace("inventories/sites.yaml", "latitude: 19.4", "latitude: 194")
    assert [line.split(":")[0] for line in lines(city)] == ["config.yaml", "inventories/sites.yaml"]


def test_broken_credentials_do_not_make_the_inventory_look_wrong(city: City) -> None:
    city.replace("config.yaml", "community: env:C", "community: public")
    told = lines(city)
    assert [line.split(" (")[0] for line in told] == [
        "config.yaml:2: “community” holds a secret itself: secrets are not written in the configuration"
    ]


def test_other_content_is_checked_by_those_who_know_it(city: City) -> None:
    asked: list[tuple[str, Path]] = []

    def validator(name: str) -> object:
        def judge(config: Config, place: Path) -> list[Problem]:
            asked.append((name, place))
            return [Problem(str(place / "x.yaml"), 7, Message("of {name}", {"name": name}))]

        return judge

    (city.root / "collectors").mkdir()
    validators = {name: validator(name) for name in ("collectors", "playbooks", "rota")}
    problems = check(city.root / "config.yaml", validators)  # type: ignore[arg-type]
    assert asked == [("collectors", city.root / "collectors")]
    assert [line_of(problem, city.root) for problem in problems] == [
        "collectors/x.yaml:7: of collectors",
        "playbooks:1: there is no such directory (`nms init` lays out a new one)",
    ]
    city.write("inventories/rota.yaml", "")
    check(city.root / "config.yaml", validators)  # type: ignore[arg-type]
    assert asked[-1] == ("rota", city.root / "inventories" / "rota.yaml")


def test_hostile_text_in_a_file_does_not_reach_the_terminal(city: City) -> None:
    city.replace("inventories/devices/anexo.yaml", "role: router", r'role: "\e]52;c;x\a\u202erouter"')
    told = lines(city)
    assert len(told) == 1
    assert told[0].startswith("inventories/devices/anexo.yaml:3: “role” cannot be")
    assert not any(ord(character) < 32 or character == "\u202e" for character in told[0])


def test_a_device_that_names_a_definition_that_is_not_there_is_told(tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).parents[3] / "inventories", tmp_path / "inventories")
    shutil.copytree(Path(__file__).parents[3] / "collectors" / "configuration", tmp_path / "collectors/configuration")
    (tmp_path / "inventories" / "devices" / "more.yaml").write_text(
        "devices:\n  fw-nuevo: {role: firewall, name: Nuevo, address: 192.0.2.77, site: centro-de-datos,"
        " department: presidencia,\n"
        "    endpoints: {ssh: {platform: fortinet, credential: c, configuration: fortios}}}\n"
    )
    (tmp_path / "config.yaml").write_text("credentials: {c: {kind: ssh, user: u, password: 'env:X'}}\n")
    config = load_config(tmp_path / "config.yaml")
    problems = VALIDATORS["collectors"](config, tmp_path / "collectors")
    assert [render(one.message, "en") for one in problems] == [
        "fw-nuevo: there is no “fortios” in collectors/configuration"
    ]


def test_a_procedure_that_no_technician_knows_is_told(city: City) -> None:
    shutil.copytree("playbooks", city.root / "playbooks")
    city.replace(
        "inventories/people.yaml", "roles: technician,", "roles: technician, skills: [REDES, energia, soporte],"
    )
    config = load_config(city.root / "config.yaml")
    told = [render(one.message, "en") for one in VALIDATORS["playbooks"](config, city.root / "playbooks")]
    words = {line.split("“")[1].split("”")[0] for line in told if "skill" in line}
    assert "servidores" in words
    assert not words & {"redes", "energía", "soporte"}


def test_departments_that_the_settings_name_must_be_there(city: City) -> None:
    """One that is misspelled would be missing from the public page, and its report never sent."""
    known = (city.root / "inventories/departments.yaml").read_text()
    name = next(line.strip(" :") for line in known.splitlines() if line.startswith("  ") and line.endswith(":"))
    with (city.root / "config.yaml").open("a") as file:
        file.write(f"\nstatus_page: {{departments: [{name}, {name}x]}}\n")
        file.write(f"reports: {{mail: [{{report: sla, to: [a@example.org], department: {name}y}}]}}\n")
    found = check(city.root / "config.yaml", {"inventories": VALIDATORS["inventories"]})
    said = [render(problem.message) for problem in found]
    assert said == [
        f"status_page.departments: there is no department “{name}x” in the inventory",
        f"reports.mail: there is no department “{name}y” in the inventory",
    ]
