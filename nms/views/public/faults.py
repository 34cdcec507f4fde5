"""The form in which staff and citizens report faults, and how a report stands; bounded and counted by address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from nms.i18n import gettext as _
from nms.tickets.attachments import EXTENSIONS
from nms.tickets.errors import Unusable
from nms.tickets.faults import FaultDraft, FaultFile, Service, TooMany
from nms.views.api.auth import origin_of
from nms.views.api.fields import Word
from nms.views.api.limits import RateLimit
from nms.views.api.problems import HttpProblem
from nms.views.public.pages import page
from nms.views.public.parts import parts_of
from nms.views.web.sessions import LONGEST_FIELD, MULTIPART, fields, form_kind

router = APIRouter(prefix="/status/report", include_in_schema=False)

MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form brought."""

    words: dict[str, str]
    file: FaultFile | None = field(default=None, repr=False)


async def _said(request: Request) -> _Said:
    """The form, with a photo or without. Who has reported too often is not read at all. Raises: HttpProblem."""
    if request.app.state.fault_limit.is_spent(origin_of(request)):
        parts_of(request)
        raise HttpProblem(429, "Too many reports from this address; call the help desk.")
    if form_kind(request) != MULTIPART:
        return _Said({name: values[0] for name, values in (await fields(request)).items()})
    async with request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=2 * LONGEST_FIELD) as found:
        words = {name: value for name, value in found.items() if isinstance(value, str)}
        given = found.get("file")
        if isinstance(given, UploadFile) and given.filename:
            return _Said(words, FaultFile(given.filename, await given.read()))
    return _Said(words)


@router.get("")
def form(request: Request, number: Word = "") -> Response:
    """The form; with a number, the way to how that report stands."""
    if number:
        return RedirectResponse(f"/status/report/{_plain(number)}", 303)
    return _form(request)


def _form(request: Request, wrong: str = "", status: int = 200, said: dict[str, str] | None = None) -> Response:
    parts = parts_of(request)
    departments = [(name, parts.reads.inventory.departments[name].name) for name in parts.reads.shown()]
    return page(
        request,
        "report.html",
        status,
        departments=departments,
        services=list(Service),
        wrong=wrong,
        said=said or {},
        takes=",".join(EXTENSIONS),
    )


@router.post("")
async def report(request: Request, said: Annotated[_Said, Depends(_said)]) -> Response:
    """A report is taken in and its number shown. Robots fill in the field that people do not see."""
    if said.words.get("website"):
        raise HttpProblem(422, "this form was filled in by a program")
    return await run_in_threadpool(_taken, request, said)


def _taken(request: Request, said: _Said) -> Response:
    parts = parts_of(request)
    assert parts.faults is not None
    draft = _draft(said)
    if draft is None:
        return _form(request, _("Choose what does not work."), 422, said.words)
    if draft.department not in parts.reads.shown():
        return _form(request, _("Choose a department of the list."), 422, said.words)
    if request.app.state.fault_limit.wait(origin_of(request)):
        return _form(request, _("Too many reports from this address; call the help desk."), 429, said.words)
    try:
        taken = parts.faults.report(draft, parts.clock())
    except ValueError:
        return _form(request, _("Say what does not work."), 422, said.words)
    except Unusable as error:
        return _form(request, error.told(), 422, said.words)
    except TooMany as error:
        return _form(request, error.told(), 429, said.words)
    return RedirectResponse(f"/status/report/{taken.number}", 303)


def _draft(said: _Said) -> FaultDraft | None:
    """None where it is not said what does not work."""
    words = said.words
    if words.get("service", "") not in list(Service):
        return None
    return FaultDraft(
        channel="form",
        service=Service(words["service"]),
        department=words.get("department", ""),
        place=words.get("place", ""),
        what=words.get("what", ""),
        contact=words.get("contact", ""),
        file=said.file,
    )


@router.get("/{number}")
def follow(request: Request, number: str) -> Response:
    parts = parts_of(request)
    assert parts.faults is not None
    failures: RateLimit = request.app.state.failures
    origin = origin_of(request)
    state = None if failures.is_spent(origin) else parts.faults.state(_plain(number))
    if state is None:
        failures.wait(origin)
        return _form(request, _("There is no report of this number; look at it again."), 404)
    return page(request, "follow.html", state=state)


def _plain(number: str) -> str:
    return "".join(c for c in number.upper()[:40] if c.isascii() and (c.isalnum() or c == "-"))
