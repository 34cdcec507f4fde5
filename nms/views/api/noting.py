"""Reads that the audit keeps: what leaves the house as a file, and lists of people and of ways in."""

from __future__ import annotations

from fastapi import Request

from nms.access import Actor
from nms.queries.audited import AuditReads


def note_look(request: Request, actor: Actor, kind: str) -> None:
    """`kind`: accounts, tokens, on-call or stations."""
    audited: AuditReads | None = request.app.state.audited
    if audited is not None:
        audited.look(actor, kind)


def note_export(
    request: Request, actor: Actor, kind: str, form: str, department: str, start: float, end: float
) -> None:
    """A report leaves the house: the audit holds who took it, and of what."""
    audited: AuditReads | None = request.app.state.audited
    if audited is not None:
        period = f"{start:.0f}/{end:.0f}"
        detail = {"format": form, "department": department, "period": period}
        audited.note(actor, "export", "report", kind, detail)
