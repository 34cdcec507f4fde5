"""Which screen a place is shown on, and what it is called in the breadcrumbs."""

from __future__ import annotations

from collections.abc import Mapping

from nms.i18n import gettext as _
from nms.views.tui.lists.registry import LISTS
from nms.views.tui.mirror import Mirror
from nms.views.tui.places import Place
from nms.views.tui.screens.base import Page
from nms.views.tui.screens.configuration import ConfigurationScreen
from nms.views.tui.screens.device import DeviceScreen
from nms.views.tui.screens.lists import ListScreen
from nms.views.tui.screens.overview import OverviewScreen
from nms.views.tui.screens.preventive import PreventiveScreen
from nms.views.tui.screens.quiet import QuietScreen
from nms.views.tui.screens.racks import RacksScreen
from nms.views.tui.screens.station import StationScreen
from nms.views.tui.screens.telephony import TelephonyScreen
from nms.views.tui.screens.ticket import TicketScreen
from nms.views.tui.screens.tree import TreeScreen
from nms.views.tui.screens.why import WhyScreen

PAGES: Mapping[str, type[Page]] = {
    "overview": OverviewScreen,
    "configuration": ConfigurationScreen,
    "device": DeviceScreen,
    "ticket": TicketScreen,
    "topology": TreeScreen,
    "power": TreeScreen,
    "pbx": TelephonyScreen,
    "racks": RacksScreen,
    "station": StationScreen,
    "why": WhyScreen,
    "maintenance": QuietScreen,
    "silences": QuietScreen,
    "corrections": QuietScreen,
    "preventive": PreventiveScreen,
}


TOPS = ("overview", *LISTS, "pbx", "racks", "topology", "power")
"""What one can start with."""


def top_titles() -> dict[str, str]:
    """What the screens that one can start with are called."""
    lists = {name: make().title for name, make in LISTS.items()}
    others = {
        "pbx": _("Telephony"),
        "racks": _("Racks"),
        "topology": _("Network tree"),
        "power": _("Power chain"),
    }
    return {"overview": _("Overview"), **lists, **others}


def exists(kind: str) -> bool:
    return kind in TOPS


def page_of(place: Place) -> Page:
    """A new screen for a place; a place that does not exist leads to the overview."""
    page = PAGES.get(place.kind) or (ListScreen if place.kind in LISTS else OverviewScreen)
    return page(place)


def title_of(place: Place, mirror: Mirror) -> str:
    if place.kind == "device":
        return mirror.device_name(place.argument)
    if place.kind == "configuration":
        return _("Configuration")
    if place.kind == "station":
        return place.title or place.argument
    if place.kind in ("ticket", "why"):
        return place.argument
    title = top_titles().get(place.kind) or place.kind
    return f"{title} · {place.title}" if place.title else title
