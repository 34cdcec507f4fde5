"""What one visit of a device brought, for people and for programs. Everything from the device is plain text here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from nms.i18n import gettext as _
from nms.i18n import part_name, render, speaking
from nms.metrics import METRICS
from nms.model import Poll, Severity
from nms.text import clean
from nms.views.cli.probe import table
from nms.views.tui.values import quantity

ROWS = 60


def as_json(poll: Poll) -> str:
    """One document: witnesses, metrics in base units, states, facts, neighbours, sightings, problems."""
    with speaking("en"):  # programs look for words that do not change with the reader
        document = {
            "device": poll.device,
            "at": poll.at,
            "duration": poll.duration,
            "witnesses": [asdict(one) for one in poll.witnesses],
            "facts": dict(poll.facts),
            "metrics": list(_metrics(poll)),
            "states": list(_states(poll)),
            "neighbors": [asdict(one) for one in poll.neighbours],
            "sightings": [asdict(one) for one in poll.sightings],
            "problems": list(poll.problems),
        }
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)


def as_text(poll: Poll) -> str:
    """The same for a terminal; of each part at most so many lines."""
    parts = (
        (_("Witnesses"), ("transport", "outcome", "round_trip", "reason"), [asdict(one) for one in poll.witnesses]),
        (_("Facts"), ("name", "value"), [{"name": name, "value": text} for name, text in poll.facts.items()]),
        (_("Measures"), ("table", "label", "metric", "value"), [_readable(one) for one in _metrics(poll)]),
        (_("States"), ("label", "name", "status", "text"), list(_states(poll))),
        (_("Neighbours"), ("protocol", "local_interface", "remote_name"), [asdict(one) for one in poll.neighbours]),
        (_("Seen stations"), ("sight", "mac", "interface", "vlan", "address", "name"), _sightings(poll)),
    )
    blocks = [
        table(f"{title} ({len(rows)})", [(key, _head(key)) for key in columns], rows, ROWS)
        for title, columns, rows in parts
        if rows
    ]
    if poll.problems:
        blocks.append("\n".join([_("Problems"), *(f"  {clean(problem)}" for problem in poll.problems)]))
    return "\n\n".join(blocks) + "\n"


def _head(key: str) -> str:
    heads = {
        "transport": _("by"),
        "outcome": _("outcome"),
        "round_trip": _("answer (s)"),
        "reason": _("reason"),
        "name": _("name"),
        "value": _("value"),
        "table": _("table"),
        "label": _("part"),
        "metric": _("metric"),
        "text": _("state"),
        "status": _("severity"),
        "protocol": _("protocol"),
        "local_interface": _("interface"),
        "remote_name": _("neighbour"),
        "sight": _("seen by"),
        "mac": _("MAC"),
        "interface": _("interface"),
        "vlan": _("VLAN"),
        "address": _("address"),
    }
    return heads.get(key, key)


def _metrics(poll: Poll) -> Iterator[dict[str, Any]]:
    for reading in poll.readings:
        for metric, column in reading.columns.items():
            known = METRICS.get(metric)
            for component, value in zip(reading.components, column, strict=True):
                if value is not None:
                    yield {
                        "table": reading.table,
                        "kind": component.kind,
                        "key": component.key,
                        "label": part_name(component),
                        "metric": metric,
                        "value": value,
                        "unit": known.unit if known else "",
                    }


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """With its unit, as the screens show it; programs get base units."""
    return row | {"value": quantity(row["value"], row["unit"])}


def _states(poll: Poll) -> Iterator[dict[str, Any]]:
    for one in poll.states:
        severity = "unknown" if one.unknown else Severity(one.severity).word if one.severity else "ok"
        label = part_name(one.component)
        yield {"label": label, "name": one.name, "value": one.value, "text": render(one.text), "status": severity}


def _sightings(poll: Poll) -> list[dict[str, Any]]:
    return [asdict(one) | {"sight": one.sight.value} for one in poll.sightings]
