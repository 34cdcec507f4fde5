"""`nms audit`: who changed what, and who looked at what is sensitive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nms.i18n import gettext as _
from nms.views.cli.common import Json, clock, session, show_rows

if TYPE_CHECKING:
    from nms.store.audit import AuditEntry


def register(app: typer.Typer) -> None:
    app.command()(audit)


def audit(
    context: typer.Context,
    who: Annotated[str, typer.Option("--who", help="Only what this account or token did.")] = "",
    action: Annotated[str, typer.Option("--action", help="Only this: create, read, export, ...")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Only about this kind: ticket, account, report, ...")] = "",
    subject: Annotated[str, typer.Option("--about", help="Only about this one: a folio, a name.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Most rows.")] = 100,
    as_json: Json = False,
) -> int:
    """Who changed what, and who looked at what is sensitive, the newest first. Looking is in it too."""
    asked = {"who": who, "action": action, "kind": kind, "subject": subject}
    found = session(context).ask(lambda client: client.audit(limit=limit, **asked))
    headings = (_("number"), _("when"), _("who"), _("from where"), _("what"), _("details"))
    return show_rows(found, headings, _entry, as_json=as_json)


def _entry(one: AuditEntry) -> list[str]:
    details = "; ".join(f"{name}: {value}" for name, value in one.detail.items())
    what = f"{one.action} {one.kind} {one.subject}".strip()
    return [str(one.id), clock(one.at), one.actor, one.origin, what, details]
