"""Saved views and the boards of the wall, from `dashboards/*.yaml`.

One file is one view: a screen, and for a list its filter, order and columns. `wall` puts it among the boards that
`nms tui --kiosk` shows in turn, for so many seconds.

    title: {es: Enlaces con carga, en: Busy links}
    screen: links
    filter: "utilisation:>50%"
    order: -utilisation
    columns: traffic
    wall: 15s
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator

from nms.documents import Document, DocumentError, Problem, Strict, load, mistake, parse, suggestion
from nms.i18n import render
from nms.model import Message
from nms.views.tui.lists.registry import LISTS
from nms.views.tui.places import Place

PACKAGE = Path(__file__).resolve().parents[2]
BUILT_IN = (PACKAGE / "_content" / "dashboards", PACKAGE.parent / "dashboards")
"""Where the views that come with the monitor stand: in the wheel, and in its source."""

_SECONDS = re.compile(r"^(\d{1,4})(s|m)$")


def _seconds(written: object) -> float:
    """`15s` or `2m`; the settings' own durations are not imported, because a terminal should start at once."""
    match = _SECONDS.match(str(written))
    if match is None:
        raise mistake("“{key}”: {value} is not a time", "write it as 15s or 2m", value=str(written))
    return float(match[1]) * (60 if match[2] == "m" else 1)


Seconds = Annotated[float, BeforeValidator(_seconds)]

ScreenName = Literal[
    "overview",
    "alerts",
    "incidents",
    "tickets",
    "devices",
    "links",
    "pbx",
    "datacentre",
    "applications",
    "printers",
    "addresses",
    "presence",
    "events",
    "topology",
    "power",
    "racks",
    "ups",
]


class Titles(Strict):
    """The name of a view in both languages."""

    es: str
    """Spanish."""

    en: str
    """English."""


class View(Strict):
    """A saved view."""

    title: Titles
    """What it is called."""

    screen: ScreenName
    """Which screen it is a view of."""

    filter: str = ""
    """What the rows must satisfy, in the language of `/`."""

    order: str = ""
    """The column to sort by; a minus before it turns the order round."""

    columns: str = ""
    """The column set."""

    wall: Seconds | None = None
    """How long the wall shows it; left out: it is no board."""


@dataclass(frozen=True, slots=True)
class Board:
    """A view with its name, ready to go to."""

    name: str
    title: str
    kind: str
    memory: dict[str, object]
    wall: float | None = None

    def place(self) -> Place:
        return Place(self.kind, title=self.title, memory=dict(self.memory))


def boards(folder: Path | None, language: str) -> tuple[list[Board], list[str]]:
    """The views of a folder, or the built-in ones where there is none; and what is wrong with any of them."""
    where = next((path for path in ([folder] if folder else []) + list(BUILT_IN) if path.is_dir()), None)
    views, problems = _read(where) if where else ({}, [])
    found = [_board(name, view, language) for name, view in views.items()]
    return found, [f"{p.file}:{p.line}: {render(p.message, language)}" for p in problems]


def check_boards(folder: Path) -> list[Problem]:
    """What is wrong with the views of a folder."""
    return _read(folder)[1]


def _read(folder: Path) -> tuple[dict[str, View], list[Problem]]:
    """By file name, in its order."""
    found: dict[str, View] = {}
    wrong: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = load(path, shown_as=f"{folder.name}/{path.name}")
            view = parse(View, document)
        except DocumentError as error:
            wrong += error.problems
            continue
        misfits = list(_misfits(view, document))
        wrong += misfits
        if not misfits:
            found[path.stem] = view
    return found, wrong


def _misfits(view: View, document: Document) -> Iterator[Problem]:
    """Columns and column sets that the list of the view does not have."""
    spec = LISTS[view.screen]() if view.screen in LISTS else None
    columns = {column.name for column in spec.columns} if spec else set()
    sets = set(spec.sets) if spec else set()
    for key, word, known in (("order", view.order.removeprefix("-"), columns), ("columns", view.columns, sets)):
        if word and word not in known:
            params = {"key": key, "word": word, "screen": view.screen}
            message = Message("“{key}”: the screen “{screen}” has no “{word}”", params)
            yield document.problem((key,), message, suggestion(word, known))


def _board(name: str, view: View, language: str) -> Board:
    memory: dict[str, object] = {"filter": view.filter}
    if view.order:
        memory.update(order=view.order.removeprefix("-"), descending=view.order.startswith("-"))
    if view.columns:
        memory["set"] = view.columns
    title = view.title.en if language == "en" else view.title.es
    return Board(name, title, view.screen, memory, view.wall)
