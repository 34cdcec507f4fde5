"""The acting half of the API. Every act is permitted or refused by the engine, and audited there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from nms.queries import rows
from nms.queries.ports import TicketAct
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import acts_of
from nms.views.api.fields import ONE_LINE, SOME_LINES, Identifier, Name, Number, Text, When
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.languages import Language
from nms.views.api.problems import documented

router = APIRouter(tags=["acts"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Acknowledge(Body):
    keys: Annotated[list[Name], Field(min_length=1, max_length=5000)]
    note: Text = ""
    until: When | None = None


class Unacknowledge(Body):
    keys: Annotated[list[Name], Field(min_length=1, max_length=5000)]


class OpenTicket(Body):
    title: Annotated[str, Field(min_length=1, max_length=300, pattern=ONE_LINE)]
    department: Name
    device: Name = ""
    alert: Name = ""


class TicketAction(StrEnum):
    ASSIGN = "assign"
    RELEASE = "release"
    PRIORITISE = "prioritise"
    START = "start"
    NOTE = "note"
    HOLD = "hold"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


class ActOnTicket(Body):
    action: TicketAction
    note: Text = ""
    assignee: Name = ""
    reason: Name = ""
    cause: Name = ""
    solution: Name = ""
    although_down: bool = False
    priority: Annotated[int, Field(ge=0, le=4)] = 0


class Step(Body):
    """A value outside its limits counts once a `remark` says what it means."""

    value: Text = ""
    remark: Annotated[str, Field(max_length=2000, pattern=SOME_LINES)] = ""


class RunStep(Body):
    """`values`: the parameters of the command by name."""

    values: Annotated[dict[Name, Name], Field(max_length=20)] = {}
    remark: Text = ""


class Done(BaseModel):
    """How many things the act changed."""

    changed: int


class Opened(BaseModel):
    folio: str


@router.post("/alerts/acknowledge")
def acknowledge(request: Request, actor: CurrentActor, body: Acknowledge) -> Done:
    return Done(changed=acts_of(request).acknowledge(actor, body.keys, body.note, body.until))


@router.post("/alerts/unacknowledge")
def unacknowledge(request: Request, actor: CurrentActor, body: Unacknowledge) -> Done:
    return Done(changed=acts_of(request).unacknowledge(actor, body.keys))


@router.post("/tickets", status_code=201)
def open_ticket(request: Request, actor: CurrentActor, body: OpenTicket) -> Opened:
    folio = acts_of(request).open_ticket(
        actor, title=body.title, department=body.department, device_id=body.device, alert_key=body.alert
    )
    return Opened(folio=folio)


@router.post("/tickets/{folio}/actions")
def act_on_ticket(request: Request, actor: CurrentActor, folio: Identifier, body: ActOnTicket) -> Done:
    acts_of(request).act_on_ticket(actor, folio, TicketAct(**body.model_dump()))
    return Done(changed=1)


@router.post("/tickets/{folio}/steps/{number}")
def complete_step(request: Request, actor: CurrentActor, folio: Identifier, number: Number, body: Step) -> Done:
    acts_of(request).complete_step(actor, folio, number, body.value, body.remark)
    return Done(changed=1)


@router.post("/tickets/{folio}/steps/{number}/run")
async def run_step(
    request: Request, actor: CurrentActor, language: Language, folio: Identifier, number: Number, body: RunStep
) -> rows.EvidenceRow:
    """Runs the read-only command of a step on the ticket's device and keeps what it says with the ticket."""
    return await acts_of(request).run_step(actor, folio, number, body.values, body.remark, language)


@router.post("/devices/{device_id}/poll")
async def poll_now(request: Request, actor: CurrentActor, device_id: Identifier) -> Done:
    """On the event loop, where the poll runner lives."""
    return Done(changed=int(acts_of(request).poll_now(actor, device_id)))
