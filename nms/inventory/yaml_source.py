"""The inventory as YAML files in one directory.

inventory.yaml     whether it is a sample; defaults, roles and groups of devices
departments.yaml   departments, and defaults for their devices
sites.yaml         buildings
links.yaml         data links
people.yaml        people
devices/*.yaml     devices, one file for each building or whatever is handy; folders below are read too
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from nms.documents import Document, DocumentError, Problem, Strict, load, suggestion
from nms.inventory.draft import Block, Draft
from nms.inventory.entries import DepartmentEntry, DeviceFields, GroupFields, LinkEntry, PersonEntry, SiteEntry
from nms.inventory.layers import Layer
from nms.inventory.origins import Origin, origin_of, read_right
from nms.model import Message, Role

EntryT = TypeVar("EntryT", bound=BaseModel)

FILES = ("inventory.yaml", "departments.yaml", "sites.yaml", "links.yaml", "people.yaml")
_NEEDED = ("departments.yaml", "sites.yaml")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_ID_HINT = Message("use small letters, digits, “-”, “_” and “.”, a letter or digit first")


class General(Strict):
    """`inventory.yaml`: what holds for many devices."""

    sample: bool = False
    """Whether this inventory is a sample; every screen says so."""

    defaults: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it
    """For all devices."""

    roles: dict[str, Any] = {}  # noqa: RUF012
    """For the devices of a role."""

    groups: dict[str, Any] = {}  # noqa: RUF012
    """For the devices that name the group."""


class DeviceFile(Strict):
    """A file below `devices/`."""

    defaults: dict[str, Any] = {}  # noqa: RUF012
    """For the devices of this file."""

    devices: dict[str, Any] = {}  # noqa: RUF012
    """Devices by id, or by a range of ids."""


def read_yaml(directory: Path) -> Draft:
    """Everything in the files of a directory, with every mistake that a file by itself shows."""
    draft = Draft()
    names = _listed(draft, directory)
    if names is None:
        draft.unread |= {"departments", "sites", "devices", "inventory"}
        return draft
    _name_near_misses(draft, directory, names)
    _read_general(draft, directory / FILES[0])
    _read_departments(draft, directory / "departments.yaml")
    draft.sites = _section(draft, directory / "sites.yaml", "sites", SiteEntry)
    draft.links = _section(draft, directory / "links.yaml", "links", LinkEntry)
    draft.people = _section(draft, directory / "people.yaml", "people", PersonEntry)
    for path in _files_below(draft, directory / "devices"):
        _read_devices(draft, path)
    return draft


def _listed(draft: Draft, directory: Path) -> list[str] | None:
    try:
        return sorted(path.name for path in directory.iterdir())
    except FileNotFoundError:
        problem = Problem(
            str(directory), 1, Message("there is no such directory"), Message("`nms init` lays out a new one")
        )
    except OSError as error:
        problem = _unreadable(str(directory), error)
    draft.problems.add(problem)
    return None


def _unreadable(place: str, error: OSError) -> Problem:
    return Problem(place, 1, Message("cannot be read: {reason}", {"reason": error.strerror or "unknown"}))


def _files_below(draft: Draft, directory: Path) -> list[Path]:
    """The YAML files of a directory and of those in it, in order; a directory that cannot be read is a mistake."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            draft.problems.add(_unreadable(str(error.filename), error))
            draft.unread.add("devices")

    found: list[Path] = []
    for place, below, names in os.walk(directory, onerror=unreadable):
        below[:] = [name for name in below if not name.startswith(".")]
        found += [Path(place, name) for name in (*names, *below) if _is_yaml(name)]
    return sorted(found)


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".")


def _name_near_misses(draft: Draft, directory: Path, names: list[str]) -> None:
    """A file whose name is nearly one of ours is a typo that would otherwise be silence."""
    for name in names:
        near = difflib.get_close_matches(Path(name).stem, [Path(file).stem for file in FILES], n=1, cutoff=0.75)
        if _is_yaml(name) and name not in FILES and near:
            message = Message("“{name}” is not a file that the inventory reads", {"name": name})
            hint = Message("did you mean “{word}”?", {"word": f"{near[0]}.yaml"})
            draft.problems.add(Problem(str(directory / name), 1, message, hint))


def _open(draft: Draft, path: Path, section: str) -> Document | None:
    try:
        return load(path)
    except DocumentError as error:
        if section != "devices" and isinstance(error.__cause__, FileNotFoundError):
            _say_if_needed(draft, path, section)
        else:
            draft.problems.add(*error.problems)
            draft.unread.add(section)
        return None


def _say_if_needed(draft: Draft, path: Path, section: str) -> None:
    if path.name in _NEEDED:
        draft.problems.add(Problem(str(path), 1, Message("there is no such file: the inventory needs it")))
        draft.unread.add(section)


def _section(draft: Draft, path: Path, section: str, model: type[EntryT]) -> dict[str, tuple[EntryT, Origin]]:
    """The entries of a file that holds one mapping by id."""
    found: dict[str, tuple[EntryT, Origin]] = {}
    document = _open(draft, path, section)
    if document is None:
        return found
    for name in _names(draft, document, section):
        entry = read_right(model, document, (section, name), draft.problems)
        if _good_id(draft, document, section, name) and entry is not None:
            found[name] = (entry, origin_of(document, (section, name)))
    return found


def _names(draft: Draft, document: Document, section: str) -> list[str]:
    """The ids of a section; a file that holds anything else is told so."""
    data = document.data if isinstance(document.data, Mapping) else {section: document.data}
    for key in data:
        if key != section:
            message = Message("“{key}” is not a known key", {"key": str(key)})
            draft.problems.add(document.problem((key,), message, suggestion(str(key), [section])))
            draft.unread.add(section)
    block = data.get(section)
    if block is None:
        return []
    if not isinstance(block, Mapping):
        message = Message("“{key}” must be a block of keys and values", {"key": section})
        draft.problems.add(
            document.problem((section,), message, Message("write {key}: and below it the ids", {"key": section}))
        )
        draft.unread.add(section)
        return []
    draft.known[section] |= {str(name) for name in block}
    return list(block)


def _good_id(draft: Draft, document: Document, section: str, name: object) -> bool:
    if isinstance(name, str) and _ID.fullmatch(name):
        return True
    message = Message("“{name}” cannot be an id", {"name": str(name)})
    draft.problems.add(document.problem((section, name), message, _ID_HINT))  # type: ignore[arg-type]
    return False


def _read_departments(draft: Draft, path: Path) -> None:
    document = _open(draft, path, "departments")
    if document is None:
        return
    for name in _names(draft, document, "departments"):
        entry = read_right(DepartmentEntry, document, ("departments", name), draft.problems)
        if _good_id(draft, document, "departments", name) and entry is not None:
            draft.departments[name] = (entry, origin_of(document, ("departments", name)))
            draft.department_devices[name] = Layer(entry.devices, document, ("departments", name, "devices"))


def _read_general(draft: Draft, path: Path) -> None:
    document = _open(draft, path, "inventory")
    if document is None:
        return
    general = read_right(General, document, (), draft.problems)
    if general is None:
        draft.unread.add("inventory")
        return
    draft.is_sample = general.sample
    if general.defaults:
        draft.defaults = _layer(draft, document, ("defaults",), DeviceFields)
    known = [role.value for role in Role]
    for name in general.roles:
        if name not in known:
            message = Message("there is no role “{name}”", {"name": str(name)})
            draft.problems.add(document.problem(("roles", name), message, suggestion(str(name), known)))
        draft.roles[name] = _layer(draft, document, ("roles", name), DeviceFields)
    for name in general.groups:
        _good_id(draft, document, "groups", name)
        draft.groups[name] = _layer(draft, document, ("groups", name), DeviceFields)


def _read_devices(draft: Draft, path: Path) -> None:
    document = _open(draft, path, "devices")
    if document is None:
        return
    content = read_right(DeviceFile, document, (), draft.problems)
    if content is None:
        draft.unread.add("devices")
        return
    near: tuple[Layer, ...] = ()
    if content.defaults:
        near = (_layer(draft, document, ("defaults",), GroupFields),)
    for pattern in content.devices:
        origin = origin_of(document, ("devices", pattern))
        layer = _layer(draft, document, ("devices", pattern), GroupFields)
        draft.blocks.append(Block(str(pattern), origin, (*near, layer)))


def _layer(draft: Draft, document: Document, path: tuple[str, ...], model: type[DeviceFields]) -> Layer:
    fields = read_right(model, document, path, draft.problems)
    return Layer(fields or model(), document, path)
