"""All lists by name. They are made anew for each screen, in the language of that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nms.views.tui.lists import alerts, devices, presence, preventive, quiet, work
from nms.views.tui.lists.columns import ListSpec

LISTS: Mapping[str, Callable[[], ListSpec[Any]]] = {
    "alerts": alerts.alerts,
    "incidents": alerts.incidents,
    "tickets": work.tickets,
    "devices": devices.devices,
    "links": work.links,
    "datacentre": devices.data_centre,
    "ups": devices.ups,
    "applications": devices.applications,
    "printers": devices.printers,
    "addresses": devices.addresses,
    "presence": presence.presence,
    "events": work.events,
    "preventive": preventive.preventive,
    "maintenance": quiet.maintenance,
    "silences": quiet.silences,
    "corrections": quiet.corrections,
}
