"""Drawing the public pages, for the daemon and for the static copy."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import HTMLResponse

from nms import i18n
from nms.i18n import gettext as _
from nms.model import State, TicketStatus
from nms.queries.public import PublicDay, PublicService, PublicStatus
from nms.queries.reports.wording import duration, percent
from nms.tickets.faults import Service
from nms.views import templates
from nms.views.public.formats import headline, incident_words
from nms.views.public.open_data import column_words, omission
from nms.views.reports import charts
from nms.views.web.rendering import COLOURS, POLICY, language_of, state_word

STALE_MINUTES = 10
"""A copy is renewed each minute; one that is older than this is no longer."""

SIGNS = {State.UP: "✓", State.DEGRADED: "◐", State.DOWN: "✕", State.UNKNOWN: "?", State.MAINTENANCE: "■"}
TAGS = {
    State.UP: "fine",
    State.DEGRADED: "attended",
    State.DOWN: "unattended",
    State.UNKNOWN: "unknown",
    State.MAINTENANCE: "maintenance",
}


@cache
def environment() -> Environment:
    made = templates.environment("nms.views.public")
    made.filters.update(percent=percent, duration=duration)
    made.globals.update(
        _=_,
        headline=headline,
        incident_words=incident_words,
        history=history,
        state_word=state_word,
        service_word=service_word,
        status_word=status_word,
        SIGNS=SIGNS,
        TAGS=TAGS,
    )
    return made


def page(request: Request, template: str, status_code: int = 200, **values: Any) -> Response:
    zone = request.app.state.public.reads.timezone
    text = draw(template, language_of(request), zone, **values)
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text, status_code, headers)


def draw(template: str, language: str, timezone: str, style: str = "", **values: Any) -> str:
    """A page as text; `style` is put inside where there is no server to ask for it."""
    i18n.use(language)
    zone = ZoneInfo(timezone)

    def clock(at: float | None) -> str:
        return "" if at is None else f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"

    inside = Markup(style)  # noqa: S704
    return environment().get_template(template).render(language=language, clock=clock, style=inside, **values)


def static_page(status: PublicStatus, language: str) -> str:
    """The status page as one file that needs nothing else: it keeps being served when the city hall is dark."""
    told = {"status": status, "can_report": False, "static": True, "stale": STALE_MINUTES}
    return draw("status.html", language, status.timezone, _sheet(), **told)


def static_data_page(status: PublicStatus, language: str) -> str:
    """The page that describes the open data, beside their files."""
    told = {"status": status, "columns": column_words(), "omission": omission(), "static": True}
    return draw("open-data.html", language, status.timezone, _sheet(), **told)


def _sheet() -> str:
    return resources.files("nms.views.web").joinpath("static/pages.css").read_text(encoding="utf-8")


def history(service: PublicService) -> Markup:
    days = [(COLOURS[day.state], _words(day)) for day in service.days]
    title = _("Last 90 days of {name}").format(name=service.name)
    return Markup(charts.strip(days, title, width=900, height=30))  # noqa: S704


def _words(day: PublicDay) -> str:
    if day.up is None:
        return f"{day.day}: {state_word(day.state)}"
    down = f", {duration(day.down_seconds)} {_('out of service')}" if day.down_seconds >= 1 else ""
    return f"{day.day}: {percent(day.up)}{down}"


def service_word(service: str) -> str:
    return {
        Service.NETWORK: _("The network or the Internet"),
        Service.TELEPHONE: _("The telephone"),
        Service.PRINTER: _("A printer"),
        Service.COMPUTER: _("A computer"),
        Service.APPLICATION: _("A program or a page"),
        Service.OTHER: _("Something else"),
    }[Service(service)]


def status_word(status: str) -> str:
    return {
        TicketStatus.OPEN: _("received, waiting for somebody to take it"),
        TicketStatus.ASSIGNED: _("somebody has been given it"),
        TicketStatus.IN_PROGRESS: _("being worked on"),
        TicketStatus.ON_HOLD: _("waiting for a part, a provider or for you"),
        TicketStatus.RESOLVED: _("resolved"),
        TicketStatus.CLOSED: _("closed"),
    }[TicketStatus(status)]
