"""Nothing that people use is without documentation, and nothing in the documentation is without substance."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from nms.collect.catalogue import family_files
from nms.config.documentation import settings_table
from tests import docs_tables
from tests.docs_tables import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
DRAWN = {
    "metrics.md": docs_tables.metrics,
    "commands.md": docs_tables.commands,
}
COPYLEFT = re.compile(r"\b(AGPL|GPL)", re.IGNORECASE)


def test_the_page_of_the_families_lists_all_of_them() -> None:
    """`make docs` draws the page anew."""
    path = DOCS / "families.md"
    if os.environ.get("NMS_WRITE_DOCS"):
        path.write_text(docs_tables.families(), encoding="utf-8")
    listed = set(path.read_text(encoding="utf-8").splitlines())
    missing = [line for line in docs_tables.families().splitlines() if line.startswith("| `") and line not in listed]
    assert missing == [], "docs/families.md is out of date: run “make docs”"


@pytest.mark.parametrize(("page", "draw"), DRAWN.items())
def test_the_drawn_part_of_a_page_says_what_the_program_has(page: str, draw: Callable[[], str]) -> None:
    """`make docs` draws these parts anew."""
    path = DOCS / page
    drawn = docs_tables.drawn_anew(path.read_text(encoding="utf-8"), draw())
    if os.environ.get("NMS_WRITE_DOCS"):
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn, f"docs/{page} is out of date: run “make docs”"


def test_every_command_option_and_metric_says_what_it_is_for() -> None:
    drawn = [docs_tables.commands(), docs_tables.metrics()]
    assert [line for text in drawn for line in text.splitlines() if line.endswith("|  |")] == []


def test_every_path_of_the_api_is_documented() -> None:
    named = {
        re.sub(r"[A-Z]+", "{}", path)
        for path in re.findall(r"[` ](/[\w/-]+)", (DOCS / "api.md").read_text(encoding="utf-8"))
    }
    assert {re.sub(r"{\w+}", "{}", path) for path in docs_tables.api_paths()} - named == set()


def test_every_setting_says_what_it_is_for() -> None:
    assert [row.key for row in settings_table() if not row.text] == []


def test_every_family_of_equipment_has_a_title_of_its_own() -> None:
    titles: dict[str, list[str]] = {}
    for path in family_files(ROOT / "collectors"):
        titles.setdefault(docs_tables.title(path), []).append(path.stem)
    assert titles.pop("", []) == []
    assert {title: names for title, names in titles.items() if len(names) > 1} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert [link for link in _links(page) if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_nms_command_on_a_page_exists(page: Path) -> None:
    names = docs_tables.command_names()
    assert [call for call in _calls(page) if not _is_command(call, names)] == []


def test_every_make_target_on_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        named = {found for code in _code(page) for found in re.findall(r"\bmake ([a-z-]+)\b", code)}
        assert named <= targets, page.name


def test_every_page_is_reached_from_the_index() -> None:
    linked = {link.partition("#")[0] for link in _links(DOCS / "index.md")}
    assert {page.name for page in DOCS.glob("*.md")} - linked <= {"index.md"}


def test_every_file_that_the_layout_names_exists() -> None:
    for page in (ROOT / "CONTRIBUTING.md", DOCS / "architecture.md"):
        text = page.read_text(encoding="utf-8")
        named = re.findall(r"`((?:nms|tests|bench|docs|collectors|playbooks|inventories|dashboards)/[\w./-]*)`", text)
        assert [name for name in named if "FOLDER" not in name and not (ROOT / name).exists()] == [], page.name


def test_every_dependency_is_explained_and_may_be_used() -> None:
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    for name in _dependencies():
        assert f"| {name} |" in text, f"docs/dependencies.md says nothing of {name}"
        assert not COPYLEFT.search(_licence(name)), f"{name}: {_licence(name)}"


def _dependencies() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(one for key in ("export", "mssql", "mysql", "pdf") for one in _extra(project, key)),
    ]
    for one in wanted:
        yield re.split(r"[<>=!~\[;]", one)[0].strip()


def _extra(project: dict[str, dict[str, list[str]]], key: str) -> list[str]:
    return project["optional-dependencies"].get(key, [])


def _licence(name: str) -> str:
    """The licence as the package states it; the Lesser GPL is none of those that bind the whole program.

    Of a choice it is the one that we take.
    """
    found = metadata.metadata(name)
    stated = found.get("License-Expression") or " ".join(
        one for one in found.get_all("Classifier") or [] if one.startswith("License")
    )
    choices = re.sub(r"LGPL|Lesser General Public License[^:]*", "", stated).split(" OR ")
    return next((one for one in choices if not COPYLEFT.search(one)), choices[0])


def _links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", _without_code(page)):
        if not re.match(r"[a-z]+:", link):
            yield link


def _leads_somewhere(page: Path, link: str) -> bool:
    name, _, part = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    return not part or part in {_anchor(one) for one in re.findall(r"^#+ (.+)$", _without_code(target), re.MULTILINE)}


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _code(page: Path) -> list[str]:
    """All that a page shows as code: fenced, indented and inline."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}.+$", rest, re.MULTILINE)
    return [*fenced, *indented, *re.findall(r"`([^`\n]+)`", rest)]


def _without_code(page: Path) -> str:
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _calls(page: Path) -> Iterator[str]:
    """Commands that begin a line or a piece of inline code: `nms why KEY`, `$ nms run`, `NMS_TOKEN=... nms token`."""
    for code in _code(page):
        for line in code.splitlines():
            found = re.match(r"\s*(?:\$ |sudo (?:-\S+ )*|ExecStart=|[A-Z_]+=\S+ |\S*/bin/)*nms ([a-z-].*)$", line)
            if found:
                yield found[1].partition(" #")[0].partition(" |")[0]


GLOBAL_OPTIONS = {"--config": 2, "-c": 2, "--lang": 2, "--address": 2, "--version": 1, "--help": 1, "-h": 1}


def _is_command(call: str, names: set[str]) -> bool:
    words = shlex.split(call.replace("'", ""), posix=False)
    while words and words[0] in GLOBAL_OPTIONS:
        words = words[GLOBAL_OPTIONS[words[0]] :]
    if not words:
        return True
    path = f"nms {words[0]}"
    groups = {name.rpartition(" ")[0] for name in names} - {"nms"}
    if path in groups and len(words) > 1 and re.fullmatch("[a-z-]+", words[1]):
        path = f"{path} {words[1]}"
    return path in names
