"""Announcements of the public status page: read by everybody who is let in, written by whoever may announce."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from nms.access import Permission, require
from nms.store.announcements import LONGEST_TEXT, LONGEST_TITLE, Announcement, AnnouncementBook
from nms.views.api.acts import Body, Done
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import ONE_LINE, SOME_LINES, Name, Number, When
from nms.views.api.idempotency import IdempotentRoute
from nms.views.api.problems import documented
from nms.views.refused import check_departments, refusals

router = APIRouter(tags=["announcements"], route_class=IdempotentRoute, responses=documented(400, 404, 409, 413, 415))


class Announce(Body):
    """`departments`: whose services it is about, none for all; `starts_at` None: now."""

    title: Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE, pattern=ONE_LINE)]
    text: Annotated[str, Field(max_length=LONGEST_TEXT, pattern=SOME_LINES)] = ""
    departments: Annotated[list[Name], Field(max_length=200)] = Field(default_factory=list)
    starts_at: When | None = None
    ends_at: When


def _book(request: Request) -> AnnouncementBook:
    book: AnnouncementBook = request.app.state.announcements
    return book


@router.get("/announcements")
def announcements(request: Request, actor: CurrentActor) -> list[Announcement]:
    """All of them, the newest first, also those that are over or were withdrawn."""
    require(actor, Permission.READ)
    found = _book(request).rows()
    return [one for one in found if not actor.departments or set(one.departments) & actor.departments]


@router.post("/announcements", status_code=201)
def announce(request: Request, actor: CurrentActor, body: Announce) -> Announcement:
    check_departments(request.app.state.reads, body.departments)
    with refusals():
        return _book(request).announce(
            actor, body.title, body.text, body.ends_at, starts_at=body.starts_at, departments=body.departments
        )


@router.post("/announcements/{number}/withdraw")
def withdraw(request: Request, actor: CurrentActor, number: Number) -> Done:
    return Done(changed=int(_book(request).withdraw(actor, number)))
