"""Adds the pages to the application of the API: same reads, same acts, other doors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import resources
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from nms.access import Forbidden
from nms.queries.ports import NotFound, Rejected
from nms.refusals import Refusal
from nms.store.errors import RecordsError
from nms.store.sessions import SessionBook
from nms.views.api import problems
from nms.views.api.limits import RateLimit
from nms.views.api.problems import HttpProblem
from nms.views.web import (
    accounts,
    acting,
    configurations,
    dossier,
    factors,
    office,
    openid,
    pages,
    plan,
    quiet,
    reports,
    stations,
    wall,
)
from nms.views.web.entrance import Entrance
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import NeedsLogin

SHEETS = ("pages.css", "wall.css")
STATUSES: dict[type[Exception], int] = {NotFound: 404, Rejected: 409, Forbidden: 403, RecordsError: 503}


def add_pages(app: FastAPI, sessions: SessionBook, link_secret: bytes, entrance: Entrance) -> None:
    """`link_secret` signs the acknowledge links in messages (`nms.notify.links`)."""
    app.state.sessions, app.state.link_secret, app.state.entrance = sessions, link_secret, entrance
    app.state.password_tries = RateLimit(accounts.TRIES, window=accounts.TRIES_SECONDS)
    for module in (accounts, factors, openid, pages, configurations, acting, dossier):
        app.include_router(module.router)
    for module in (plan, quiet, reports, office, stations, wall):
        app.include_router(module.router)
    static = resources.files("nms.views.web").joinpath("static")
    sheets = {name: static.joinpath(name).read_bytes() for name in SHEETS}

    @app.get("/static/{name}", include_in_schema=False)
    def style(name: str) -> Response:
        if name not in sheets:
            raise HttpProblem(404, "there is no such file")
        return Response(sheets[name], media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    _tell(app)


def _tell(app: FastAPI) -> None:
    """Refusals as pages for browsers, and as problem documents for programs."""

    @app.exception_handler(NeedsLogin)
    async def _needs_login(request: Request, error: NeedsLogin) -> Response:
        return RedirectResponse(f"/login?back={quote(error.back, safe='/')}", 303)

    for kind, status in STATUSES.items():
        app.add_exception_handler(kind, _teller(status))

    @app.exception_handler(HttpProblem)
    async def _problem(request: Request, error: HttpProblem) -> Response:
        return _refused(request, error)

    @app.exception_handler(RequestValidationError)
    async def _wrong(request: Request, error: RequestValidationError) -> Response:
        if (refused := problems.not_json(request, error)) is not None:
            return _refused(request, refused)
        detail = problems.first_mistake(error)
        return _told(request, 422, detail) or problems.respond(422, detail)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        return _refused(request, problems.of_http(request, error))


def _refused(request: Request, problem: HttpProblem) -> Response:
    said = problem.told(language_of(request))
    return _told(request, problem.status, said) or problems.as_answer(request, problem)


def _teller(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def tell(request: Request, error: Exception) -> Response:
        headers = {"Retry-After": "5"} if status == 503 else None
        said = error.told(language_of(request)) if isinstance(error, Refusal) else str(error)
        return _told(request, status, said) or problems.respond(status, said, headers)

    return tell


def _told(request: Request, status: int, detail: str) -> Response | None:
    """A page, for whoever takes HTML and does not ask the API."""
    if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
        return None
    return render(request, "message.html", status, text=detail)
