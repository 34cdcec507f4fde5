"""The page that tells where a computer or telephone is, and where it was: by address, name, device or maker."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from nms.access import Permission, require
from nms.queries.stations import Whereabouts
from nms.views.api.fields import Word
from nms.views.api.presence import reads_of_presence
from nms.views.station_words import presence_word, remark, sight_word, whereabouts
from nms.views.web.rendering import render
from nms.views.web.sessions import CurrentSession

router = APIRouter(include_in_schema=False)


@router.get("/stations")
def stations(request: Request, session: CurrentSession, what: Word = "") -> Response:
    """Asking is audited, so that nothing is asked before somebody writes what they look for."""
    require(session.actor, Permission.LOCATE)
    asked = what.strip()
    found = reads_of_presence(request).where(session.actor, asked) if asked else None
    return render(
        request,
        "stations.html",
        session=session,
        asked=asked,
        found=found or Whereabouts("", (), (), ()),
        whereabouts=whereabouts,
        presence_word=presence_word,
        remark=remark,
        sight_word=sight_word,
    )
