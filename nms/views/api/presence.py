"""Where computers and telephones are. Who asks for one by name leaves an audit record."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from nms.access import Actor, Permission, require
from nms.model import DeviceId
from nms.queries.presence import PresenceReads
from nms.queries.rows import DevicePage
from nms.queries.stations import PresenceRow, Whereabouts
from nms.views.api.auth import CurrentActor
from nms.views.api.fields import Limit, Offset
from nms.views.api.noting import note_look
from nms.views.api.paging import as_json, page
from nms.views.api.problems import HttpProblem, documented

router = APIRouter(tags=["presence"], responses=documented(404))

_ASKED = "MAC address or a part of it, IP address, name, device, maker"
Asked = Annotated[str, Query(min_length=1, max_length=100, description=_ASKED)]


def reads_of_presence(request: Request) -> PresenceReads:
    found: PresenceReads | None = request.app.state.presence
    if found is None:
        raise HttpProblem(404, "where addresses are is not remembered here: set presence.enabled in config.yaml")
    return found


def with_stations(request: Request, actor: Actor, page: DevicePage) -> DevicePage:
    """The page of a device with where it is plugged in and what is plugged into it, for those who may locate."""
    found: PresenceReads | None = request.app.state.presence
    if found is None or not actor.may(Permission.LOCATE, page.device.department):
        return page
    return replace(page, stations=tuple(found.around(actor, DeviceId(page.device.id))))


@router.get("/presence", response_model=list[PresenceRow])
def presence(request: Request, actor: CurrentActor, limit: Limit = 20_000, offset: Offset = 0) -> Response:
    """Computers and telephones of the inventory, and every other address that is present."""
    require(actor, Permission.LOCATE)
    note_look(request, actor, "stations")
    return page(request, PresenceRow, reads_of_presence(request).stations(actor.departments), limit, offset)


@router.get("/presence/where", response_model=Whereabouts)
def where(request: Request, actor: CurrentActor, what: Asked) -> Response:
    """Where something is and was, and what it was called."""
    require(actor, Permission.LOCATE)
    return as_json(Whereabouts, reads_of_presence(request).where(actor, what))
