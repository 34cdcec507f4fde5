"""Playbooks as documents: plain text for the terminal, Markdown and HTML as the documentation of the process (5.1).

Pure functions from a playbook to a string, in the language of the context. A playbook's own text is shown as it is
written (the municipality's language) and escaped for where it goes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import date

from nms.i18n import gettext as _
from nms.i18n import language, substitute
from nms.tickets.playbooks import Playbook, Step, Trigger
from nms.tickets.playbooks.language import Measurement

_HEADING = re.compile("^#", re.MULTILINE)
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|#])")


def as_table(playbooks: Iterable[Playbook], today: date) -> list[tuple[str, ...]]:
    """One row a playbook: id, title, kind, version, owner, steps, review date, and whether that is overdue."""
    return [
        (
            one.id,
            one.title,
            _kind(one.kind),
            one.version,
            one.owner,
            str(len(one.steps)),
            one.review_due.isoformat(),
            _("overdue") if one.review_due <= today else "",
        )
        for one in sorted(playbooks, key=lambda one: one.id)
    ]


def as_text(playbook: Playbook, today: date) -> str:
    """A playbook for the terminal, 100 columns at most where its words allow."""
    lines = [playbook.title, "=" * len(playbook.title), "", playbook.purpose, ""]
    lines += [f"{name}: {value}" for name, value in facts(playbook, today)]
    for name, items in _lists(playbook):
        lines += ["", name, *(f"  - {item}" for item in items)]
    lines += ["", _("Steps")]
    section = ""
    for number, step in enumerate(playbook.steps, start=1):
        if step.section and step.section != section:
            section = step.section
            lines += ["", f"  {section}"]
        optional = f" ({_('optional')})" if step.optional else ""
        lines.append(f"  {number:>2}. [ ] {step.do}{optional}")
        lines += [f"          {line}" for line in evidence_wanted(step)]
    return "\n".join(lines) + "\n"


def as_markdown(playbook: Playbook, today: date) -> str:
    """A playbook as one Markdown document (CommonMark with tables)."""
    lines = [f"# {_md(playbook.title)}", "", _md(playbook.purpose), "", "| | |", "|---|---|"]
    lines += [f"| {_md(name)} | {_md(value)} |" for name, value in facts(playbook, today)]
    for name, items in _lists(playbook):
        lines += ["", f"## {name}", "", *(f"- {_md(item)}" for item in items)]
    lines += ["", f"## {_('Steps')}"]
    section: str | None = None
    for number, step in enumerate(playbook.steps, start=1):
        if step.section != section:
            section = step.section
            lines += ["", f"### {_md(section)}", ""] if section else [""]
        optional = f" *({_('optional')})*" if step.optional else ""
        lines.append(f"{number}. {_md(step.do)}{optional}")
        lines += [f"   - {_md(line)}" for line in evidence_wanted(step)]
    return "\n".join(lines) + "\n"


def manual(playbooks: Iterable[Playbook], today: date) -> str:
    """All playbooks as one Markdown manual, with a table of contents by line of the mission."""
    known = sorted(playbooks, key=lambda one: (one.mission, one.id))
    lines = [f"# {_('Manual of procedures')}", ""]
    lines += [f"- {', '.join(one.mission)}: {_md(one.title)} ({one.version})" for one in known]
    return "\n".join(lines) + "\n\n" + "\n".join(_HEADING.sub("##", as_markdown(one, today)) for one in known)


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "table{border-collapse:collapse}td,th{border:1px solid #aaa;padding:.25rem .6rem;text-align:left}"
    "li{margin:.35rem 0}.wanted{color:#444;font-size:.92em}code{background:#f1f1f1;padding:0 .2rem}"
    "section{break-before:page}section:first-of-type{break-before:auto}"
)


def as_html(playbooks: Sequence[Playbook], today: date, title: str = "") -> str:
    """Playbooks as one HTML page that stands alone: no scripts, no links to elsewhere; it prints a section a page."""
    name = html.escape(title or (playbooks[0].title if len(playbooks) == 1 else _("Manual of procedures")))
    body = "".join(_section(one, today) for one in playbooks)
    return (
        f'<!DOCTYPE html>\n<html lang="{language()}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{name}</title><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>\n"
    )


def _section(playbook: Playbook, today: date) -> str:
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in facts(playbook, today)
    )
    parts = [
        f'<section id="{html.escape(playbook.id)}"><h1>{html.escape(playbook.title)}</h1>',
        f"<p>{html.escape(playbook.purpose)}</p><table>{rows}</table>",
    ]
    for name, items in _lists(playbook):
        parts.append(f"<h2>{html.escape(name)}</h2><ul>{''.join(f'<li>{html.escape(one)}</li>' for one in items)}</ul>")
    parts.append(f"<h2>{html.escape(_('Steps'))}</h2><ol>{''.join(_item(step) for step in playbook.steps)}</ol>")
    return "".join(parts) + "</section>"


def _item(step: Step) -> str:
    optional = f" <em>({html.escape(_('optional'))})</em>" if step.optional else ""
    section = f"<strong>{html.escape(step.section)}.</strong> " if step.section else ""
    wanted = "".join(f'<div class="wanted">{html.escape(line)}</div>' for line in evidence_wanted(step))
    return f"<li>{section}{html.escape(step.do)}{optional}{wanted}</li>"


def facts(playbook: Playbook, today: date) -> list[tuple[str, str]]:
    """What stands in the head of a playbook, name and value."""
    due = playbook.review_due.isoformat()
    late = f" ({_('overdue')})" if playbook.review_due <= today else ""
    time = {"minutes": playbook.estimated_minutes, "people": playbook.people}
    return [
        (_("Procedure"), f"{playbook.id} {playbook.version}"),
        (_("Kind"), _kind(playbook.kind)),
        (_("Owner"), playbook.owner),
        (_("Lines of action"), ", ".join(playbook.mission)),
        (_("Reviewed"), playbook.reviewed.isoformat()),
        (_("Next review"), due + late),
        (_("Applies to"), _applies(playbook)),
        (_("Called for by"), "; ".join(trigger_text(one) for one in playbook.triggers) or _("opened by hand")),
        (_("Estimated time"), substitute(_("{minutes} minutes, {people} person(s)"), time)),
    ]


def trigger_text(trigger: Trigger) -> str:
    """What calls for a playbook, in one phrase."""
    if trigger.calendar is not None:
        one = trigger.calendar
        text = _("calendar {rule} from {first}, per {per}")
        return substitute(text, {"rule": one.rule, "first": one.first.strftime("%Y-%m-%d"), "per": one.per})
    if trigger.meter is not None:
        return _meter(trigger)
    if trigger.forecast is not None:
        return substitute(_("forecast: {names}"), {"names": ", ".join(trigger.forecast.conditions)})
    if trigger.lifecycle is not None:
        return substitute(_("end of: {names}"), {"names": ", ".join(trigger.lifecycle.dates)})
    if trigger.incident is not None:
        return substitute(_("incident: {names}"), {"names": ", ".join(trigger.incident.conditions)})
    names = ", ".join(trigger.configuration.findings) if trigger.configuration else ""
    return substitute(_("configuration: {names}"), {"names": names})


def _meter(trigger: Trigger) -> str:
    meter = trigger.meter
    assert meter is not None
    if meter.every is not None:
        return substitute(_("every {every} of {metric}"), {"every": f"{meter.every:,.0f}", "metric": meter.metric})
    limit, days = f"{meter.more_than or 0:,.0f}", str(meter.within_days)
    params = {"limit": limit, "metric": meter.metric, "days": days}
    return substitute(_("more than {limit} of {metric} within {days} days"), params)


def evidence_wanted(step: Step) -> list[str]:
    """What a step asks to be entered, a line each."""
    if step.measure is not None:
        return [f"{step.measure.name}: ______ {step.measure.unit} ({limits(step.measure)})"]
    if step.attach is not None:
        kind = _("photo") if step.attach.kind == "photo" else _("file")
        return [f"{kind}: {step.attach.of}"]
    return [f"{command.platform}: {command.run}" for command in step.commands]


def limits(measure: Measurement) -> str:
    """The limits of a measurement: `13.2 – 13.9`, `≥ 30`, `≤ 80`."""
    if measure.min is not None and measure.max is not None:
        return f"{measure.min:g} – {measure.max:g}" if measure.min != measure.max else f"= {measure.min:g}"
    if measure.min is not None:
        return f"≥ {measure.min:g}"
    return f"≤ {measure.max:g}" if measure.max is not None else _("any")


def _lists(playbook: Playbook) -> list[tuple[str, tuple[str, ...]]]:
    found = [
        (_("Safety"), playbook.safety),
        (_("Tools"), playbook.tools),
        (_("Parts"), playbook.parts),
        (_("Sources"), playbook.sources),
    ]
    return [(name, items) for name, items in found if items]


def _applies(playbook: Playbook) -> str:
    to = playbook.applies_to
    named = [*(role.value for role in to.roles), *to.families, *to.devices, *to.sites, *to.tags]
    return ", ".join(named) or _("everything")


def _kind(kind: str) -> str:
    return {"preventive": _("preventive"), "corrective": _("corrective"), "process": _("process")}[kind]


def _md(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))
