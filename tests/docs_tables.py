"""The tables of the documentation that are drawn from the program itself, so that the two cannot differ."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

import typer.main
import yaml
from fastapi.openapi.utils import get_openapi

from nms import i18n
from nms.metrics import METRICS
from nms.rules.derived import UNITS
from nms.views.api import application
from nms.views.cli.main import app

ROOT = Path(__file__).parent.parent
BEGIN = "<!-- drawn from the program: make docs -->"
END = "<!-- end of what is drawn -->"
FOLDERS = {
    "standard": "Standard modules",
    "network": "Network",
    "telephony": "Telephony",
    "datacenter": "Data centre",
    "office": "Office",
    "applications": "Applications",
}
FAMILIES_HEAD = """\
# Families that come with the monitor

Each line is one file under `collectors/`; its MIB modules are the source of every object, unit and enumeration in it.
`nms collectors list` lists the same with what each one reads. The vendor's newest published module was taken where
several exist; objects that older firmware lacks are simply not there.

The standard families are read from every device that has their modules, also where no family of its vendor is listed.
`nms probe HOST` shows which families match a device. [How to write a family](collectors.md);
[what the figures of radios mean](families-wireless.md).

"""
ARGUMENTS = {
    "device_id": "The device, by its id in the inventory.",
    "directory": "A new or empty folder.",
    "folio": "The ticket, as MC-2026-000123.",
    "number": "The number of the step.",
    "key": "The key of an alert, as device-down/rt-catastro.",
    "note": "The line.",
    "person": "A person of people.yaml, by id.",
    "step": "The number or id of the step.",
    "text": "The line.",
    "value": "What was measured or found.",
    "title": "What is wrong, in a few words.",
}
"""Arguments whose name says it all to those who call `--help`."""


def drawn_anew(text: str, table: str) -> str:
    """A page with the part between its two marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    assert found, f"the page lacks its marks {BEGIN} and {END}"
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def metrics() -> str:
    """Every series that a collector may name, those that judging derives, and the monitor's own figures."""
    lines = ["## Of the equipment", "", "| metric | kind | unit | what |", "|---|---|---|---|"]
    lines += [f"| `{m.name}` | {m.kind.value} | {m.unit or '-'} | {_cell(m.help)} |" for m in METRICS.values()]
    lines += ["", "## Only for judging", "", "Thresholds can name these; they are not kept.", ""]
    lines += ["| metric | unit |", "|---|---|", *(f"| `{name}` | {unit} |" for name, unit in UNITS.items())]
    lines += ["", "## Of the monitor itself", "", "At `/metrics`.", "", "| metric | labels | what |", "|---|---|---|"]
    lines += [f"| `nms_{name}` | {labels or '-'} | {_cell(text)} |" for name, text, labels in own_figures()]
    return "\n".join(lines)


def own_figures() -> Iterator[tuple[str, str, str]]:
    """Name, meaning and labels of each figure that `nms/wiring/metrics.py` makes."""
    tree = ast.parse((ROOT / "nms/wiring/metrics.py").read_text(encoding="utf-8"))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("figure", "Figure"):
            name, text = (cast("ast.Constant", one).value for one in call.args[:2])
            labels = ast.literal_eval(call.args[3]) if len(call.args) > 3 else ()
            yield str(name), str(text), ", ".join(labels)


def commands() -> str:
    """Every command with its arguments and options, as `--help` has them in English."""
    i18n.use("en")
    root = cast("Any", typer.main.get_command(app))
    lines: list[str] = []
    for path, command in _walk(root, "nms"):
        if getattr(command, "commands", None):
            continue
        lines += [f"## `{path}`", "", " ".join((command.help or "").split()), ""]
        rows = [row for one in command.params if (row := _parameter(one)) is not None]
        lines += ["| written | meaning |", "|---|---|", *rows, ""] if rows else []
    return "\n".join(lines).rstrip()


def command_names() -> set[str]:
    """`nms status`, `nms ticket open` ... and the groups themselves."""
    return {path for path, _ in _walk(cast("Any", typer.main.get_command(app)), "nms")}


def _walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        if not below.hidden:
            yield from _walk(below, f"{path} {name}")


def _parameter(parameter: Any) -> str | None:
    if getattr(parameter, "hidden", False) or parameter.name in ("help", "install_completion", "show_completion"):
        return None
    text = _cell(getattr(parameter, "help", "") or ARGUMENTS.get(parameter.name, ""))
    if parameter.param_type_name == "argument":
        return f"| `{parameter.name.upper()}`{'' if parameter.required else ' (optional)'} | {text} |"
    return f"| `{', '.join(parameter.opts)}` | {text} |"


def api_paths() -> list[str]:
    """Every path of the API below its prefix, as `/tickets/{folio}`."""
    # Only the routes matter here, not what stands behind them.
    parts = application.Parts(
        *cast("Any", (None,) * sum(part.default is MISSING for part in fields(application.Parts)))
    )
    found = application.create(parts)
    paths = get_openapi(title="nms", version="", routes=found.routes)["paths"]
    return [path.removeprefix(application.PREFIX) for path in paths]


def families() -> str:
    """The whole page of the families: by folder, with title and the MIB modules that each was written from."""
    lines: list[str] = []
    for name, heading in FOLDERS.items():
        paths = sorted((ROOT / "collectors" / name).glob("*.yaml"))
        rows = [f"| `{path.stem}` | {_cell(title(path))} | {modules(path)} |" for path in paths]
        if rows:
            lines += [f"## {heading}", "", "| family | equipment | MIB modules |", "|---|---|---|", *rows, ""]
    return FAMILIES_HEAD + "\n".join(lines)


def modules(path: Path) -> str:
    """The MIB modules that a family file names."""
    return ", ".join((yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("mibs") or ())


def title(path: Path) -> str:
    """The title of a family file; empty where it has none."""
    found = re.search(r"^title: *(.+?) *$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1].strip("\"'") if found else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
