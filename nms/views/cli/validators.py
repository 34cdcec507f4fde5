"""Who checks which part of the municipality's own content."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from nms.collect.catalogue import check_collectors
from nms.collect.configuration.definitions import check_definitions
from nms.collect.messages import check_messages
from nms.config import Config
from nms.documents import DocumentError, Problem
from nms.inventory import load_inventory
from nms.notify.rota import load_rota
from nms.tickets.playbooks.book import check_playbooks
from nms.views.cli.check import Validator


def _collectors(config: Config, folder: Path) -> list[Problem]:
    return [*check_collectors(folder), *check_definitions(folder), *check_messages(folder)]


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


VALIDATORS: Mapping[str, Validator] = {
    "collectors": _collectors,
    "playbooks": check_playbooks,
    "rota": _rota,
}
