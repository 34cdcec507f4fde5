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
from starlette.routing import Match

from nms.access import Forbidden
from nms.model import Message, Number
from nms.queries.ports import NotFound, Rejected
from nms.refusals import Refusal
from nms.store.configurations.repository import ConfigurationsError
from nms.store.errors import RecordsError
from nms.store.samples import SamplesError
from nms.views.api.languages import language

METHODS = ("GET", "POST", "DELETE")
"""Those of our routes; HEAD goes wherever GET goes (see `nms.views.api.guard`)."""

log = logging.getLogger(__name__)

TITLES = {
    400: "Bad request",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    409: "Not possible now",
    413: "Too large",
    415: "Not this format",
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


class HttpProblem(Refusal):
    """A refusal with its HTTP status."""

    def __init__(
        self,
        status: int,
        template: str | Message,
        headers: Mapping[str, str] | None = None,
        **params: str | Number,
    ) -> None:
        super().__init__(template, **params)
        self.status, self.headers = status, headers


def not_json(request: Request, error: RequestValidationError) -> HttpProblem | None:
    """Why a body was not even looked at: it does not say that it is JSON (RFC 9110, 15.5.16)."""
    whole = any(tuple(one["loc"]) == ("body",) for one in error.errors())
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not whole or said == "application/json" or (said.startswith("application/") and said.endswith("+json")):
        return None
    return HttpProblem(
        415, "send the body as application/json, and say so in Content-Type", {"Accept": "application/json"}
    )


def of_http(request: Request, error: HTTPException) -> HttpProblem:
    """What the router refuses, in words that help."""
    if error.status_code == 404:
        return HttpProblem(404, "there is nothing at this address", error.headers)
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        return HttpProblem(405, "this address takes {allowed} only", {"Allow": allowed}, allowed=allowed)
    return HttpProblem(error.status_code, Message("{reason}", {"reason": str(error.detail)}), error.headers)


def _methods(request: Request) -> list[str]:
    """All that this path takes; the router itself names the methods of the first route of it only."""
    found = [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
    return ["GET", "HEAD", *found[1:]] if "GET" in found else found


def respond(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    body = {"type": "about:blank", "title": TITLES.get(status, "Error"), "status": status, "detail": detail}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type="application/problem+json")


def as_answer(request: Request, problem: HttpProblem) -> JSONResponse:
    return respond(problem.status, problem.told(language(request)), problem.headers)


def first_mistake(error: RequestValidationError) -> str:
    """Which value is wrong, and how; the value itself is not repeated."""
    first = error.errors()[0]
    where = ".".join(str(step) for step in first["loc"][1:]) or "request"
    return f"{where}: {first['msg']}"


def install(app: FastAPI) -> None:
    """Makes every error of the application a problem document."""

    @app.exception_handler(HttpProblem)
    async def _problem(request: Request, error: HttpProblem) -> JSONResponse:
        return as_answer(request, error)

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
    async def _wrong_values(request: Request, error: RequestValidationError) -> JSONResponse:
        refused = not_json(request, error)
        return as_answer(request, refused) if refused else respond(422, first_mistake(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return as_answer(request, of_http(request, error))

    @app.exception_handler(Exception)
    async def _crash(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return respond(500, "the monitor failed while answering; its log has the details")
