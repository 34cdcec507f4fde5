"""Work on a ticket beside its life: time, parts, files, watchers, steps that are left out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from nms.queries.ports import PartUsed, Reads, TimeSpent, Upload
from nms.tickets.attachments import EXTENSIONS
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import acts_of
from nms.views.api.fields import ONE_LINE, Identifier, Name, Number
from nms.views.api.files import as_file
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.problems import documented

router = APIRouter(tags=["acts"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))

Money = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
LONGEST_MINUTES = 7 * 24 * 60
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


class SpendTime(Body):
    """Minutes of work; `person` where somebody else did it, `cost` where it is paid for."""

    minutes: Annotated[float, Field(gt=0, le=LONGEST_MINUTES, allow_inf_nan=False)]
    person: Name = ""
    cost: Money = 0.0
    note: Annotated[str, Field(max_length=1000, pattern=ONE_LINE)] = ""


class UsePart(Body):
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
    quantity: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 1.0
    unit_cost: Money = 0.0
    serial: Annotated[str, Field(max_length=100, pattern=ONE_LINE)] = ""


class Watch(Body):
    """`person`: oneself, where it is empty."""

    person: Annotated[str, Field(max_length=120, pattern=ONE_LINE)] = ""
    watching: bool = True


class Waive(Body):
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=ONE_LINE)]


class Attached(BaseModel):
    """The number of the file among all attachments."""

    number: int


@router.post("/tickets/{folio}/time", status_code=201)
def spend_time(request: Request, actor: CurrentActor, folio: Identifier, body: SpendTime) -> Done:
    acts_of(request).spend_time(actor, folio, TimeSpent(**body.model_dump()))
    return Done(changed=1)


@router.post("/tickets/{folio}/parts", status_code=201)
def use_part(request: Request, actor: CurrentActor, folio: Identifier, body: UsePart) -> Done:
    acts_of(request).use_part(actor, folio, PartUsed(**body.model_dump()))
    return Done(changed=1)


@router.post("/tickets/{folio}/watchers")
def watch(request: Request, actor: CurrentActor, folio: Identifier, body: Watch) -> Done:
    acts_of(request).watch(actor, folio, body.person, watching=body.watching)
    return Done(changed=1)


@router.post("/tickets/{folio}/steps/{number}/waive")
def waive(request: Request, actor: CurrentActor, folio: Identifier, number: Number, body: Waive) -> Done:
    """Leaves a step out that cannot be done here; the reason stays with the evidence."""
    acts_of(request).waive_step(actor, folio, number, body.reason)
    return Done(changed=1)


@router.post(
    "/tickets/{folio}/attachments",
    status_code=201,
    openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": _FILE}}},
)
async def attach(
    request: Request,
    actor: CurrentActor,
    folio: Identifier,
    name: Annotated[str, Query(max_length=400, pattern=ONE_LINE)] = "",
    step: Annotated[int, Query(ge=0, le=1000, description="The step that asks for it; 0: none")] = 0,
    remark: Annotated[str, Query(max_length=2000, pattern=ONE_LINE)] = "",
) -> Attached:
    """The body is the file itself. Its type is read from its content: PNG, JPEG, WebP, PDF or plain text."""
    upload = Upload(name, await request.body(), step, remark)
    return Attached(number=await run_in_threadpool(acts_of(request).attach, actor, folio, upload))


@router.get(
    "/tickets/{folio}/attachments/{number}",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(EXTENSIONS, _FILE), "description": "The file"}},
)
def attachment(request: Request, actor: CurrentActor, folio: Identifier, number: Number) -> Response:
    reads: Reads = request.app.state.reads
    return as_file(reads.attachment(actor, folio, number))
