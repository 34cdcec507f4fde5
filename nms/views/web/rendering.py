"""Templates, headers and words of the pages."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment
from markupsafe import Markup
from starlette.responses import HTMLResponse

from nms import i18n
from nms.access import UserRole
from nms.i18n import gettext as _
from nms.metrics import title
from nms.model import State
from nms.queries.reports.wording import duration, percent
from nms.queries.rows import Attention
from nms.tickets import codes
from nms.views import templates
from nms.views.api.languages import language
from nms.views.reports import charts
from nms.views.tui.values import quantity
from nms.views.tui.words import ticket_kind_word, ticket_status_word

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGE_COOKIE = "nms-lang"
SIGNS = {"unattended": "●", "attended": "◐", "maintenance": "■", "unknown": "?", "fine": "✓"}
COLOURS = {
    State.UP: "#2e7d4f",
    State.DEGRADED: "#c28a00",
    State.DOWN: "#b3261e",
    State.UNKNOWN: "#9aa5ad",
    State.MAINTENANCE: "#1d6a96",
}


@cache
def environment() -> Environment:
    made = templates.environment("nms.views.web")
    made.filters.update(duration=duration, percent=percent, role_word=user_role_word)
    made.globals.update(
        _=_, attention_word=attention_word, state_word=state_word, measure=measure, SIGNS=SIGNS, strip=strip
    )
    made.globals.update(word=lambda of, code: _(codes.word(of, code)), measured=measured)
    made.globals.update(
        metric_word=metric_word, ticket_kind_word=ticket_kind_word, ticket_status_word=ticket_status_word
    )
    return made


def attention_word(attention: str) -> str:
    return {
        Attention.UNATTENDED: _("nobody works on it"),
        Attention.ATTENDED: _("being worked on"),
        Attention.MAINTENANCE: _("maintenance"),
        Attention.UNKNOWN: _("not known"),
        Attention.FINE: _("fine"),
    }[Attention(attention)]


def state_word(state: str) -> str:
    return {
        State.UP: _("in service"),
        State.DEGRADED: _("degraded"),
        State.DOWN: _("out of service"),
        State.UNKNOWN: _("not known"),
        State.MAINTENANCE: _("maintenance"),
    }[State(state)]


def user_role_word(role: str) -> str:
    return {
        UserRole.VIEWER: _("viewer"),
        UserRole.TECHNICIAN: _("technician"),
        UserRole.ON_CALL: _("on call"),
        UserRole.MANAGER: _("manager"),
        UserRole.AUDITOR: _("auditor"),
        UserRole.ADMINISTRATOR: _("administrator"),
    }[UserRole(role)]


def metric_word(metric: str) -> str:
    """What people call a metric, without its unit."""
    return _(title(metric))


def measure(value: float | None, unit: str, text: str = "") -> str:
    """A number of a device as people read it; what the device says in words comes first."""
    if text or value is None:
        return text or "–"
    if unit == "ratio":
        return percent(value, 1)
    if unit == "seconds" and value >= 60:
        return quantity(value, unit)
    return f"{value:.4g} {unit}".strip()


def measured(number: float) -> str:
    """A quantity without needless digits, thousands apart."""
    return f"{number:,.2f}".removesuffix(".00")


def strip(states: tuple[State, ...], title: str) -> Markup:
    """The last day as a row of colours, the oldest first."""
    return Markup(charts.strip([(COLOURS[one], state_word(one)) for one in states], title, height=10))  # noqa: S704


def language_of(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return asked if asked in i18n.LANGUAGES else chosen if chosen in i18n.LANGUAGES else language(request)


def render(request: Request, template: str, status: int = 200, **values: object) -> Response:
    """A page in the reader's language, by the office's clock."""
    spoken = language_of(request)
    i18n.use(spoken)
    zone = ZoneInfo(request.app.state.reads.timezone)
    given: Mapping[str, object] = {
        "language": spoken,
        "other": "en" if spoken == "es" else "es",
        "path": request.url.path,
        "session": None,
        "refresh": 0,
        "keeps_configurations": getattr(request.app.state, "configurations", None) is not None,
        "clock": lambda at: _clock(at, zone),
        "ago": lambda at: "" if at is None else duration(max(0.0, time.time() - at)),
        **values,
    }
    response = HTMLResponse(environment().get_template(template).render(given), status)
    response.headers["Content-Security-Policy"] = POLICY
    if request.query_params.get("lang") in i18n.LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, spoken, max_age=31_536_000, httponly=True, samesite="lax")
    if given["refresh"]:
        response.headers["Refresh"] = str(given["refresh"])
    return response


def _clock(at: float | None, zone: ZoneInfo) -> str:
    """To the minute; of today only the time."""
    if at is None:
        return ""
    local = datetime.fromtimestamp(at, zone)
    today = datetime.now(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
