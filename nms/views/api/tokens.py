"""Tokens: an administrator makes, lists and ends them. A new token is in the answer once and nowhere else."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from nms.access import Actor, Forbidden, Permission, UserRole, require
from nms.queries.ports import NotFound
from nms.store.tokens import TokenBook, TokenRow
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import ONE_LINE, Name, Number, When
from nms.views.api.noting import note_look
from nms.views.api.problems import HttpProblem, documented
from nms.views.refused import check_departments

router = APIRouter(tags=["tokens"], responses=documented(400, 404, 409, 413, 415))

LONGEST_DAYS = 3660


class NewToken(Body):
    """`departments` narrows what it sees and does; none: all. `expires_at` None: until it is revoked."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=ONE_LINE)]
    roles: Annotated[list[UserRole], Field(min_length=1, max_length=len(UserRole))]
    departments: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    expires_at: When | None = None


class MadeToken(Body):
    token: str


def _book(request: Request, actor: Actor) -> TokenBook:
    require(actor, Permission.ADMINISTER)
    book: TokenBook = request.app.state.tokens
    return book


@router.get("/tokens")
def tokens(request: Request, actor: CurrentActor) -> list[TokenRow]:
    """All that were ever made, the newest first, without the tokens themselves."""
    found = _book(request, actor).rows()
    note_look(request, actor, "tokens")
    return [row for row in found if _covers(actor, row.departments)]


@router.post("/tokens", status_code=201)
def create(request: Request, actor: CurrentActor, body: NewToken) -> MadeToken:
    book = _book(request, actor)
    if body.expires_at is not None and body.expires_at <= time.time():
        raise HttpProblem(422, "expires_at: must be in the future")
    if not _covers(actor, tuple(body.departments)):
        own = {"actor": actor.name, "departments": ", ".join(sorted(actor.departments))}
        raise Forbidden("“{actor}” may make tokens for these departments only: {departments}", **own)
    check_departments(request.app.state.reads, body.departments)
    roles = sorted(set(body.roles))
    made = book.create(
        body.name, roles, by=actor.name, departments=body.departments, expires_at=body.expires_at, actor=actor
    )
    return MadeToken(token=made)


@router.delete("/tokens/{token_id}")
def revoke(request: Request, actor: CurrentActor, token_id: Number) -> Done:
    """Ends a token, and with it every browser session that it opened."""
    book = _book(request, actor)
    row = next((row for row in book.rows() if row.id == token_id), None)
    if row is None or not _covers(actor, row.departments):
        raise NotFound("there is no token {number}", number=token_id)
    return Done(changed=int(book.revoke(token_id, actor)))


def _covers(actor: Actor, departments: tuple[str, ...]) -> bool:
    """An administrator of some departments rules over tokens of those alone."""
    return not actor.departments or (bool(departments) and set(departments) <= actor.departments)
