"""Reading `config.yaml`: every mistake of every section in one run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from nms.config.elsewhere import RemoteSystem, RequestTrackerSystem
from nms.config.policies import EscalationStep
from nms.config.secrets import Secret
from nms.config.settings import Config
from nms.documents import Document, DocumentError, Path_, Problem, load, parse, suggestion
from nms.model import Message


@dataclass(frozen=True, slots=True)
class Draft:
    """As much of the settings as is right, the rest by default; `broken` names the sections with mistakes."""

    config: Config
    problems: tuple[Problem, ...]
    broken: frozenset[str]


def load_config(path: Path) -> Config:
    """The settings of a municipality. Raises: `DocumentError` with every mistake in the file."""
    draft = read_config(path)
    if draft.problems:
        raise DocumentError(draft.problems)
    return draft.config


def read_config(path: Path) -> Draft:
    """The settings with every mistake in them, so that what depends on them can be checked in the same run.

    Raises: `DocumentError` when the file is missing or not YAML.
    """
    document = load(path)
    base = path.resolve().parent
    problems: list[Problem] = []
    broken: set[str] = set()
    try:
        config = parse(Config, document, context={"base": base})
    except DocumentError as error:
        problems = list(error.problems)
        config = _what_is_right(document, base, broken)
    problems += _loose_ends(config, document, broken)
    in_order = tuple(sorted(problems, key=lambda problem: problem.line))
    return Draft(_anchored(config, base), in_order, frozenset(broken))


def _what_is_right(document: Document, base: Path, broken: set[str]) -> Config:
    """The sections without a mistake; the names of the others go to `broken`."""
    if not isinstance(document.data, dict):
        broken |= set(Config.model_fields)
        return Config()
    kept: dict[Any, Any] = {}
    for key in document.data:
        if key not in Config.model_fields:
            continue
        one = Document(document.file, {key: document.data[key]}, document.lines)
        try:
            parse(Config, one, context={"base": base})
        except DocumentError:
            broken.add(key)
            continue
        kept[key] = document.data[key]
    return Config.model_validate(kept, context={"base": base})


def _anchored(config: Config, base: Path) -> Config:
    """The same with absolute paths: content beside `config.yaml`, what is written below `data_dir`."""
    data = base / config.data_dir.expanduser()
    paths = {name: base / getattr(config.paths, name).expanduser() for name in type(config.paths).model_fields}
    tls = {name: base / path for name in ("certificate", "key") if (path := getattr(config.api.tls, name))}
    api: dict[str, Any] = {"tls": config.api.tls.model_copy(update=tls)}
    if config.api.socket:
        api["socket"] = data / config.api.socket
    ssh = config.polling.ssh.model_copy(update={"known_hosts": data / config.polling.ssh.known_hosts})
    export = config.status_page.export_to
    return config.model_copy(
        update={
            "data_dir": data,
            "paths": config.paths.model_copy(update=paths),
            "api": config.api.model_copy(update=api),
            "polling": config.polling.model_copy(update={"ssh": ssh}),
            "tickets": config.tickets.model_copy(update={"elsewhere": _anchored_systems(config, base)}),
            "notify": config.notify.model_copy(update={"rota": base / config.notify.rota}),
            "status_page": config.status_page.model_copy(update={"export_to": export and base / export}),
        }
    )


def _anchored_systems(config: Config, base: Path) -> dict[str, RemoteSystem]:
    return {
        name: one.model_copy(update={"ca_file": one.ca_file and base / one.ca_file.expanduser()})
        for name, one in config.tickets.elsewhere.items()
    }


def _loose_ends(config: Config, document: Document, broken: set[str]) -> Iterator[Problem]:
    """Names that nothing answers to: calendars and channels."""
    if "office" not in broken:
        yield from _unknown_calendars(config, document)
    channels = config.notify.channels
    for name, channel in channels.items():
        if channel.fallback:
            path = ("notify", "channels", name, "fallback")
            yield from _unknown(document, path, "channel", channel.fallback, channels)
    yield from _unknown_credentials(config, document)
    steps: list[tuple[str, int, Any]] = [("routing", i, step) for i, step in enumerate(config.notify.routing)]
    steps += [("escalation", i, step) for i, step in enumerate(config.notify.escalation)]
    for where, i, step in steps:
        yield from _unknown_channels(document, ("notify", where, i), step, channels)


def _unknown_credentials(config: Config, document: Document) -> Iterator[Problem]:
    """Of the ticket systems elsewhere."""
    http = {name: one for name, one in config.credentials.items() if one.kind == "http"}
    for name, system in config.tickets.elsewhere.items():
        path: Path_ = ("tickets", "elsewhere", name, "credential")
        wanted = getattr(system, "credential", None)
        if wanted is not None:
            yield from _unknown(document, path, "credential", wanted, http)
        if wanted in http and isinstance(system, RequestTrackerSystem) and not (system.user or http[wanted].user):
            yield document.problem(path, Message("a token does not say whose it is"), Message("add “user”"))


def _unknown_calendars(config: Config, document: Document) -> Iterator[Problem]:
    calendars = config.office.calendars
    for priority, level in config.tickets.service_levels.items():
        path: Path_ = ("tickets", "service_levels", priority, "calendar")
        yield from _unknown(document, path, "calendar", level.calendar, calendars)
    for i, route in enumerate(config.notify.routing):
        yield from _unknown(document, ("notify", "routing", i, "calendar"), "calendar", route.calendar, calendars)


def _unknown_channels(document: Document, path: Path_, step: Any, channels: Any) -> Iterator[Problem]:
    for j, name in enumerate(step.channels):
        yield from _unknown(document, (*path, "channels", j), "channel", name, channels)
    if isinstance(step, EscalationStep) and not (step.to or step.channels):
        yield document.problem(path, Message("this step tells nobody"), Message("add “to” or “channels”"))


def _unknown(document: Document, path: Path_, what: str, name: str, known: Any) -> Iterator[Problem]:
    if name not in known:
        templates = {
            "calendar": "there is no calendar “{name}” under office.calendars",
            "credential": "there is no credential “{name}” of the kind http under credentials",
            "channel": "there is no channel “{name}” under notify.channels",
        }
        yield document.problem(path, Message(templates[what], {"name": name}), suggestion(name, known))


def secrets_of(config: BaseModel) -> Iterator[tuple[str, Secret]]:
    """Every secret that the settings name, with its place (`credentials.snmp-lectura.community`)."""
    yield from _secrets_in(config, "")


def _secrets_in(value: Any, place: str) -> Iterator[tuple[str, Secret]]:
    if isinstance(value, Secret):
        yield place, value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets_in(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _secrets_in(item, f"{place}.{name}")
