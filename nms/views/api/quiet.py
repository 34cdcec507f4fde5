"""Silences, planned maintenance and corrections of the past: what people tell the monitor about time."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, model_validator

from nms.access import Actor, Permission, require
from nms.model import State
from nms.queries import rows
from nms.queries.ports import MaintenancePlan, PastCorrection, QuietPlan
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.fields import ONE_LINE, Instant, Limit, Name, Number, Offset, When
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.languages import Language
from nms.views.api.paging import as_json, page
from nms.views.api.problems import documented

router = APIRouter(tags=["quiet"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))

Label = Literal["key", "rule", "device", "department", "site", "role", "family", "component", "severity", "tag"]
Matchers = Annotated[
    dict[Label, Annotated[list[Name], Field(min_length=1, max_length=200)]],
    Field(max_length=10, description="Every label must match one of its patterns; `*` stands for anything"),
]
Reason = Annotated[str, Field(min_length=1, max_length=1000, pattern=ONE_LINE)]
LONGEST_WORK = 366 * 86_400.0


class Silence(Body):
    """At least one of `device`, `key` and `matchers`; a silence always ends and always says why."""

    device: Name = ""
    key: Name = ""
    matchers: Matchers = Field(default_factory=dict)
    reason: Reason
    starts_at: When | None = None
    until: When

    def all_matchers(self) -> dict[str, list[str]]:
        named = {label: [name] for label, name in (("device", self.device), ("key", self.key)) if name}
        return {**named, **{str(label): patterns for label, patterns in self.matchers.items()}}


class Plan(Body):
    """Work planned once, or again and again by a `rule` (RFC 5545); what is still down when it ends alerts then."""

    title: Annotated[str, Field(min_length=1, max_length=300, pattern=ONE_LINE)]
    matchers: Annotated[Matchers, Field(min_length=1)]
    reason: Annotated[str, Field(max_length=1000, pattern=ONE_LINE)] = ""
    starts_at: When
    duration: Annotated[float, Field(gt=0, le=LONGEST_WORK, allow_inf_nan=False, description="Seconds")]
    rule: Annotated[str, Field(max_length=300, pattern=ONE_LINE)] = ""


class Preview(Body):
    """Planned work or a silence as it would be, to see what it would do; `rule` for work that recurs."""

    matchers: Annotated[Matchers, Field(min_length=1)]
    starts_at: When
    duration: Annotated[float, Field(gt=0, le=LONGEST_WORK, allow_inf_nan=False, description="Seconds")]
    rule: Annotated[str, Field(max_length=300, pattern=ONE_LINE)] = ""

    def plan(self) -> QuietPlan:
        named = {str(label): patterns for label, patterns in self.matchers.items()}
        return QuietPlan(named, self.starts_at, self.duration, self.rule)


class Extend(Body):
    until: When


class Correct(Body):
    """A past time of `device/ID`, `link/ID` or `department/ID` as it really was; what was observed is kept beside."""

    subject: Annotated[str, Field(min_length=1, max_length=200, pattern=ONE_LINE)]
    state: State = State.MAINTENANCE
    start: When
    end: When
    reason: Reason

    @model_validator(mode="after")
    def _order(self) -> Correct:
        if self.end <= self.start:
            raise ValueError("must end after it starts")
        return self


class Made(BaseModel):
    """The number of what was made, and how many things changed."""

    id: int
    changed: int = 1


def own(actor: Actor, departments: tuple[str, ...]) -> bool:
    """What is about no department in particular concerns everybody."""
    return not actor.departments or not departments or bool(actor.departments & set(departments))


@router.get("/silences", response_model=list[rows.SilenceRow])
def silences(request: Request, actor: CurrentActor, limit: Limit = 2000, offset: Offset = 0) -> Response:
    require(actor, Permission.READ)
    found = [row for row in reads_of(request).silences() if own(actor, row.departments)]
    return page(request, rows.SilenceRow, found, limit, offset)


@router.post("/silences", status_code=201)
def silence(request: Request, actor: CurrentActor, body: Silence) -> Made:
    return Made(id=acts_of(request).silence(actor, body.all_matchers(), body.reason, body.until, body.starts_at))


@router.delete("/silences/{number}")
def end_silence(request: Request, actor: CurrentActor, number: Number) -> Done:
    acts_of(request).end_silence(actor, number)
    return Done(changed=1)


@router.post("/silences/preview", response_model=rows.QuietPreview)
def preview_silence(request: Request, actor: CurrentActor, language: Language, body: Preview) -> Response:
    """What a silence would be about; nothing is changed."""
    require(actor, Permission.SILENCE)
    return as_json(rows.QuietPreview, reads_of(request).preview_quiet(actor, body.plan(), language))


@router.post("/maintenance/preview", response_model=rows.QuietPreview)
def preview_maintenance(request: Request, actor: CurrentActor, language: Language, body: Preview) -> Response:
    """What planned work would touch, and when; nothing is changed."""
    require(actor, Permission.PLAN)
    return as_json(rows.QuietPreview, reads_of(request).preview_quiet(actor, body.plan(), language))


@router.get("/maintenance", response_model=list[rows.MaintenanceRow])
def maintenance(request: Request, actor: CurrentActor, limit: Limit = 2000, offset: Offset = 0) -> Response:
    """Work that is not over, with its present or next window."""
    require(actor, Permission.READ)
    found = [row for row in reads_of(request).maintenance() if own(actor, row.departments)]
    return page(request, rows.MaintenanceRow, found, limit, offset)


@router.post("/maintenance", status_code=201)
def plan_maintenance(request: Request, actor: CurrentActor, body: Plan) -> Made:
    matchers = {str(label): patterns for label, patterns in body.matchers.items()}
    plan = MaintenancePlan(body.title, matchers, body.reason, body.starts_at, body.duration, body.rule)
    return Made(id=acts_of(request).plan_maintenance(actor, plan))


@router.post("/maintenance/{number}/extend")
def extend_maintenance(request: Request, actor: CurrentActor, number: Number, body: Extend) -> Done:
    acts_of(request).extend_maintenance(actor, number, body.until)
    return Done(changed=1)


@router.delete("/maintenance/{number}")
def end_maintenance(request: Request, actor: CurrentActor, number: Number) -> Done:
    """Ends work that is under way, or cancels what is to come."""
    acts_of(request).end_maintenance(actor, number)
    return Done(changed=1)


@router.get("/corrections", response_model=list[rows.CorrectionRow])
def corrections(
    request: Request, actor: CurrentActor, start: Instant, end: Instant, limit: Limit = 2000, offset: Offset = 0
) -> Response:
    """Corrections that touch a time, withdrawn ones too, each with what had been observed."""
    require(actor, Permission.READ_REPORTS)
    found = [row for row in reads_of(request).corrections(start, end) if own(actor, (row.department,))]
    return page(request, rows.CorrectionRow, found, limit, offset)


@router.post("/corrections", status_code=201)
def correct(request: Request, actor: CurrentActor, body: Correct) -> Made:
    correction = PastCorrection(body.subject, body.state, body.start, body.end, body.reason)
    return Made(id=acts_of(request).correct(actor, correction))


@router.post("/corrections/preview", response_model=rows.CorrectionPreview)
def preview_correction(request: Request, actor: CurrentActor, body: Correct) -> Response:
    """What a correction would change, of its departments too; nothing is changed."""
    require(actor, Permission.ANNOTATE)
    wanted = PastCorrection(body.subject, body.state, body.start, body.end, body.reason)
    return as_json(rows.CorrectionPreview, reads_of(request).preview_correction(actor, wanted))


@router.delete("/corrections/{number}")
def withdraw_correction(request: Request, actor: CurrentActor, number: Number) -> Done:
    acts_of(request).withdraw_correction(actor, number)
    return Done(changed=1)
