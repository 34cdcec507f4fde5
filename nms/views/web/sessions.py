"""Logging in with a token, staying in with a cookie, and forms that only our own pages can send."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal
from urllib.parse import parse_qs

from fastapi import Depends, Request, Response

from nms.store.sessions import Session, SessionBook
from nms.views.api.auth import origin_of
from nms.views.api.problems import HttpProblem

COOKIE = "nms-session"
MOST_FIELDS = 2000
LONGEST_FIELD = 4000
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class NeedsLogin(Exception):
    """Nobody is logged in; the page is `next`."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


def is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """`__Host-` (RFC 6265bis) binds the cookie to this host over TLS; without TLS browsers refuse that name."""
    return f"__Host-{name}" if is_secure(request) else name


def cookie_of(request: Request, name: str = COOKIE) -> str:
    return request.cookies.get(cookie_name(request, name), "")


def keep(
    request: Request,
    response: Response,
    cookie: str,
    name: str = COOKIE,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    response.set_cookie(
        cookie_name(request, name), cookie, path="/", httponly=True, secure=is_secure(request), samesite=same_site
    )


def forget(request: Request, response: Response, name: str = COOKIE) -> None:
    response.delete_cookie(cookie_name(request, name), path="/", httponly=True, secure=is_secure(request))


def current(request: Request) -> Session:
    """Raises: NeedsLogin."""
    book: SessionBook = request.app.state.sessions
    found = book.verify(cookie_of(request), origin_of(request))
    if found is None:
        where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise NeedsLogin(where if request.method == "GET" else "/")
    return found


def local_path(text: str) -> str:
    """A path on this site; anything else (`//host`, `https:`, a backslash) is the first page."""
    plain = text.isprintable() and "\\" not in text
    return text if plain and text.startswith("/") and not text.startswith("//") and len(text) < 500 else "/"


async def fields(request: Request) -> dict[str, list[str]]:
    """The fields of a form (application/x-www-form-urlencoded), bounded. Raises: HttpProblem."""
    if form_kind(request) != URLENCODED:
        raise HttpProblem(422, "this takes a form as {kind}", kind=URLENCODED)
    try:
        found = parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HttpProblem(422, "this form cannot be read") from None
    if any(len(value) > LONGEST_FIELD for values in found.values() for value in values):
        raise HttpProblem(422, "a field is longer than {most} characters", most=LONGEST_FIELD)
    return found


def form_kind(request: Request) -> str:
    """How a form is written, once it is sure that one of our pages sent it. Raises: HttpProblem."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HttpProblem(403, "this form was sent from another site")
    return request.headers.get("content-type", "").partition(";")[0].strip()


class Form:
    """The fields of a form that one of our pages sent: its key is the session's."""

    def __init__(self, session: Session, found: dict[str, list[str]]) -> None:
        self.session = session
        self._found = found

    def __getitem__(self, name: str) -> str:
        return self.exact(name).strip()

    def exact(self, name: str) -> str:
        """A field as it was typed: spaces at the ends of a password belong to it."""
        return self._found.get(name, [""])[0]

    def below(self, prefix: str) -> dict[str, str]:
        """The fields named `PREFIX.NAME`, by their names."""
        start = f"{prefix}."
        return {name.removeprefix(start): self[name] for name in self._found if name.startswith(start)}

    def all(self, name: str) -> list[str]:
        return self._found.get(name, [])


async def form(
    request: Request,
    session: Annotated[Session, Depends(current)],
    found: Annotated[dict[str, list[str]], Depends(fields)],
) -> Form:
    """Raises: HttpProblem 403 when the form was not ours."""
    if not secrets.compare_digest(found.get("form_key", [""])[0].encode(), session.form_key.encode()):
        raise HttpProblem(403, "this form is out of date or was not ours; load the page again")
    return Form(session, found)


CurrentSession = Annotated[Session, Depends(current)]
CurrentForm = Annotated[Form, Depends(form)]
