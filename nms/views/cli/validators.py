"""Who checks which part of the municipality's own content."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from nms.collect.catalogue import check_collectors
from nms.collect.configuration.definitions import NONE, check_definitions, load_definitions
from nms.collect.messages import check_messages
from nms.config import Config
from nms.documents import DocumentError, Problem, suggestion
from nms.inventory import load_inventory
from nms.model import Message
from nms.notify.rota_file import load_rota
from nms.tickets.playbooks.book import check_playbooks, load_playbooks
from nms.tickets.preventive import TECHNICIAN, knows
from nms.views.cli.check import Validator


def _collectors(config: Config, folder: Path) -> list[Problem]:
    own = (*check_collectors(folder), *check_definitions(folder), *check_messages(folder))
    return [*own, *_named_definitions(config, folder)]


def _named_definitions(config: Config, folder: Path) -> Iterator[Problem]:
    """Devices that name a way to fetch their configuration that is not there: nobody would miss the copies."""
    try:
        devices = load_inventory(config.paths.inventories).devices.values()
    except DocumentError:
        return
    known = {NONE, *load_definitions(folder).kinds}
    for device in devices:
        for endpoint in device.endpoints:
            name = str(endpoint.options.get("configuration") or NONE)
            if name not in known:
                params = {"device": device.id, "name": name}
                message = Message("{device}: there is no “{name}” in collectors/configuration", params)
                yield Problem(str(config.paths.inventories), 1, message, suggestion(name, known))


def _playbooks(config: Config, folder: Path) -> list[Problem]:
    return [*check_playbooks(config, folder), *_skills_of_nobody(config, folder)]


def _skills_of_nobody(config: Config, folder: Path) -> Iterator[Problem]:
    """Procedures that no technician knows: their work would be planned for nobody, year after year."""
    try:
        people = load_inventory(config.paths.inventories).people.values()
        playbooks = load_playbooks(folder).playbooks.values()
    except DocumentError:
        return
    technicians = [one.skills for one in people if TECHNICIAN in one.roles]
    known = {skill for skills in technicians for skill in skills}
    for playbook in playbooks:
        if technicians and not any(knows(skills, playbook.skill) for skills in technicians):
            message = Message("no technician of the inventory has the skill “{skill}”", {"skill": playbook.skill})
            yield Problem(f"{folder.name}/{playbook.id}.yaml", 1, message, suggestion(playbook.skill, known))


def _rota(config: Config, file: Path) -> list[Problem]:
    try:
        people = load_inventory(config.paths.inventories).people
    except DocumentError:
        return []
    try:
        load_rota(file, people, zone=ZoneInfo(config.office.timezone))
    except DocumentError as error:
        return list(error.problems)
    return []


def _departments(config: Config, folder: Path) -> list[Problem]:
    """Departments that only the settings name: a service missing from the public page, a report never sent."""
    try:
        known = load_inventory(folder, config).departments
    except DocumentError:
        return []
    named = [
        *(("status_page.departments", one) for one in config.status_page.departments),
        *(("reports.mail", one.department) for one in config.reports.mail),
        ("fault_reports.mail.department", config.fault_reports.mail.department),
    ]
    return [
        Problem(
            "config.yaml",
            1,
            Message("{key}: there is no department “{name}” in the inventory", {"key": key, "name": name}),
            suggestion(name, known),
        )
        for key, name in named
        if name and name not in known
    ]


def _dashboards(config: Config, folder: Path) -> list[Problem]:
    from nms.views.tui.boards import check_boards  # its columns come with the terminal: only who checks pays

    return check_boards(folder)


VALIDATORS: Mapping[str, Validator] = {
    "collectors": _collectors,
    "dashboards": _dashboards,
    "inventories": _departments,
    "playbooks": _playbooks,
    "rota": _rota,
}
