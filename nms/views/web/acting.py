"""The pages that change something: logging in and out, acknowledging, working on tickets, and the links in messages."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from nms.access import Actor, UserRole
from nms.notify.links import AcknowledgeLink, BadLink, verify
from nms.queries.ports import NotFound, Rejected, TicketAct
from nms.views.api.auth import origin_of
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.fields import Identifier, Number
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, fields, local_path

router = APIRouter(include_in_schema=False)

Fields = Annotated[dict[str, list[str]], Depends(fields)]


def _back(path: str) -> Response:
    return RedirectResponse(local_path(path), 303)


@router.post("/alerts/acknowledge")
def acknowledge(request: Request, form: CurrentForm) -> Response:
    keys = form.all("key")
    if not keys:
        raise Rejected("choose at least one alert")
    acts_of(request).acknowledge(form.session.actor, keys, form["note"])
    return _back(form["back"] or "/alerts")


@router.post("/tickets/{folio}/act")
def act_on(request: Request, form: CurrentForm, folio: Identifier) -> Response:
    names = ("action", "note", "assignee", "reason", "cause", "solution")
    priority = int(form["priority"]) if form["priority"] in tuple("1234") else 0
    more = {"although_down": form["although_down"] == "yes", "priority": priority}
    act = TicketAct(**{name: form[name] for name in names}, **more)  # type: ignore[arg-type]
    acts_of(request).act_on_ticket(form.session.actor, folio, act)
    return _back(f"/tickets/{folio}")


@router.post("/tickets/{folio}/steps/{number}")
def step(request: Request, form: CurrentForm, folio: Identifier, number: Number) -> Response:
    acts_of(request).complete_step(form.session.actor, folio, number, form["value"], form["remark"])
    return _back(f"/tickets/{folio}#step-{number}")


@router.post("/tickets/{folio}/steps/{number}/run")
async def run_step(request: Request, form: CurrentForm, folio: Identifier, number: Number) -> Response:
    """On the event loop, since the device takes its time."""
    await acts_of(request).run_step(form.session.actor, folio, number, form.below("value"), form["remark"])
    return _back(f"/tickets/{folio}#step-{number}")


@router.get("/ack/{token}")
def follow_link(request: Request, token: str) -> Response:
    """Shows what the link is about and asks for a press of the button: mail scanners follow links."""
    return _linked(request, token)


@router.post("/ack/{token}")
def acknowledge_by_link(request: Request, token: str, found: Fields) -> Response:
    """Acknowledges as the person whom the link names, with what somebody on call may do, and no more."""
    link = _verified(request, token)
    if isinstance(link, Response):
        return link
    actor = Actor(link.person, frozenset({UserRole.ON_CALL}), origin=f"link {origin_of(request)}")
    note = found.get("note", [""])[0]
    try:
        acts_of(request).acknowledge_incident(actor, link.incident, note)
    except NotFound as error:
        return render(request, "message.html", 404, text=error.told(language_of(request)))
    return _linked(request, token, done=True)


def _verified(request: Request, token: str) -> AcknowledgeLink | Response:
    try:
        return verify(request.app.state.link_secret, token, time.time())
    except BadLink as error:
        return render(request, "message.html", 404, text=error.told(language_of(request)))


def _linked(request: Request, token: str, *, done: bool = False) -> Response:
    link = _verified(request, token)
    if isinstance(link, Response):
        return link
    incidents = reads_of(request).incidents(language_of(request), include_resolved=True)
    incident = next((one for one in incidents if one.id == link.incident), None)
    return render(request, "ack.html", link=link, incident=incident, done=done)
