"""A report as one HTML file that needs nothing else: style and charts inside, no script, good on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment
from markupsafe import Markup

from nms import i18n
from nms.queries.reports import wording
from nms.queries.reports.document import Cell, Chart, Figure, Report, Table, Unit
from nms.views import templates
from nms.views.reports import charts

LONG = 45
"""Letters in a cell, on average, from which on a column holds sentences."""


@cache
def environment() -> Environment:
    return templates.environment("nms.views.reports")


@cache
def style() -> str:
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), "report.css")[0]


def as_html(report: Report, most_rows: int | None = None) -> str:
    """Everything in it is escaped by the template; the charts escape what they are given.

    `most_rows`: of each table, with a line that says how many are left out; None: all.
    """
    zone = ZoneInfo(report.timezone)

    def cell(value: Cell, unit: Unit, currency: str = "") -> str:
        return wording.shown(value, unit, zone, currency)

    def svg(chart: Chart) -> Markup:
        shown = [cell(bar.value, chart.unit, report.currency) for bar in chart.bars]
        is_share = chart.unit in (Unit.RATIO, Unit.SHARE)
        axis = wording.trimmed if is_share else lambda end: cell(end, chart.unit, report.currency)
        return Markup(charts.bars(chart, shown, axis))  # noqa: S704

    template = environment().get_template("report.html")
    with i18n.speaking(report.language):
        return template.render(
            report=report,
            most=most_rows,
            css=Markup(style()),  # noqa: S704
            cell=cell,
            svg=svg,
            cut=lambda chart: wording.trimmed(chart.low) if chart.low else "",
            kind_of=_kind_of,
            marked=lambda chart: any(bar.mark is not None for bar in chart.bars),
            tone=tone,
            arrow=arrow,
            sentences=_sentences,
            instant=lambda at: wording.clock(at, zone),
            _=i18n.gettext,
        )


def _kind_of(table: Table, place: int) -> str:
    """The class of a column: `n` for numbers, `long` for sentences, which need the room."""
    if table.columns[place].unit is not Unit.TEXT:
        return "n"
    lengths = [len(str(row[place] or "")) for row in table.rows]
    return "long" if lengths and sum(lengths) / len(lengths) > LONG else ""


def tone(figure: Figure) -> str:
    """`good` or `bad` by what the change of a figure means; nothing where it means nothing."""
    if not figure.more_is or figure.value is None or figure.before is None or figure.value == figure.before:
        return ""
    return "good" if (figure.value > figure.before) == (figure.more_is == "good") else "bad"


def arrow(figure: Figure) -> str:
    if figure.value is None or figure.before is None or figure.value == figure.before:
        return "="
    return "▲" if figure.value > figure.before else "▼"


def _sentences(said: Sequence[str], nothing: str) -> Markup:
    if not said:
        return Markup('<p class="none">{}</p>').format(nothing)
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in said))
