"""The pages of configurations: which copies there are, what is in them, how they changed, where something stands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from nms.access import Actor, Permission
from nms.queries.configuration_rows import ConfigurationDiff, ConfigurationPage
from nms.views.api.configurations import Door, Which, door_of
from nms.views.api.fields import ONE_LINE, Identifier
from nms.views.configuration_words import reason_word, remark, text_word
from nms.views.web.rendering import language_of, render
from nms.views.web.sessions import CurrentForm, CurrentSession

router = APIRouter(include_in_schema=False)

Pattern = Annotated[str, Query(max_length=200, pattern=f"{ONE_LINE}|^$")]
MOST_LINES = 20_000
"""Lines of one text or comparison on one page; the rest is at the command line."""

SIGNS = {"+": "added", "-": "removed", "@": "hunk"}


@router.get("/configurations")
def configurations(request: Request, session: CurrentSession, pattern: Pattern = "") -> Response:
    """Every device whose configuration is kept, and the lines that a search found."""
    reads = door_of(request).reads
    found = reads.search(session.actor, pattern) if pattern.strip() else None
    rows = reads.listed(session.actor)
    return render(
        request, "configurations.html", session=session, rows=rows, found=found, pattern=pattern, remark=remark
    )


@router.get("/devices/{device_id}/configuration")
def configuration(
    request: Request,
    session: CurrentSession,
    device_id: Identifier,
    which: Which = "",
    old: Which = "",
    new: Which = "",
    restoring: bool = False,
) -> Response:
    """One configuration: what is known of it, its versions, and a text (`which`), a comparison, or how to put it back.

    Nothing asked for: its last change.
    """
    door, actor = door_of(request), session.actor
    page = door.reads.page(actor, device_id)
    if not (which or old or new or restoring):
        which, old, new = _first_sight(page)
    shown = door.reads.text(actor, device_id, which) if which else None
    diff = door.reads.diff(actor, device_id, old or "previous", new or "running") if old or new else None
    steps = door.reads.restoring(actor, device_id, language_of(request)) if restoring else None
    return render(
        request,
        "configuration.html",
        session=session,
        page=page,
        shown=shown,
        diff=diff,
        steps=steps,
        lines=_lines(diff) if diff else [("", line) for line in (shown.text.splitlines() if shown else ())],
        most=MOST_LINES,
        changes=_changes(page),
        may=_may(actor, page.row.department),
        remark=remark,
        reason_word=reason_word,
        text_word=text_word,
    )


@router.post("/devices/{device_id}/configuration/fetch")
async def fetch(request: Request, form: CurrentForm, device_id: Identifier) -> Response:
    """Fetches it now; the page says why where nothing came."""
    await door_of(request).acts.fetch(form.session.actor, device_id)
    return RedirectResponse(f"/devices/{device_id}/configuration", 303)


@router.post("/devices/{device_id}/configuration/accept")
async def accept(request: Request, form: CurrentForm, device_id: Identifier) -> Response:
    """Makes what runs the baseline, with a reason."""
    await run_in_threadpool(door_of(request).acts.accept, form.session.actor, device_id, form["note"])
    return RedirectResponse(f"/devices/{device_id}/configuration", 303)


def is_kept(request: Request, actor: Actor, device_id: str, department: str) -> bool:
    """Whether there is a page of the configuration of a device, for this reader."""
    door: Door | None = request.app.state.configurations
    return door is not None and device_id in door.reads.kinds and actor.may(Permission.READ_CONFIGURATION, department)


def _first_sight(page: ConfigurationPage) -> tuple[str, str, str]:
    """`which`, `old`, `new`: the last change, or what runs where there was none."""
    if changes := _changes(page):
        return "", "previous", str(changes[0])
    return ("running" if "running" in page.texts else ""), "", ""


def _changes(page: ConfigurationPage) -> Sequence[int]:
    """The numbers of the versions that changed something, the newest first."""
    return [one.id for one in page.versions if one.kind == "running" and (one.added or one.removed)]


def _lines(diff: ConfigurationDiff) -> Iterable[tuple[str, str]]:
    return [(SIGNS.get(line[:1], ""), line) for line in diff.lines]


def _may(actor: Actor, department: str) -> frozenset[str]:
    wanted = (Permission.RUN_COMMAND, Permission.ACCEPT_CONFIGURATION)
    return frozenset(one.value for one in wanted if actor.may(one, department))
