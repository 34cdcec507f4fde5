"""Errors as application/problem+json (RFC 9457): one sentence that says what and what to do, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from nms.access import Forbidden
from nms.queries.ports import NotFound, Rejected
from nms.store.configurations.repository import ConfigurationsError
from nms.store.errors import RecordsError
from nms.store.samples import SamplesError
from nms.views.api.languages import language

log = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    413: "Too large",
    422: "Wrong values",
    429: "Too many requests",
    500: "The monitor failed",
    503: "The monitor cannot now",
}


class ProblemDocument(BaseModel):
    """Every error of this API (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These errors for the OpenAPI document of a router."""
    schema = {"application/problem+json": {"schema": ProblemDocument.model_json_schema()}}
    return {status: {"description": TITLES[status], "content": schema} for status in statuses}


class Problem(Exception):
    """A refusal with its HTTP status."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def respond(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def first_mistake(error: RequestValidationError) -> str:
    """Which value is wrong, and how; the value itself is not repeated."""
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"][1:]) or "request"
    return f"{where}: {first['msg']}"


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> JSONResponse:
        return respond(error.status, error.detail, error.headers)

    @app.exception_handler(NotFound)
    async def _not_found(request: Request, error: NotFound) -> JSONResponse:
        return respond(404, error.told(language(request)))

    @app.exception_handler(Rejected)
    async def _rejected(request: Request, error: Rejected) -> JSONResponse:
        return respond(409, error.told(language(request)))

    @app.exception_handler(Forbidden)
    async def _forbidden(request: Request, error: Forbidden) -> JSONResponse:
        return respond(403, error.told(language(request)))

    @app.exception_handler(ConfigurationsError)
    @app.exception_handler(RecordsError)
    @app.exception_handler(SamplesError)
    async def _unavailable(_: Request, error: Exception) -> JSONResponse:
        return respond(503, str(error), {"Retry-After": "5"})

    @app.exception_handler(RequestValidationError)
    async def _wrong_values(_: Request, error: RequestValidationError) -> JSONResponse:
        return respond(422, first_mistake(error))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        return respond(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(Exception)
    async def _crash(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return respond(500, "the monitor failed while answering; its log has the details")
