"""`nms check`: everything that people wrote, validated in one run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from nms.config import Config
from nms.config.loading import read_config
from nms.documents import DocumentError, Problem
from nms.i18n import gettext as _
from nms.i18n import ngettext, render
from nms.inventory import load_inventory
from nms.model import Message
from nms.text import clean

Validator = Callable[[Config, Path], list[Problem]]
"""Checks one kind of content in a directory (or, for the rota, a file); it returns every mistake and raises nothing."""

FOUND_PROBLEMS = 1
CANNOT_CHECK = 2


def check(config_path: Path, validators: Mapping[str, Validator] | None = None) -> list[Problem]:
    """Every mistake in the settings, the inventory and the other content, in the order of files and lines.

    `validators` by what they check: `collectors`, `playbooks`, `dashboards` get their directory, `rota` its file
    (where there is one). What a broken section of the settings would make look wrong elsewhere is not checked.
    """
    try:
        draft = read_config(config_path)
    except DocumentError as error:
        beside = config_path.parent / "inventories"
        return _sorted([*error.problems, *(_inventory(beside, None) if _is_there(beside) else ())])
    config = draft.config
    usable = not draft.broken & {"credentials", "office"}
    problems = [*draft.problems, *_inventory(config.paths.inventories, config if usable else None)]
    for name, validator in (validators or {}).items():
        problems += _content(name, validator, config)
    return _sorted(problems)


def _inventory(directory: Path, config: Config | None) -> tuple[Problem, ...]:
    try:
        load_inventory(directory, config)
    except DocumentError as error:
        return error.problems
    return ()


def _content(name: str, validator: Validator, config: Config) -> list[Problem]:
    if name == "rota":
        return validator(config, config.notify.rota) if _is_there(config.notify.rota) else []
    directory = getattr(config.paths, name)
    if not _is_there(directory):
        hint = Message("`nms init` lays out a new one")
        return [Problem(str(directory), 1, Message("there is no such directory"), hint)]
    return validator(config, directory)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _sorted(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def line_of(problem: Problem, start: Path | None = None) -> str:
    """One mistake in one line, in the form that editors jump to: `FILE:LINE: what is wrong (what would be right)`."""
    hint = f" ({render(problem.hint)})" if problem.hint else ""
    return clean(f"{_short(problem.file, start)}:{problem.line}: {render(problem.message)}{hint}", limit=2000)


def _short(file: str, start: Path | None) -> str:
    try:
        return str(Path(file).resolve().relative_to((start or Path.cwd()).resolve()))
    except ValueError:
        return file


def report(config_path: Path, validators: Mapping[str, Validator] | None = None) -> tuple[int, str]:
    """The exit code (0 right, 1 mistakes found, 2 the settings file cannot be read) and the text to print."""
    problems = check(config_path, validators)
    if not problems:
        return 0, _("{file} and all that belongs to it are right.").format(file=_short(str(config_path), None))
    lines = [line_of(problem) for problem in problems]
    count = ngettext("{count} mistake", "{count} mistakes", len(problems)).format(count=len(problems))
    return FOUND_PROBLEMS if _is_there(config_path) else CANNOT_CHECK, "\n".join([*lines, count])
