"""Renders a device report for people and for programs. Everything from the device is plain text here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nms.collect.catalogue import Catalogue
from nms.collect.report import DeviceReport
from nms.i18n import gettext as _
from nms.text import clean

_WIDEST = 40
_WIDEST_LAST = 200


def as_json(report: DeviceReport) -> str:
    """The report in its published format, one document."""
    return json.dumps(report.as_dict(), ensure_ascii=False, indent=1, default=str)


def as_text(report: DeviceReport, *, rows: int = 60) -> str:
    """The report for a terminal; of each part at most `rows` lines."""
    data = report.as_dict()
    blocks = [_facts(data.get("device", {}), report)]
    for title, key, columns in _sections():
        found = data.get(key) or []
        if found:
            blocks.append(table(f"{title} ({len(found)})", columns, found, rows))
    if report.problems:
        blocks.append("\n".join([_("Problems"), *(f"  {clean(problem)}" for problem in report.problems)]))
    return "\n\n".join(blocks) + "\n"


def collectors_as_text(catalogue: Catalogue) -> str:
    """The families, one a line, by folder."""
    rows = [{"folder": f.folder, "name": f.name, "title": f.title} for f in _families(catalogue)]
    columns = (("folder", _("folder")), ("name", _("family")), ("title", _("title")))
    return table(_("Families") + f" ({len(rows)})", columns, rows, len(rows)) + "\n"


def collectors_as_json(catalogue: Catalogue) -> str:
    rows = [
        {"name": f.name, "title": f.title, "folder": f.folder, "extends": list(f.extends), "tables": len(f.tables)}
        for f in _families(catalogue)
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _families(catalogue: Catalogue) -> list[Any]:
    return sorted(catalogue.families.values(), key=lambda family: (family.folder, family.name))


def _sections() -> Sequence[tuple[str, str, Sequence[tuple[str, str]]]]:
    """(title, key in the report, (key, heading) of its columns) of each part, in the order in which it is shown."""
    percent, pool = ("label", "percent", "oid"), ("label", "used_bytes", "total_bytes", "percent")
    parts = (
        (_("Interfaces"), "interfaces", _INTERFACE),
        (_("Processors"), "processors", percent),
        (_("Memory"), "memory", pool),
        (_("Storage"), "storage", pool),
        (_("Supplies"), "supplies", percent),
        (_("Sensors and states"), "metrics", ("kind", "label", "value", "unit", "text", "status", "oid")),
        (_("Inventory"), "inventory", ("index", "class", "name", "model", "serial")),
        (_("Addresses"), "addresses", ("address", "prefix_len", "if_index")),
        (_("VLANs"), "vlans", ("id", "name")),
        (_("Neighbours"), "neighbors", ("protocol", "local_if", "remote_name", "remote_port")),
        (_("BGP sessions"), "bgp_peers", ("peer", "remote_as", "state")),
        (_("Transceivers"), "transceivers", ("if_index", "model", "serial")),
    )
    heads = _headings()
    return [(title, key, [(column, heads.get(column, column)) for column in columns]) for title, key, columns in parts]


_INTERFACE = ("index", "name", "alias", "speed_bps", "admin", "oper", "in_octets", "out_octets")


def _headings() -> Mapping[str, str]:
    return {
        "index": "#",
        "id": "#",
        "oid": "OID",
        "percent": "%",
        "prefix_len": "/",
        "speed_bps": "bit/s",
        "remote_as": "AS",
        "name": _("name"),
        "alias": _("alias"),
        "label": _("label"),
        "admin": _("admin"),
        "oper": _("oper"),
        "in_octets": _("in"),
        "out_octets": _("out"),
        "used_bytes": _("used"),
        "total_bytes": _("size"),
        "kind": _("kind"),
        "value": _("value"),
        "unit": _("unit"),
        "text": _("state"),
        "state": _("state"),
        "status": _("status"),
        "class": _("class"),
        "model": _("model"),
        "serial": _("serial"),
        "address": _("address"),
        "if_index": _("interface"),
        "local_if": _("interface"),
        "protocol": _("protocol"),
        "remote_name": _("neighbour"),
        "remote_port": _("its port"),
        "peer": _("peer"),
    }


def _facts(device: Mapping[str, Any], report: DeviceReport) -> str:
    names = {
        "sys_name": _("Name"),
        "vendor": _("Vendor"),
        "hardware": _("Hardware"),
        "os": _("System"),
        "version": _("Version"),
        "serial": _("Serial number"),
        "type": _("Role"),
        "location": _("Location"),
        "contact": _("Contact"),
    }
    lines = [(label, clean(str(device[key]))) for key, label in names.items() if device.get(key)]
    lines.append((_("Families"), ", ".join(report.families) or _("none")))
    width = max(len(label) for label, _value in lines)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in lines)


def table(title: str, columns: Sequence[tuple[str, str]], data: Sequence[Mapping[str, Any]], rows: int) -> str:
    """A title and a plain table of (key, heading) columns; those that are empty all the way down are left out."""
    used = [(key, head) for key, head in columns if any(row.get(key) not in (None, "") for row in data)]
    last = len(used) - 1
    limits = [_WIDEST_LAST if place == last else _WIDEST for place in range(len(used))]
    cells = [
        [_cell(row.get(key), widest) for (key, _head), widest in zip(used, limits, strict=True)] for row in data[:rows]
    ]
    heads = [head for _key, head in used]
    widths = [max(len(row[i]) for row in [heads, *cells]) for i in range(len(used))]
    lines = [title, "  " + _line(heads, widths), *("  " + _line(row, widths) for row in cells)]
    if len(data) > rows:
        lines.append("  " + _("... and {n} more").format(n=len(data) - rows))
    return "\n".join(lines)


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _cell(value: Any, widest: int) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    shown = clean(str(value))
    return shown if len(shown) <= widest else shown[: widest - 1] + "…"
