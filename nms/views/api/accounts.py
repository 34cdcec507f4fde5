"""Accounts of people: an administrator makes, invites, lists and ends them. Passwords never pass here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from nms.access import UserRole
from nms.queries.ports import NotFound, Rejected
from nms.store.accounts import Account, AccountBook, NoSuchAccount
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import Identifier, Name
from nms.views.api.problems import documented

router = APIRouter(tags=["accounts"], responses=documented(400, 404, 409, 413))


class NewAccount(Body):
    """`departments` narrows what the account sees and does; none: all."""

    name: Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    roles: Annotated[list[UserRole], Field(min_length=1, max_length=len(UserRole))]
    departments: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)


class Invitation(Body):
    """Where the owner chooses a password, once, within three days; a path where `api.public_url` is not set."""

    url: str


def _book(request: Request) -> AccountBook:
    book: AccountBook = request.app.state.accounts
    return book


def _invitation(request: Request, word: str) -> Invitation:
    public_url: str = request.app.state.public_url
    return Invitation(url=f"{public_url.rstrip('/')}/invitation/{word}")


@router.get("/accounts")
def accounts(request: Request, actor: CurrentActor) -> list[Account]:
    return _book(request).rows(actor)


@router.post("/accounts", status_code=201)
def create(request: Request, actor: CurrentActor, body: NewAccount) -> Invitation:
    try:
        word = _book(request).add(actor, body.name, sorted(set(body.roles)), body.departments)
    except ValueError as error:
        raise Rejected(str(error)) from None
    return _invitation(request, word)


@router.post("/accounts/{name}/invitation", status_code=201)
def invite(request: Request, actor: CurrentActor, name: Identifier) -> Invitation:
    """For a password that was forgotten: the old one and every session of the account end now."""
    try:
        word = _book(request).invite(actor, name)
    except NoSuchAccount as error:
        raise NotFound(str(error)) from None
    return _invitation(request, word)


@router.delete("/accounts/{name}")
def remove(request: Request, actor: CurrentActor, name: Identifier) -> Done:
    """Ends an account and every session of it."""
    try:
        _book(request).remove(actor, name)
    except NoSuchAccount as error:
        raise NotFound(str(error)) from None
    return Done(changed=1)
