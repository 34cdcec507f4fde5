"""The settings as a table for the documentation, drawn from the models so that the two cannot differ."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from nms.config.backups import LeastVersion
from nms.config.credentials import HttpLogin, Login, SnmpCommunity, SnmpUser, SshLogin
from nms.config.elsewhere import GlpiSystem, RequestTrackerSystem, WebhookSystem
from nms.config.office import Calendar, MonthlyRule
from nms.config.policies import Channel, EscalationStep, MaintenanceWindow, Route, Scope, ServiceLevel, Threshold
from nms.config.polling import SyslogEvent
from nms.config.quantities import duration_seconds, positive_seconds, size_bytes, written_duration, written_size
from nms.config.settings import Config
from nms.documents import submodels

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("credentials.NAME (kind: snmp-community)", SnmpCommunity),
    ("credentials.NAME (kind: snmp-user)", SnmpUser),
    ("credentials.NAME (kind: ssh)", SshLogin),
    ("credentials.NAME (kind: http)", HttpLogin),
    ("credentials.NAME (kind: ami, nut, ipmi, mail, ldap, sql)", Login),
    ("tickets.elsewhere.NAME (kind: request-tracker)", RequestTrackerSystem),
    ("tickets.elsewhere.NAME (kind: glpi)", GlpiSystem),
    ("tickets.elsewhere.NAME (kind: webhook)", WebhookSystem),
    ("office.calendars.NAME", Calendar),
    ("office.calendars.NAME.monthly[]", MonthlyRule),
    ("polling.syslog.events[]", SyslogEvent),
    ("configuration_backup.least_versions[]", LeastVersion),
    ("thresholds[]", Threshold),
    ("scope", Scope),
    ("notify.channels.NAME", Channel),
    ("notify.routing[]", Route),
    ("notify.escalation[]", EscalationStep),
    ("tickets.service_levels.PRIORITY", ServiceLevel),
    ("maintenance[]", MaintenanceWindow),
)
"""Blocks that a municipality writes as often as it needs, with where they stand."""


@dataclass(frozen=True, slots=True)
class Row:
    """One key: its place, its default as text (empty where it must be written or is a block), what it means."""

    key: str
    default: str
    text: str


def settings_table() -> list[Row]:
    """Every key of `config.yaml`, in the order of the models."""
    rows = list(_rows(Config, ""))
    for place, model in PARTS:
        rows.extend(_rows(model, place))
    return rows


def _rows(model: type[BaseModel], place: str) -> Iterator[Row]:
    texts = descriptions(model)
    for name, info in model.model_fields.items():
        written = info.alias or name
        key = f"{place}.{written}" if place else written
        inner = submodels(info.annotation)
        is_section = len(inner) == 1 and inner[0] is info.annotation and inner[0] is not Scope
        yield Row(key, "" if is_section else _default(info), texts.get(name, ""))
        if is_section:
            yield from _rows(inner[0], key)


def _default(info: FieldInfo) -> str:
    value = info.default
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return "must be written" if info.is_required() else ""
    if value is None or value in ("", ()):
        return "none"
    readers = [getattr(part, "func", None) for part in info.metadata]
    if duration_seconds in readers or positive_seconds in readers:
        return written_duration(value)
    if size_bytes in readers:
        return written_size(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The docstring under each field of a model, in one line each."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(model)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    found: dict[str, str] = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = text.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[field.target.id] = " ".join(value.value.split())
    return found


def markdown() -> str:
    """The table of all settings, for `docs/configuration.md`."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for row in settings_table():
        default = f"`{row.default}`" if row.default and row.default != "must be written" else row.default
        lines.append(f"| `{row.key}` | {default} | {row.text.replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


def between_marks(text: str, table: str) -> str:
    """A page with the part between its two marks replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


BEGIN = "<!-- table of keys: drawn from the models; tests/test_documentation_of_settings.py draws it anew -->"
END = "<!-- end of the table -->"
