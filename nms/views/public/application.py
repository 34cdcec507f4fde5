"""The public pages: no session, no cookie, nothing internal."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.responses import JSONResponse

from nms.views.api.limits import RateLimit
from nms.views.public import faults, formats, open_data
from nms.views.public.pages import page
from nms.views.public.parts import PublicParts, parts_of

SHARED = {
    "Cache-Control": "public, max-age=30",
    "Access-Control-Allow-Origin": "*",
    "Vary": "Accept-Language, Cookie",
}
"""Anybody's browser and any cache in between may have these: they are public."""


def add_public(app: FastAPI, parts: PublicParts) -> None:
    app.state.public = parts
    app.state.fault_limit = RateLimit(parts.reports_per_hour, window=3600.0)
    app.include_router(status_router)
    if parts.faults is not None:
        app.include_router(faults.router)


status_router = APIRouter(prefix="/status", include_in_schema=False)


def _url(request: Request) -> str:
    parts: PublicParts = request.app.state.public
    return f"{parts.public_url.rstrip('/') or str(request.base_url).rstrip('/')}/status"


@status_router.get("")
def status(request: Request) -> Response:
    parts = parts_of(request)
    found = parts.reads.status()
    return page(request, "status.html", status=found, can_report=parts.faults is not None, static=False)


@status_router.get("/api/v2/summary.json")
def summary(request: Request) -> Response:
    return JSONResponse(formats.summary(parts_of(request).reads.status(), _url(request)), headers=SHARED)


@status_router.get("/feed.atom")
def feed(request: Request) -> Response:
    content = formats.atom(parts_of(request).reads.status(), _url(request))
    return Response(content, media_type="application/atom+xml", headers=SHARED)


@status_router.get("/open-data")
def data_page(request: Request) -> Response:
    status = parts_of(request).reads.status()
    words, omission = open_data.column_words(), open_data.omission()
    return page(request, "open-data.html", status=status, columns=words, omission=omission, static=False)


@status_router.get("/open-data/months.csv")
def months_csv(request: Request) -> Response:
    return Response(open_data.months_csv(parts_of(request).reads.months()), media_type="text/csv", headers=SHARED)


@status_router.get("/open-data/months.csv-metadata.json")
def columns_of_csv(request: Request) -> Response:
    parts_of(request)
    return JSONResponse(open_data.columns_of_csv(_url(request)), media_type="application/csvm+json", headers=SHARED)


@status_router.get("/open-data/months.json")
def months_json(request: Request) -> Response:
    content = open_data.months_json(parts_of(request).reads.months())
    return Response(content, media_type="application/json", headers=SHARED)


@status_router.get("/open-data/catalog.jsonld")
def catalogue(request: Request) -> Response:
    reads = parts_of(request).reads
    content = open_data.catalogue(reads.status(), reads.months(), _url(request))
    return JSONResponse(content, media_type="application/ld+json", headers=SHARED)
