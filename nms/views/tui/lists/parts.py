"""The parts of a device: interfaces, sensors, neighbours, facts; the steps and the log of a ticket; why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.metrics import title
from nms.queries import rows
from nms.queries.rows import Attention
from nms.views.station_words import whereabouts
from nms.views.tui.braille import bar, spark
from nms.views.tui.lists.columns import Column, instant_column, plain, word_column
from nms.views.tui.values import bits, milliseconds, quantity, share
from nms.views.tui.words import stage_word, ticket_kind_word

SPARK = 11
BAR = 10


def _oper_style(row: rows.InterfaceRow) -> str:
    if row.oper == "up":
        return Attention.FINE
    return Attention.UNKNOWN if row.admin == "down" else Attention.UNATTENDED if row.link else "dim"


def _oper_glyph(row: rows.InterfaceRow) -> str:
    return "●" if row.oper == "up" else "○" if row.admin == "down" else "✖" if row.link else "·"


def _faults(row: rows.InterfaceRow) -> str:
    total = sum(v or 0.0 for v in (row.in_errors, row.out_errors, row.in_discards, row.out_discards))
    return f"{total:.2g}/s" if total else ""


def interfaces() -> tuple[Column[Any], ...]:
    return (
        Column("glyph", "", 1, lambda row, _c: _oper_glyph(row), style=_oper_style, keep=90),
        plain("label", _("interface"), 17, grow=3, keep=80, style="strong"),
        plain("oper", _("state"), 7, keep=20),
        Column(
            "speed", _("speed"), 10, lambda row, _c: bits(row.speed_bps), style=lambda _r: "dim", right=True, keep=4
        ),
        Column("in", _("in"), 11, lambda row, _c: bits(row.in_bps), right=True, keep=30),
        Column("in_use", "", 5, lambda row, _c: share(row.in_utilisation), style=lambda _r: "dim", right=True, keep=6),
        Column("out", _("out"), 11, lambda row, _c: bits(row.out_bps), right=True, keep=30),
        Column(
            "out_use", "", 5, lambda row, _c: share(row.out_utilisation), style=lambda _r: "dim", right=True, keep=6
        ),
        Column(
            "spark",
            _("last hour"),
            SPARK,
            lambda row, _c: spark(row.spark, SPARK),
            style=lambda _r: "accent",
            grow=1,
            keep=9,
            draw=lambda row, width: spark(row.spark, width),
        ),
        Column(
            "faults", _("errors"), 8, lambda row, _c: _faults(row), style=lambda _r: "attended", right=True, keep=10
        ),
        plain("neighbour", _("neighbour"), 20, grow=2, keep=7, style="dim"),
        plain("link", _("link"), 16, grow=1, keep=5, style="dim"),
    )


_STATUS = {"ok": "plain", "warning": "attended", "critical": "unattended"}


def _reading(row: rows.SensorRow) -> str:
    """A state has the name of its MIB's column, which says nothing to people."""
    return _("state") if row.table == "condition" else words_of(row.metric)


def _value(row: rows.SensorRow) -> str:
    return row.text if row.table == "condition" else quantity(row.value, row.unit)


def sensors() -> tuple[Column[Any], ...]:
    def gauge(row: rows.SensorRow) -> str:
        return bar(row.value, BAR) if row.unit == "ratio" and row.value is not None else ""

    def style(row: rows.SensorRow) -> str:
        return _STATUS.get(row.status, "plain")

    return (
        Column("glyph", "", 1, lambda row, _c: {"ok": " ", "warning": "△"}.get(row.status, "✖"), style=style, keep=90),
        plain("label", _("part"), 22, grow=2, keep=80, style="strong"),
        Column("metric", _("reading"), 26, lambda row, _c: _reading(row), style=lambda _r: "dim", grow=1, keep=30),
        Column("value", _("value"), 14, lambda row, _c: _value(row), style=style, right=True, keep=70),
        Column("gauge", "", BAR, lambda row, _c: gauge(row), style=lambda _r: "accent", keep=20),
        plain("component_kind", _("kind"), 12, keep=5, style="dim"),
    )


def words_of(metric: str) -> str:
    """What people call a metric, without its unit."""
    return _(title(metric))


def neighbours() -> tuple[Column[Any], ...]:
    return (
        plain("local_interface", _("interface"), 24, grow=1, keep=50),
        plain("remote_name", _("neighbour"), 24, grow=2, keep=80, style="strong"),
        plain("remote_interface", _("its interface"), 24, grow=1, keep=40),
        plain("protocol", _("by"), 6, keep=10, style="dim"),
        plain("remote_device", _("device"), 20, grow=1, keep=20, style="accent"),
    )


def playbooks() -> tuple[Column[Any], ...]:
    return (
        word_column("kind", _("kind"), 11, ticket_kind_word, keep=60, style="dim"),
        plain("title", _("procedure"), 36, grow=4, keep=90, style="strong"),
        Column(
            "causes", _("called for by"), 24, lambda row, _c: causes_of(row), style=lambda _r: "dim", grow=1, keep=20
        ),
        instant_column("next_at", _("next"), keep=50, style="plain"),
        Column("minutes", _("minutes"), 8, lambda row, _c: str(row.minutes), right=True, keep=30),
        Column("steps", _("steps"), 6, lambda row, _c: str(len(row.steps)), right=True, keep=10),
    )


def causes_of(row: rows.PlaybookRow) -> str:
    words = {
        "calendar": _("calendar"),
        "meter": _("use"),
        "forecast": _("forecast"),
        "lifecycle": _("age"),
        "incident": _("fault"),
        "configuration": _("configuration"),
    }
    return ", ".join(words.get(cause, cause) for cause in row.causes)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is known of a device; `device` leads to another one."""

    name: str
    value: str
    device: str = ""


def facts() -> tuple[Column[Any], ...]:
    return (plain("name", "", 18, keep=50, style="dim"), plain("value", "", 20, grow=1, keep=80))


def facts_of(page: rows.DevicePage, *, brief: bool = False) -> list[Fact]:
    """Everything that is one line: identity, witnesses, place in the network, power, life."""
    row = page.device
    found = [
        Fact(_("identifier"), row.id),
        Fact(_("address"), row.address),
        Fact(_("department"), row.department),
        Fact(_("site"), row.site),
    ]
    found += [Fact(w.transport, _witness(w)) for w in page.witnesses]
    found += [Fact(fact_word(name), value) for name, value in page.facts.items() if value]
    found += [Fact(_("path"), f"{'› ' if i else ''}{device}", device) for i, device in enumerate(page.path[:-1])]
    places = [one for one in page.stations if one.device == row.id]
    found += [Fact(_("plugged into"), f"{whereabouts(one)} {one.mac}".strip(), one.at_device) for one in places]
    found += [Fact(_("powered by"), device, device) for device in page.powered_by]
    if brief and page.serves:
        found.append(
            Fact(_("serves"), ngettext("{n} device", "{n} devices", len(page.serves)).format(n=len(page.serves)))
        )
    else:
        found += [Fact(_("serves"), device, device) for device in page.serves]
    found += [Fact(life_word(name), _life(page, name)) for name in page.lifecycle if name != "currency"]
    found += [Fact(_("family"), family) for family in page.families]
    found += [Fact("△ " + _("problem"), problem) for problem in page.problems]
    return found


def _life(page: rows.DevicePage, name: str) -> str:
    value = page.lifecycle[name]
    if name != "cost":
        return value
    try:
        return f"{float(value):,.2f} {page.lifecycle.get('currency', '')}".rstrip()
    except ValueError:
        return value


def _witness(witness: rows.WitnessRow) -> str:
    glyph = "●" if witness.outcome in ("answered", "partial") else "✖"
    answer = milliseconds(witness.round_trip)
    return " ".join(part for part in (glyph, outcome_word(witness.outcome), answer, witness.reason) if part)


def outcome_word(outcome: str) -> str:
    words = {
        "answered": _("answered"),
        "partial": _("answered in part"),
        "silent": _("silent"),
        "refused": _("refused"),
        "failed": _("failed"),
    }
    return words.get(outcome, outcome)


def fact_word(name: str) -> str:
    words = {
        "vendor": _("vendor"),
        "hardware": _("model"),
        "serial": _("serial number"),
        "version": _("version"),
        "sys_name": _("own name"),
        "location": _("location"),
        "contact": _("contact"),
        "description": _("description"),
    }
    return words.get(name, name.replace("_", " "))


def life_word(name: str) -> str:
    words = {
        "purchased": _("bought"),
        "warranty_until": _("warranty until"),
        "end_of_sale": _("end of sale"),
        "end_of_support": _("end of support"),
        "support_contract_until": _("contract until"),
        "licence_until": _("licence until"),
        "cost": _("cost"),
    }
    return words.get(name, name.replace("_", " "))


def steps() -> tuple[Column[Any], ...]:
    def style(row: rows.StepRow) -> str:
        return "fine" if row.done else "plain" if row.mandatory else "dim"

    def evidence(row: rows.StepRow) -> str:
        return row.evidence or (_wanted(row) if not row.done else "")

    return (
        Column("done", "", 3, lambda row, _c: "[✔]" if row.done else "[ ]", style=style, keep=90),
        Column("number", "", 2, lambda row, _c: str(row.number), style=lambda _r: "dim", right=True, keep=20),
        Column("text", _("step"), 40, lambda row, _c: row.text, style=style, grow=4, keep=80),
        Column("evidence", _("evidence"), 15, lambda row, _c: evidence(row), style=lambda _r: "accent", keep=40),
        plain("actor", _("who"), 10, keep=10, style="dim"),
        instant_column("at", _("at"), keep=9),
    )


def _wanted(row: rows.StepRow) -> str:
    """What a step asks for: a measurement and its limits, a photograph, a confirmation."""
    if row.unit:
        limits = " – ".join(f"{limit:g}" for limit in (row.minimum, row.maximum) if limit is not None)
        return f"{limits} {row.unit}".strip()
    if row.command:
        return _("enter runs it")
    return "" if row.mandatory else _("optional")


def log() -> tuple[Column[Any], ...]:
    return (
        instant_column("at", _("at"), keep=70),
        plain("actor", _("who"), 10, keep=50, style="accent"),
        plain("text", _("what"), 30, grow=1, keep=90),
    )


def why() -> tuple[Column[Any], ...]:
    return (
        instant_column("at", _("at"), keep=70),
        Column("stage", _("stage"), 16, lambda row, _c: stage_word(row.stage), style=lambda _r: "accent", keep=50),
        plain("text", _("what"), 30, grow=1, keep=90),
    )


def names(columns: Iterable[Column[Any]]) -> tuple[str, ...]:
    return tuple(column.name for column in columns)
