"""The plan of preventive work: to read, for calendars and spreadsheets, and to be changed."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field, model_validator

from nms.access import Permission, require
from nms.queries.dossier import PlanPreview, PlanRow, TechnicianRow
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.fields import ONE_LINE, Name, Number, When
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.paging import as_json
from nms.views.api.problems import documented

router = APIRouter(tags=["preventive"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))

DAY = 86_400.0
TYPES = {"ics": "text/calendar; charset=utf-8", "csv": "text/csv; charset=utf-8"}
Days = Annotated[int, Query(ge=1, le=400, description="How far ahead")]


class Move(Body):
    """Who does it, and when it begins; what is left out stays as it is."""

    technician: Name = ""
    start: When | None = None

    @model_validator(mode="after")
    def _something(self) -> Move:
        if not self.technician and self.start is None:
            raise ValueError("write technician, start, or both")
        return self


class Skip(Body):
    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=ONE_LINE)]


@router.get("/preventive/plan", response_model=list[PlanRow])
def plan(request: Request, actor: CurrentActor, days: Days = 365) -> Response:
    """What is to be done when and by whom, from now on; of the actor's departments."""
    require(actor, Permission.READ)
    now = time.time()
    return as_json(list[PlanRow], reads_of(request).plan(now, now + days * DAY, sorted(actor.departments)))


@router.get(
    "/preventive/plan/{form}",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}, "text/csv": {}}, "description": "The plan as a file"}},
)
def plan_file(request: Request, actor: CurrentActor, form: Literal["ics", "csv"], days: Days = 365) -> Response:
    """The same for a calendar (iCalendar) or a spreadsheet (CSV)."""
    require(actor, Permission.READ)
    now = time.time()
    content = reads_of(request).plan_file(form, now, now + days * DAY, sorted(actor.departments))
    headers = {"Content-Disposition": f'attachment; filename="plan.{form}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


@router.get("/preventive/technicians")
def technicians(request: Request, actor: CurrentActor) -> list[TechnicianRow]:
    """Who may get preventive work: the technicians of the inventory."""
    require(actor, Permission.READ)
    return list(reads_of(request).technicians())


@router.post("/preventive/plan/{number}/move/preview")
def preview_move(request: Request, actor: CurrentActor, number: Number, body: Move) -> PlanPreview:
    """What moving it would do: who and when, when its ticket opens, what else that person has then."""
    return reads_of(request).preview_move(actor, number, technician=body.technician, start=body.start)


@router.post("/preventive/plan/{number}/skip/preview")
def preview_skip(request: Request, actor: CurrentActor, number: Number) -> PlanPreview:
    """What leaving it out would do: when it was last done, and when it comes next."""
    return reads_of(request).preview_skip(actor, number)


@router.post("/preventive/plan/{number}/move")
def move(request: Request, actor: CurrentActor, number: Number, body: Move) -> Done:
    """Planned work gets another person, another time within its room, or both."""
    acts_of(request).move_work(actor, number, technician=body.technician, start=body.start)
    return Done(changed=1)


@router.post("/preventive/plan/{number}/skip")
def skip(request: Request, actor: CurrentActor, number: Number, body: Skip) -> Done:
    """This occurrence is left out, with a reason; the next one comes as planned."""
    acts_of(request).skip_work(actor, number, body.reason)
    return Done(changed=1)
