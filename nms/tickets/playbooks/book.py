"""All playbooks of the municipality with their catalogue of commands: read, checked, matched to devices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from nms.documents import Document, DocumentError, Problem, load, parse, suggestion
from nms.model import Device, Message
from nms.tickets.playbooks.commands import Catalogue
from nms.tickets.playbooks.language import AppliesTo, PlatformCommand, Playbook

COMMANDS_FILE = "commands.yaml"


@dataclass(frozen=True, slots=True)
class PlaybookBook:
    """The playbooks by id, and the commands that they may run."""

    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(platforms={}))

    def get(self, playbook_id: str) -> Playbook | None:
        return self.playbooks.get(playbook_id)

    def overdue_reviews(self, today: date) -> list[Playbook]:
        """Playbooks whose review is due, the oldest first."""
        late = [one for one in self.playbooks.values() if one.review_due <= today]
        return sorted(late, key=lambda one: (one.review_due, one.id))

    def for_incident(self, key: str, device: Device | None) -> Playbook | None:
        """The playbook of a root cause, by its verdict's key: the one that names the condition most exactly."""
        found = [
            (exactness, playbook.kind != "corrective", playbook.id)
            for playbook in self.playbooks.values()
            if device is None or applies(playbook.applies_to, device)
            for trigger in playbook.triggers
            if trigger.incident is not None and (exactness := how_exactly(trigger.incident.conditions, key)) is not None
        ]
        return self.playbooks[min(found)[2]] if found else None

    def for_forecast(self, key: str, device: Device) -> Playbook | None:
        """The playbook that a forecast calls for, by its verdict's key."""
        found = [
            (exactness, playbook.id)
            for playbook in self.playbooks.values()
            if applies(playbook.applies_to, device)
            for trigger in playbook.triggers
            if trigger.forecast is not None and (exactness := how_exactly(trigger.forecast.conditions, key)) is not None
        ]
        return self.playbooks[min(found)[1]] if found else None


def how_exactly(conditions: Iterable[str], key: str) -> int | None:
    """How well conditions name the key of a verdict: less is more exact; None where none of them does.

    `threshold/srv-01/storage:/var/storage_used_ratio` is of the kind `threshold`, and without its device
    `threshold/storage:/var/storage_used_ratio`.
    """
    kind, _, rest = key.partition("/")
    about = rest.partition("/")[2]
    whole = f"{kind}/{about}"
    fitting = [-len(one.replace("*", "")) for one in conditions if fnmatchcase(whole if "/" in one else kind, one)]
    return min(fitting, default=None)


def digest(playbook: Playbook) -> str:
    """What tells two texts of one playbook apart, whatever their version says: 16 hexadecimal digits."""
    return hashlib.sha256(as_json(playbook).encode()).hexdigest()[:16]


def as_json(playbook: Playbook) -> str:
    """A playbook as it is kept beside the tickets that follow it."""
    return json.dumps(playbook.model_dump(mode="json", exclude_unset=True), sort_keys=True, ensure_ascii=False)


def from_json(text: str) -> Playbook:
    return Playbook.model_validate_json(text)


def applies(to: AppliesTo, device: Device, families: Iterable[str] | None = None) -> bool:
    """Whether a playbook is for a device. `families`: those matched by the poller, else the inventory's."""
    own = tuple(families) if families is not None else device.families
    return (
        (not to.roles or device.role in to.roles)
        and (not to.families or _any(own, to.families))
        and (not to.devices or _any((device.id,), to.devices))
        and (not to.sites or _any((device.site,), to.sites))
        and (not to.tags or _any(device.tags, to.tags))
    )


def _any(names: Iterable[str], globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for name in names for glob in globs)


def load_playbooks(folder: Path) -> PlaybookBook:
    """Reads `playbooks/`. Raises: DocumentError with every mistake of every file."""
    book, problems = _read(folder)
    if problems:
        raise DocumentError(problems)
    return book


def check_playbooks(config: object, folder: Path) -> list[Problem]:
    """Every mistake in `playbooks/`, in file order. `config` is not needed: playbooks stand alone."""
    _, problems = _read(folder)
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _read(folder: Path) -> tuple[PlaybookBook, list[Problem]]:
    problems: list[Problem] = []
    catalogue = _catalogue(folder, problems)
    playbooks: dict[str, Playbook] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == COMMANDS_FILE:
            continue
        name = f"{folder.name}/{path.name}"
        try:
            document = load(path, shown_as=name)
            playbook = parse(Playbook, document)
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        problems.extend(_beyond_the_file(playbook, document, path.stem, catalogue))
        playbooks.setdefault(playbook.id, playbook)
    return PlaybookBook(playbooks, catalogue), problems


def _catalogue(folder: Path, problems: list[Problem]) -> Catalogue:
    path = folder / COMMANDS_FILE
    if not path.is_file():
        return Catalogue(platforms={})
    try:
        return parse(Catalogue, load(path, shown_as=f"{folder.name}/{path.name}"))
    except DocumentError as error:
        problems.extend(error.problems)
        return Catalogue(platforms={})


def _beyond_the_file(playbook: Playbook, document: Document, stem: str, catalogue: Catalogue) -> list[Problem]:
    """Mistakes that the models cannot see: the name of the file, and commands outside the catalogue."""
    problems: list[Problem] = []
    if playbook.id != stem:
        message = Message("the playbook is “{id}”, its file “{file}.yaml”", {"id": playbook.id, "file": stem})
        hint = Message("give both the same name")
        problems.append(document.problem(("id",), message, hint))
    for number, step in enumerate(playbook.steps):
        for place, command in enumerate(step.commands):
            if catalogue.find(command.platform, command.run) is None:
                problems.append(_not_catalogued(document, catalogue, command, (number, place)))
    return problems


def _not_catalogued(
    document: Document, catalogue: Catalogue, command: PlatformCommand, place: tuple[int, int]
) -> Problem:
    step, position = place
    path = ("steps", step, "commands", position)
    platform = catalogue.platforms.get(command.platform)
    if platform is None:
        message = Message("commands.yaml has no platform “{platform}”", {"platform": command.platform})
        return document.problem((*path, "platform"), message, suggestion(command.platform, catalogue.platforms))
    message = Message(
        "“{command}” is not in commands.yaml for {platform}", {"command": command.run, "platform": command.platform}
    )
    return document.problem((*path, "run"), message, suggestion(command.run, (one.run for one in platform.commands)))
