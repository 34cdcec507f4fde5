"""Fault reports for programs: a help desk's telephone menu, an intranet page; and who is behind a ticket."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from nms.access import Permission, require
from nms.queries.ports import NotFound, Rejected
from nms.refusals import reason_of
from nms.tickets.errors import NoSuchTicket
from nms.tickets.faults import FaultBook, FaultDraft, FaultState, Reporter, Service, TooMany
from nms.views.api.acts import Body
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import ONE_LINE, SOME_LINES, Identifier, Name
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.problems import HttpProblem, documented

router = APIRouter(tags=["fault reports"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))


class NewReport(Body):
    """`contact`: how to reach the reporter; it stays out of the ticket and is forgotten in time."""

    service: Service
    department: Name
    what: Annotated[str, Field(min_length=1, max_length=2000, pattern=SOME_LINES)]
    place: Annotated[str, Field(max_length=200, pattern=ONE_LINE)] = ""
    contact: Annotated[str, Field(max_length=200, pattern=ONE_LINE)] = ""


def book_of(request: Request) -> FaultBook:
    found: FaultBook | None = request.app.state.faults
    if found is None:
        raise HttpProblem(404, "no reports are taken in: set fault_reports.enabled in config.yaml")
    return found


@router.post("/fault-reports", status_code=201)
def report(request: Request, actor: CurrentActor, body: NewReport) -> FaultState:
    """Attached to what is known already, otherwise a corrective ticket; the number tells how it stands."""
    require(actor, Permission.OPEN_TICKET, body.department)
    draft = FaultDraft("api", body.service, body.department, body.place, body.what, body.contact)
    try:
        return book_of(request).report(draft, time.time(), f"{actor.name} {actor.origin}")
    except (ValueError, TooMany) as error:
        raise Rejected(reason_of(error)) from None


@router.get("/fault-reports/{number}")
def follow(request: Request, actor: CurrentActor, number: Identifier) -> FaultState:
    require(actor, Permission.READ)
    found = book_of(request).state(number)
    if found is None:
        raise NotFound("there is no report of this number; look at it again")
    return found


@router.get("/tickets/{folio}/reporters")
def reporters(request: Request, actor: CurrentActor, folio: Identifier) -> list[Reporter]:
    """Who reported what the ticket is about, and how to reach them. Looking is audited."""
    try:
        return book_of(request).reporters(actor, folio, time.time())
    except NoSuchTicket as error:
        raise NotFound(error.message) from None
