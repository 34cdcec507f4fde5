"""The pages of a ticket's files, time, parts and watchers; photos come straight from a telephone."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from nms.model import Message
from nms.queries.ports import NotFound, PartUsed, Rejected, TimeSpent, Upload
from nms.store.sessions import Session
from nms.tickets.errors import NoSuchTicket
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.faults import book_of
from nms.views.api.fields import Identifier, Number
from nms.views.api.files import as_file
from nms.views.api.problems import HttpProblem
from nms.views.web.rendering import render
from nms.views.web.sessions import LONGEST_FIELD, MULTIPART, CurrentForm, CurrentSession, current, form_kind

router = APIRouter(include_in_schema=False)

MOST_FILES = 10
MOST_FIELDS = 20


async def _files(
    request: Request, session: Annotated[Session, Depends(current)]
) -> AsyncIterator[tuple[Session, FormData]]:
    """A form with files (RFC 7578), read only once somebody is logged in. Raises: HttpProblem."""
    if form_kind(request) != MULTIPART:
        raise HttpProblem(422, "this takes a form as {kind}", kind=MULTIPART)
    async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD) as found:
        given = found.get("form_key", "")
        key = given if isinstance(given, str) else ""
        if not secrets.compare_digest(key.encode(), session.form_key.encode()):
            raise HttpProblem(403, "this form is out of date or was not ours; load the page again")
        yield session, found


CurrentFiles = Annotated[tuple[Session, FormData], Depends(_files)]


def _back(folio: str, part: str) -> Response:
    return RedirectResponse(f"/tickets/{folio}#{part}", 303)


@router.post("/tickets/{folio}/attachments")
async def attach(request: Request, folio: Identifier, given: CurrentFiles) -> Response:
    await _attach_all(request, folio, given, 0)
    return _back(folio, "files")


@router.post("/tickets/{folio}/steps/{number}/attachment")
async def attach_to_step(request: Request, folio: Identifier, number: Number, given: CurrentFiles) -> Response:
    await _attach_all(request, folio, given, number)
    return _back(folio, f"step-{number}")


async def _attach_all(request: Request, folio: str, given: tuple[Session, FormData], step: int) -> None:
    session, found = given
    chosen = [one for one in found.getlist("file") if isinstance(one, UploadFile) and one.filename]
    if not chosen:
        raise Rejected(Message("choose a photo or a file first"))
    remark = found.get("remark", "")
    for one in chosen:
        upload = Upload(one.filename or "", await one.read(), step, remark if isinstance(remark, str) else "")
        await run_in_threadpool(acts_of(request).attach, session.actor, folio, upload)


@router.get("/tickets/{folio}/attachments/{number}")
def attachment(request: Request, session: CurrentSession, folio: Identifier, number: Number) -> Response:
    return as_file(reads_of(request).attachment(session.actor, folio, number))


@router.get("/tickets/{folio}/reporters")
def reporters(request: Request, session: CurrentSession, folio: Identifier) -> Response:
    """Who reported it, on a page of its own: looking at it is audited."""
    try:
        found = book_of(request).reporters(session.actor, folio, time.time())
    except NoSuchTicket as error:
        raise NotFound(error.message) from None
    return render(request, "reporters.html", session=session, folio=folio, reporters=found)


@router.post("/tickets/{folio}/time")
def spend_time(request: Request, form: CurrentForm, folio: Identifier) -> Response:
    spent = TimeSpent(_number(form["minutes"]), form["person"], _number(form["cost"] or "0"), form["note"])
    acts_of(request).spend_time(form.session.actor, folio, spent)
    return _back(folio, "work")


@router.post("/tickets/{folio}/parts")
def use_part(request: Request, form: CurrentForm, folio: Identifier) -> Response:
    quantity, cost = _number(form["quantity"] or "1"), _number(form["unit_cost"] or "0")
    acts_of(request).use_part(form.session.actor, folio, PartUsed(form["name"], quantity, cost, form["serial"]))
    return _back(folio, "work")


@router.post("/tickets/{folio}/watchers")
def watch(request: Request, form: CurrentForm, folio: Identifier) -> Response:
    acts_of(request).watch(form.session.actor, folio, form["person"], watching=form["watching"] != "no")
    return _back(folio, "people")


@router.post("/tickets/{folio}/steps/{number}/waive")
def waive(request: Request, form: CurrentForm, folio: Identifier, number: Number) -> Response:
    acts_of(request).waive_step(form.session.actor, folio, number, form["reason"])
    return _back(folio, f"step-{number}")


def _number(text: str) -> float:
    """A number as people type it on a telephone: `1,200.50`, `12,5`. Raises: Rejected."""
    plain = text.replace(" ", "")
    decimal_comma = "," in plain and "." not in plain and len(plain.rpartition(",")[2]) != 3
    try:
        found = float(plain.replace(",", "." if decimal_comma else ""))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise Rejected(Message("“{text}” is not a number: write it as 13.6", {"text": text[:40]}))
    return found
