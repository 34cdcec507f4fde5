"""The wall: the city hall on a large screen, readable from across the room, turning by itself and without a script.

It goes on by the header `Refresh` from one view to the next. A session of a token that may only read does not end with
the working day, so that a screen stays on.
"""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from nms.access import Permission, require
from nms.queries import rows
from nms.views.api.engine import reads_of
from nms.views.api.fields import Word
from nms.views.api.reads import restricted
from nms.views.web.pages import URGENCY
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentSession

router = APIRouter(include_in_schema=False)

ON_CALL_SECONDS = 14 * 86_400.0

SECONDS = {"city": 30, "work": 20}
"""How long each view stays; what is not on the screen is at most so old."""
MOST_ALERTS, MOST_TICKETS, MOST_ON_CALL = 7, 4, 3
"""What fits on a screen of 16:9 in lines of two."""


@router.get("/wall")
def wall(request: Request, session: CurrentSession, view: Word = "city") -> Response:
    """`city`: every department; `work`: what is wrong, who works on it, who is on call; without trouble the first."""
    require(session.actor, Permission.READ)
    language, reads = language_of(request), reads_of(request)
    overview = reads.overview(language)
    if session.actor.departments:
        overview = restricted(reads, overview, session.actor, language)
    scope = sorted(session.actor.departments)
    alerts = [one for one in reads.alerts(language) if not scope or one.department in scope]
    view = "work" if view == "work" and alerts else "city"
    other = "work" if view == "city" and alerts else "city"
    tiles = sorted(overview.departments, key=lambda tile: (URGENCY[tile.attention], tile.criticality, tile.name))
    return render(
        request,
        "wall.html",
        session=session,
        overview=overview,
        tiles=tiles,
        view=view,
        refresh=f"{SECONDS[view]};url=/wall?view={other}",
        work=_work(request, scope, alerts) if view == "work" else None,
    )


def _work(request: Request, scope: list[str], alerts: list[rows.AlertRow]) -> dict[str, object]:
    reads, language, now = reads_of(request), language_of(request), time.time()
    tickets = reads.tickets(language, status="active", kind="corrective", limit=MOST_TICKETS, departments=scope)
    ordered = sorted(alerts, key=lambda one: (URGENCY[one.attention], one.opened_at))
    return {
        "alerts": ordered[:MOST_ALERTS],
        "more": max(0, len(alerts) - MOST_ALERTS),
        "tickets": tickets,
        "horizon": now + ON_CALL_SECONDS,
        "shifts": [one for one in reads.on_call(now, now + ON_CALL_SECONDS) if one.start <= now][:MOST_ON_CALL],
    }
