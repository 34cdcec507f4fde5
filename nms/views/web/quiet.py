"""Pages for planned work, silences and corrections of the past: seen, looked at beforehand, made, ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from nms.access import Permission, require
from nms.model import Message, State
from nms.queries import rows
from nms.queries.ports import MaintenancePlan, PastCorrection, QuietPlan, Reads, Rejected
from nms.refusals import Refusal
from nms.store.sessions import Session
from nms.views.api.engine import acts_of, reads_of
from nms.views.api.fields import Number, Word
from nms.views.api.quiet import own
from nms.views.moments import moment_of, names_of, rule_of
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession, Form

router = APIRouter(include_in_schema=False)

DAY = 86_400.0
LABELS = ("device", "department", "site", "role", "tag", "key")
SPANS = {"31": 31 * DAY, "92": 92 * DAY, "366": 366 * DAY}
SHOWN = 30
"""Names of a preview; of the rest the number."""


class Kind(StrEnum):
    WORK = "maintenance"
    SILENCE = "silences"
    CORRECTION = "corrections"


NEEDED = {Kind.WORK: Permission.PLAN, Kind.SILENCE: Permission.SILENCE, Kind.CORRECTION: Permission.ANNOTATE}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for, in the words that it was filled in with and as it is understood."""

    kind: Kind
    fields: dict[str, str]
    zone: ZoneInfo

    @property
    def matchers(self) -> dict[str, list[str]]:
        found = {label: names for label in LABELS if (names := names_of(self.fields.get(label, "")))}
        if not found:
            raise Rejected(Message("say what it is about: a device, a department, a site, a role, a tag or an alert"))
        return found

    @property
    def subjects(self) -> list[str]:
        found = names_of(self.fields.get("subject", ""))
        if not found:
            raise Rejected(Message("say what is corrected: device/ID, link/ID or department/ID"))
        return found

    @property
    def start(self) -> float:
        return self._moment("start")

    @property
    def end(self) -> float:
        end = self._moment("end")
        if end <= self.start:
            raise Rejected(Message("it ends before it starts"))
        return end

    @property
    def rule(self) -> str:
        return rule_of(self.fields.get("rule") or self.fields.get("repeats", ""), self.start, self.zone)

    @property
    def plan(self) -> QuietPlan:
        rule = self.rule if self.kind is Kind.WORK else ""
        return QuietPlan(self.matchers, self.start, self.end - self.start, rule)

    @property
    def corrections(self) -> list[PastCorrection]:
        state = State(self.fields["state"]) if self.fields.get("state") in set(State) else State.MAINTENANCE
        if not self.fields.get("reason"):
            raise Rejected(Message("say why, for the audit and those who ask"))
        return [PastCorrection(one, state, self.start, self.end, self.fields["reason"]) for one in self.subjects]

    def _moment(self, name: str) -> float:
        return _moment(self.fields.get(name, ""), self.zone)


def _moment(text: str, zone: ZoneInfo) -> float:
    found = moment_of(text, zone)
    if found is None:
        raise Rejected(Message("say when it starts and when it ends, on the office's clock: 2026-12-05 22:00"))
    return found


FIELDS = (*LABELS, "subject", "title", "reason", "start", "end", "repeats", "rule", "state")


@router.get("/quiet")
def work(request: Request, session: CurrentSession) -> Response:
    return _page(request, session, Kind.WORK, _prefilled(request))


@router.get("/quiet/{kind}")
def listed(request: Request, session: CurrentSession, kind: Kind, days: Word = "31") -> Response:
    """`days`: how far back corrections are looked for. Other parameters fill the form in."""
    return _page(request, session, kind, _prefilled(request), days=days)


def _prefilled(request: Request) -> dict[str, str]:
    return {name: request.query_params[name][:1000] for name in FIELDS if name in request.query_params}


def _page(
    request: Request,
    session: Session,
    kind: Kind,
    given: dict[str, str],
    *,
    wrong: str = "",
    status: int = 200,
    days: str = "31",
) -> Response:
    actor, reads = session.actor, reads_of(request)
    require(actor, Permission.READ_REPORTS if kind is Kind.CORRECTION else Permission.READ)
    now = time.time()
    zone = ZoneInfo(reads.timezone)
    found: dict[Kind, Callable[[], list[object]]] = {
        Kind.WORK: lambda: [row for row in reads.maintenance() if own(actor, row.departments)],
        Kind.SILENCE: lambda: [row for row in reads.silences() if own(actor, row.departments)],
        Kind.CORRECTION: lambda: [
            row for row in reads.corrections(now - SPANS.get(days, SPANS["31"]), now) if own(actor, (row.department,))
        ],
    }
    overview = reads.overview(language_of(request))
    times = {"start": local_of(now, zone), "end": local_of(now + 3600, zone)}
    return render(
        request,
        "quiet.html",
        status,
        session=session,
        kind=kind,
        kinds=[one for one in Kind if one is not Kind.CORRECTION or actor.may(Permission.READ_REPORTS)],
        rows=found[kind](),
        may=actor.may(NEEDED[kind]),
        given={**dict.fromkeys(FIELDS, ""), **({} if kind is Kind.CORRECTION else times), **given},
        is_open=bool(given),
        wrong=wrong,
        days=days if days in SPANS else "31",
        spans=list(SPANS),
        departments=[one for one in overview.departments if not actor.departments or one.id in actor.departments],
        links=reads.links(language_of(request)) if kind is Kind.CORRECTION else (),
        states=list(State),
    )


def local_of(at: float, zone: ZoneInfo) -> str:
    """As a field for date and time holds it."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%dT%H:%M}"


def _wanted(request: Request, kind: Kind, form: CurrentForm) -> Wanted:
    fields = {name: form[name] for name in FIELDS if form[name]}
    return Wanted(kind, fields, ZoneInfo(reads_of(request).timezone))


CurrentWanted = Annotated[Wanted, Depends(_wanted)]


@router.post("/quiet/{kind}/preview")
def preview(request: Request, form: CurrentForm, kind: Kind, wanted: CurrentWanted) -> Response:
    """What it would do, with a button to do it; a mistake leads back to the form as it was filled in."""
    actor, reads, language = form.session.actor, reads_of(request), language_of(request)
    require(actor, NEEDED[kind])
    try:
        foreseen = _foreseen(reads, form, wanted, language)
    except Refusal as refused:
        said = refused.told(language)
        return _page(request, form.session, kind, wanted.fields, wrong=said, status=409)
    return render(
        request,
        "quiet_preview.html",
        session=form.session,
        kind=kind,
        wanted=wanted,
        shown=SHOWN,
        found=foreseen,
    )


def _foreseen(
    reads: Reads, form: Form, wanted: Wanted, language: str
) -> rows.QuietPreview | list[rows.CorrectionPreview]:
    if wanted.kind is Kind.CORRECTION:
        return [reads.preview_correction(form.session.actor, one) for one in wanted.corrections]
    if wanted.kind is Kind.WORK and not wanted.fields.get("title"):
        raise Rejected(Message("say what will be done"))
    if wanted.kind is Kind.SILENCE and not wanted.fields.get("reason"):
        raise Rejected(Message("say why, for the audit and those who ask"))
    return reads.preview_quiet(form.session.actor, wanted.plan, language)


@router.post("/quiet/{kind}")
def make(request: Request, form: CurrentForm, kind: Kind, wanted: CurrentWanted) -> Response:
    actor, acts = form.session.actor, acts_of(request)
    if kind is Kind.CORRECTION:
        for one in wanted.corrections:
            acts.correct(actor, one)
    elif kind is Kind.SILENCE:
        acts.silence(actor, wanted.matchers, wanted.fields.get("reason", ""), wanted.end, wanted.start)
    else:
        plan, fields = wanted.plan, wanted.fields
        more = (plan.matchers, fields.get("reason", ""), plan.starts_at, plan.duration, plan.rule)
        acts.plan_maintenance(actor, MaintenancePlan(fields.get("title", ""), *more))
    return RedirectResponse(f"/quiet/{kind}", 303)


@router.post("/quiet/{kind}/{number}/end")
def end(request: Request, form: CurrentForm, kind: Kind, number: Number) -> Response:
    acts = acts_of(request)
    ends = {Kind.WORK: acts.end_maintenance, Kind.SILENCE: acts.end_silence, Kind.CORRECTION: acts.withdraw_correction}
    ends[kind](form.session.actor, number)
    return RedirectResponse(f"/quiet/{kind}", 303)


@router.post("/quiet/maintenance/{number}/extend")
def extend(request: Request, form: CurrentForm, number: Number) -> Response:
    until = _moment(form["end"], ZoneInfo(reads_of(request).timezone))
    acts_of(request).extend_maintenance(form.session.actor, number, until)
    return RedirectResponse("/quiet/maintenance", 303)
