"""The audit of changes and of sensitive reads, for auditors. Reading it is in it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from nms.queries.audited import MOST_ROWS, AuditQuery, AuditReads
from nms.store.audit import AuditEntry
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import Cursor, Instant, Word
from nms.views.api.problems import documented

router = APIRouter(tags=["audit"], responses=documented(400, 404))


@router.get("/audit")
def audit(
    request: Request,
    actor: CurrentActor,
    who: Word = "",
    action: Word = "",
    kind: Word = "",
    subject: Word = "",
    start: Instant | None = None,
    end: Instant | None = None,
    before: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
) -> list[AuditEntry]:
    """Who did or read what, the newest first; `nms doctor` verifies the chain that binds the rows."""
    reads: AuditReads = request.app.state.audited
    return reads.entries(actor, AuditQuery(who, action, kind, subject, start, end, before, limit))
