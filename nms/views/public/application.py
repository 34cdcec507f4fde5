"""The public pages: no session, no cookie, nothing internal; the fault form bounded and counted by address."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from nms import i18n
from nms.queries.public import PublicReads
from nms.tickets.faults import FaultBook, FaultDraft, Service, TooMany
from nms.views.api.auth import origin_of
from nms.views.api.fields import Word
from nms.views.api.limits import RateLimit
from nms.views.api.problems import Problem
from nms.views.public import formats
from nms.views.public.pages import page
from nms.views.web.rendering import language_of
from nms.views.web.sessions import fields

SHARED = {"Cache-Control": "public, max-age=30", "Access-Control-Allow-Origin": "*"}
"""Anybody's browser and any cache in between may have these: they are public."""

Fields = Annotated[dict[str, list[str]], Depends(fields)]


@dataclass(frozen=True, slots=True)
class PublicParts:
    """`faults` None: no reports are taken in. `public_url`: how people reach the monitor, for links in feeds."""

    reads: PublicReads
    faults: FaultBook | None
    reports_per_hour: int = 20
    public_url: str = ""
    clock: Callable[[], float] = time.time


def add_public(app: FastAPI, parts: PublicParts) -> None:
    app.state.public = parts
    app.state.fault_limit = RateLimit(parts.reports_per_hour, window=3600.0)
    app.include_router(status_router)
    if parts.faults is not None:
        app.include_router(fault_router)


status_router = APIRouter(prefix="/status", include_in_schema=False)
fault_router = APIRouter(prefix="/status/report", include_in_schema=False)


def _parts(request: Request) -> PublicParts:
    parts: PublicParts = request.app.state.public
    i18n.use(language_of(request))
    return parts


def _url(request: Request) -> str:
    parts: PublicParts = request.app.state.public
    return f"{parts.public_url.rstrip('/') or str(request.base_url).rstrip('/')}/status"


@status_router.get("")
def status(request: Request) -> Response:
    parts = _parts(request)
    found = parts.reads.status()
    return page(request, "status.html", status=found, can_report=parts.faults is not None, static=False)


@status_router.get("/api/v2/summary.json")
def summary(request: Request) -> Response:
    return JSONResponse(formats.summary(_parts(request).reads.status(), _url(request)), headers=SHARED)


@status_router.get("/feed.atom")
def feed(request: Request) -> Response:
    content = formats.atom(_parts(request).reads.status(), _url(request))
    return Response(content, media_type="application/atom+xml", headers=SHARED)


@status_router.get("/open-data")
def open_data(request: Request) -> Response:
    return page(request, "open-data.html", status=_parts(request).reads.status(), columns=formats.column_words())


@status_router.get("/open-data/months.csv")
def months_csv(request: Request) -> Response:
    return Response(formats.months_csv(_parts(request).reads.months()), media_type="text/csv", headers=SHARED)


@status_router.get("/open-data/months.json")
def months_json(request: Request) -> Response:
    content = formats.months_json(_parts(request).reads.months())
    return Response(content, media_type="application/json", headers=SHARED)


@status_router.get("/open-data/catalog.jsonld")
def catalogue(request: Request) -> Response:
    content = formats.catalogue(_parts(request).reads.status(), _url(request))
    return JSONResponse(content, media_type="application/ld+json", headers=SHARED)


@fault_router.get("")
def form(request: Request, number: Word = "") -> Response:
    """The form; with a number, the way to how that report stands."""
    if number:
        return RedirectResponse(f"/status/report/{_plain(number)}", 303)
    return _form(request)


def _form(request: Request, wrong: str = "", status: int = 200, said: dict[str, str] | None = None) -> Response:
    parts = _parts(request)
    departments = [(name, parts.reads.inventory.departments[name].name) for name in parts.reads.shown()]
    return page(
        request,
        "report.html",
        status,
        departments=departments,
        services=list(Service),
        wrong=wrong,
        said=said or {},
    )


@fault_router.post("")
def report(request: Request, found: Fields) -> Response:
    """A report is taken in and its number shown. Robots fill in the field that people do not see."""
    parts = _parts(request)
    assert parts.faults is not None
    said = {name: values[0] for name, values in found.items()}
    if said.get("website"):
        raise Problem(422, "this form was filled in by a program")
    try:
        service = Service(said.get("service", ""))
    except ValueError:
        return _form(request, i18n.gettext("Choose what does not work."), 422, said)
    if request.app.state.fault_limit.wait(origin_of(request)):
        return _form(request, i18n.gettext("Too many reports from this address; call the help desk."), 429, said)
    draft = FaultDraft(
        channel="form",
        service=service,
        department=said.get("department", ""),
        place=said.get("place", ""),
        what=said.get("what", ""),
        contact=said.get("contact", ""),
    )
    if draft.department not in parts.reads.shown():
        return _form(request, i18n.gettext("Choose a department of the list."), 422, said)
    try:
        taken = parts.faults.report(draft, parts.clock(), origin_of(request))
    except ValueError:
        return _form(request, i18n.gettext("Say what does not work."), 422, said)
    except TooMany as error:
        return _form(request, str(error), 429, said)
    return RedirectResponse(f"/status/report/{taken.number}", 303)


@fault_router.get("/{number}")
def follow(request: Request, number: str) -> Response:
    parts = _parts(request)
    assert parts.faults is not None
    failures: RateLimit = request.app.state.failures
    origin = origin_of(request)
    state = None if failures.is_spent(origin) else parts.faults.state(_plain(number))
    if state is None:
        failures.wait(origin)
        return _form(request, i18n.gettext("There is no report of this number; look at it again."), 404)
    return page(request, "follow.html", state=state)


def _plain(number: str) -> str:
    return "".join(c for c in number.upper()[:40] if c.isascii() and (c.isalnum() or c == "-"))
