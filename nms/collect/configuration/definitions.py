"""The definitions of a folder: read, checked and compiled once; dropping a file in is enough to add one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nms.collect.catalogue import CONFIGURATION
from nms.collect.configuration.language import Definition, Everywhere, SecretPlace
from nms.collect.configuration.masking import FLAGS
from nms.documents import Document, DocumentError, Problem, load, parse, suggestion
from nms.model import Device, Endpoint, Message
from nms.transports.platforms import known_platforms

FOLDER = CONFIGURATION
"""Below `collectors/`."""

EVERYWHERE = "every-platform"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Kind:
    """One definition, ready to use."""

    name: str
    definition: Definition
    secrets: tuple[SecretPlace, ...]
    refusals: tuple[re.Pattern[str], ...]
    interruptions: tuple[re.Pattern[str], ...]
    volatile: tuple[re.Pattern[str], ...]
    blocks: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    notices: tuple[re.Pattern[str], ...]
    begins: re.Pattern[str] | None = None
    ends: re.Pattern[str] | None = None
    changed: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """All kinds by name, and which of them a platform is for without being named."""

    kinds: Mapping[str, Kind] = field(default_factory=dict)
    everywhere: tuple[SecretPlace, ...] = ()
    problems: tuple[Problem, ...] = ()

    def of_platform(self, platform: str) -> Kind | None:
        return next((kind for kind in self.kinds.values() if platform in kind.definition.platforms), None)

    def of(self, endpoint: Endpoint) -> Kind | None:
        """What an SSH endpoint names, or what its platform is for; None: its configuration is not kept."""
        named = endpoint.options.get("configuration")
        if named:
            return self.kinds.get(str(named))
        return self.of_platform(str(endpoint.options.get("platform") or "linux"))

    def endpoint(self, device: Device) -> tuple[Endpoint, Kind] | None:
        """The endpoint through which the configuration of a device is fetched."""
        for endpoint in device.endpoints:
            if endpoint.transport == "ssh" and (kind := self.of(endpoint)) is not None:
                return endpoint, kind
        return None


def load_definitions(collectors: Path) -> Definitions:
    """Every usable definition of `collectors/configuration/`; what is wrong in the others is in `problems`."""
    problems: list[Problem] = []
    folder = collectors / FOLDER
    everywhere = _everywhere(folder, collectors, problems)
    kinds: dict[str, Kind] = {}
    taken: dict[str, str] = {}
    for path, shown in _files(folder, collectors):
        if path.stem == EVERYWHERE:
            continue
        try:
            document = load(path, shown_as=shown)
            definition = parse(Definition, document)
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        problems += _taken_twice(definition, path.stem, document, taken)
        problems += _not_netmikos(definition, document)
        kinds[path.stem] = _compiled(path.stem, definition, everywhere)
    return Definitions(kinds, everywhere.secrets, tuple(problems))


def check_definitions(collectors: Path) -> list[Problem]:
    """Every mistake in the definitions, in file order."""
    return sorted(load_definitions(collectors).problems, key=lambda problem: (problem.file, problem.line))


def _files(folder: Path, collectors: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.glob("*.yaml")):
        yield path, str(path.relative_to(collectors.parent))


def _everywhere(folder: Path, collectors: Path, problems: list[Problem]) -> Everywhere:
    path = folder / f"{EVERYWHERE}.yaml"
    if not path.is_file():
        return Everywhere()
    try:
        return parse(Everywhere, load(path, shown_as=str(path.relative_to(collectors.parent))))
    except DocumentError as error:
        problems.extend(error.problems)
        return Everywhere()


def _not_netmikos(definition: Definition, document: Document) -> Iterator[Problem]:
    """Platforms that no endpoint can name, so that the definition would never be used."""
    for index, platform in enumerate(definition.platforms):
        if platform not in known_platforms():
            message = Message("netmiko has no platform “{name}”", {"name": platform})
            yield document.problem(("platforms", index), message, suggestion(platform, known_platforms()))


def _taken_twice(definition: Definition, name: str, document: Document, taken: dict[str, str]) -> Iterator[Problem]:
    for index, platform in enumerate(definition.platforms):
        other = taken.setdefault(platform, name)
        if other != name:
            params = {"platform": platform, "other": other}
            message = Message("the platform “{platform}” belongs to “{other}” already", params)
            hint = Message("name it in one of the two files only")
            yield document.problem(("platforms", index), message, hint)


def _compiled(name: str, definition: Definition, everywhere: Everywhere) -> Kind:
    def each(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, FLAGS) for pattern in patterns)

    def one(pattern: str | None) -> re.Pattern[str] | None:
        return re.compile(pattern, FLAGS) if pattern else None

    return Kind(
        name,
        definition,
        secrets=(*definition.secrets, *everywhere.secrets),
        refusals=each((*definition.refusals, *everywhere.refusals)),
        interruptions=each(definition.interruptions),
        volatile=each(definition.volatile),
        blocks=tuple((re.compile(b.begins, FLAGS), re.compile(b.ends, FLAGS)) for b in definition.blocks),
        notices=each(definition.notices),
        begins=one(definition.begins),
        ends=one(definition.ends),
        changed=one(definition.changed),
    )
