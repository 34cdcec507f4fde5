"""The plan of preventive work, to read and for calendars and spreadsheets."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from nms.access import Permission, require
from nms.queries.dossier import PlanRow
from nms.queries.ports import Reads
from nms.views.api.auth import CurrentActor
from nms.views.api.paging import as_json
from nms.views.api.problems import documented

router = APIRouter(tags=["reads"], responses=documented(404, 409))

DAY = 86_400.0
TYPES = {"ics": "text/calendar; charset=utf-8", "csv": "text/csv; charset=utf-8"}
Days = Annotated[int, Query(ge=1, le=400, description="How far ahead")]


def _reads(request: Request) -> Reads:
    reads: Reads = request.app.state.reads
    return reads


@router.get("/preventive/plan", response_model=list[PlanRow])
def plan(request: Request, actor: CurrentActor, days: Days = 365) -> Response:
    """What is to be done when and by whom, from now on; of the actor's departments."""
    require(actor, Permission.READ)
    now = time.time()
    return as_json(list[PlanRow], _reads(request).plan(now, now + days * DAY, sorted(actor.departments)))


@router.get(
    "/preventive/plan/{form}",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {}, "text/csv": {}}, "description": "The plan as a file"}},
)
def plan_file(request: Request, actor: CurrentActor, form: Literal["ics", "csv"], days: Days = 365) -> Response:
    """The same for a calendar (iCalendar) or a spreadsheet (CSV)."""
    require(actor, Permission.READ)
    now = time.time()
    content = _reads(request).plan_file(form, now, now + days * DAY, sorted(actor.departments))
    headers = {"Content-Disposition": f'attachment; filename="plan.{form}"'}
    return Response(content, media_type=TYPES[form], headers=headers)
