"""Configurations over HTTP: who has which copy, what is in it, how it differs; and fetching, and the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from nms.access import Actor
from nms.queries.configuration_rows import (
    ConfigurationDiff,
    ConfigurationPage,
    ConfigurationRow,
    ConfigurationText,
    RestorePage,
    SearchResult,
)
from nms.queries.configurations import ConfigurationReads
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import ONE_LINE, Identifier, Limit, Offset
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.languages import Language
from nms.views.api.paging import as_json, page
from nms.views.api.problems import HttpProblem, documented

router = APIRouter(tags=["configurations"], route_class=IdempotentRoute, responses=documented(404, 409, 413, 415))

WHICH = "running, startup, baseline, the number of a version, or @ and an instant in Unix seconds"
Which = Annotated[str, Query(max_length=40, pattern=ONE_LINE, description=WHICH)]
Pattern = Annotated[str, Query(min_length=1, max_length=200, pattern=ONE_LINE, description="Regular expression")]


class Acts(Protocol):
    """What people do about configurations; the engine permits or refuses, and audits."""

    async def fetch(self, actor: Actor, device_id: str) -> object: ...
    def accept(self, actor: Actor, device_id: str, note: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Door:
    """What this part of the API stands on."""

    reads: ConfigurationReads
    acts: Acts


class Accept(Body):
    """Why this configuration is the one to keep to."""

    note: Annotated[str, Field(min_length=1, max_length=400, pattern=ONE_LINE)]


def door_of(request: Request) -> Door:
    """Raises: HttpProblem, where no configurations are kept."""
    found: Door | None = request.app.state.configurations
    if found is None:
        raise HttpProblem(404, "no configurations are kept here: no device has an SSH endpoint of a known platform")
    return found


@router.get("/configurations", response_model=list[ConfigurationRow])
def configurations(request: Request, actor: CurrentActor, limit: Limit = 20_000, offset: Offset = 0) -> Response:
    """Every device whose configuration is kept, those that need somebody first."""
    return page(request, ConfigurationRow, door_of(request).reads.listed(actor), limit, offset)


@router.get("/configurations/search", response_model=SearchResult)
def search(request: Request, actor: CurrentActor, pattern: Pattern) -> Response:
    """Lines of all running configurations that match. Secrets are hidden before anything is looked for."""
    return as_json(SearchResult, door_of(request).reads.search(actor, pattern))


@router.get("/devices/{device_id}/configuration", response_model=ConfigurationPage)
def configuration(request: Request, actor: CurrentActor, device_id: Identifier) -> Response:
    """What is known of one configuration, and its versions."""
    return as_json(ConfigurationPage, door_of(request).reads.page(actor, device_id))


@router.get("/devices/{device_id}/configuration/text", response_model=ConfigurationText)
def text(request: Request, actor: CurrentActor, device_id: Identifier, which: Which = "running") -> Response:
    """One text, without its secrets."""
    return as_json(ConfigurationText, door_of(request).reads.text(actor, device_id, which))


@router.get("/devices/{device_id}/configuration/diff", response_model=ConfigurationDiff)
def diff(
    request: Request,
    actor: CurrentActor,
    device_id: Identifier,
    old: Which,
    new: Which = "running",
    context: Annotated[int, Query(ge=0, le=1000)] = 3,
) -> Response:
    """How one text differs from another; `previous` as `old` is the version before a numbered one."""
    return as_json(ConfigurationDiff, door_of(request).reads.diff(actor, device_id, old, new, context))


@router.get("/devices/{device_id}/configuration/restore", response_model=RestorePage)
def restoring(request: Request, actor: CurrentActor, language: Language, device_id: Identifier) -> Response:
    """The steps by which a person puts the copy back. The monitor never does it."""
    return as_json(RestorePage, door_of(request).reads.restoring(actor, device_id, language))


@router.post("/devices/{device_id}/configuration/fetch", response_model=ConfigurationPage)
async def fetch(request: Request, actor: CurrentActor, device_id: Identifier) -> Response:
    """Fetches it now, and waits for the result; `problem` says why where nothing came."""
    door = door_of(request)
    await door.acts.fetch(actor, device_id)
    return as_json(ConfigurationPage, await run_in_threadpool(door.reads.page, actor, device_id))


@router.post("/devices/{device_id}/configuration/baseline")
def accept(request: Request, actor: CurrentActor, device_id: Identifier, body: Accept) -> Done:
    """Makes what runs the baseline, from which drift is counted."""
    door_of(request).acts.accept(actor, device_id, body.note)
    return Done(changed=1)
