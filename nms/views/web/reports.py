"""Reports from the browser: a form, then the report itself in the wanted format."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from nms.queries.reports.document import Kind, Report
from nms.views.api.engine import reads_of
from nms.views.api.fields import Word
from nms.views.api.noting import note_export
from nms.views.api.problems import HttpProblem
from nms.views.api.reads import require_report
from nms.views.reports.html import as_html, style
from nms.views.reports.pdf import NoPdf, as_pdf
from nms.views.reports.tables import as_csv
from nms.views.reports.workbook import as_xlsx
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentSession

router = APIRouter(include_in_schema=False)

LONGEST_DAYS = 5 * 366
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Writer = Callable[[Report], str | bytes]
FORMATS: dict[str, tuple[str, Writer]] = {
    "html": ("text/html; charset=utf-8", as_html),
    "pdf": ("application/pdf", as_pdf),
    "xlsx": (XLSX, as_xlsx),
    "csv": ("text/csv; charset=utf-8", lambda report: "\ufeff" + as_csv(report)),
}
"""A spreadsheet knows by the mark at the head of a CSV that it is UTF-8."""

Day = Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")]


@router.get("/reports")
def reports(request: Request, session: CurrentSession) -> Response:
    require_report(session.actor, next(iter(sorted(session.actor.departments)), ""))
    now = datetime.now(ZoneInfo(reads_of(request).timezone))
    last = now.replace(day=1) - timedelta(days=1)
    known = reads_of(request).overview(language_of(request)).departments
    mine = [tile for tile in known if not session.actor.departments or tile.id in session.actor.departments]
    return render(
        request,
        "reports.html",
        session=session,
        kinds=list(Kind),
        formats=list(FORMATS),
        departments=mine,
        everything=not session.actor.departments,
        first=f"{last.replace(day=1):%Y-%m-%d}",
        last=f"{last:%Y-%m-%d}",
    )


@router.get("/reports/{kind}")
def report(
    request: Request,
    session: CurrentSession,
    kind: Kind,
    first: Day = "",
    last: Day = "",
    department: Word = "",
    as_of: Day = "",
    form: Annotated[str, Query(alias="format", pattern="^(html|pdf|xlsx|csv)$")] = "html",
) -> Response:
    require_report(session.actor, department)
    zone = ZoneInfo(reads_of(request).timezone)
    start, end = _period(first, last, zone)
    until = _period(as_of, as_of, zone)[1] if as_of else None
    found = reads_of(request).report(kind, start, end, language_of(request), department=department, as_of=until)
    media_type, writer = FORMATS[form]
    try:
        content = writer(found)
    except NoPdf as error:
        raise HttpProblem(409, error.message) from None
    note_export(request, session.actor, kind, form, department, start, end)
    headers = {"Content-Security-Policy": policy()}
    if form != "html":
        headers["Content-Disposition"] = f'attachment; filename="{kind}-{first or "report"}.{form}"'
    return Response(content, media_type=media_type, headers=headers)


@cache
def policy() -> str:
    """The report carries its style inside; by its hash that one is allowed and no other."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; frame-ancestors 'none'"


def _period(first: str, last: str, zone: ZoneInfo) -> tuple[float, float]:
    """Whole days; without any, this month until now."""
    now = datetime.now(zone)
    try:
        begins = datetime.fromisoformat(first).replace(tzinfo=zone) if first else now.replace(day=1)
        ends = datetime.fromisoformat(last).replace(tzinfo=zone) + timedelta(days=1) if last else now
    except (ValueError, OverflowError):
        raise HttpProblem(422, "first, last: write days as 2026-11-01") from None
    begins = begins.replace(hour=0, minute=0, second=0, microsecond=0)
    if not begins < ends or ends - begins > timedelta(days=LONGEST_DAYS) or begins.year < 1990:
        raise HttpProblem(422, "last: the period must end after it begins, and be shorter than five years")
    return begins.timestamp(), min(ends, now).timestamp()
