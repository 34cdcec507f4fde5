"""Everything that the palette reaches: acts of this screen, screens, views, departments, alerts, tickets, devices,
links, sites, trunks and queues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nms.i18n import gettext as _
from nms.views.tui.boards import Board
from nms.views.tui.mirror import Mirror
from nms.views.tui.places import Place
from nms.views.tui.screens.base import OF_TEXTUAL, Page
from nms.views.tui.screens.palette import Entry
from nms.views.tui.screens.registry import top_titles

TOPICS = frozenset({"devices", "alerts", "tickets", "links", "telephony"})
"""Where the objects come from; what was not on a screen yet is asked for when somebody looks for it."""


def acts(page: Page) -> Iterator[Entry]:
    """What the keys of this screen do."""
    seen: set[str] = set()
    for active in page.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.description and binding.action not in seen | OF_TEXTUAL:
            seen.add(binding.action)
            yield Entry(_("act"), _(binding.description), page.app.get_key_display(binding), action=binding.action)


def places(mirror: Mirror, boards: Sequence[Board]) -> Iterator[Entry]:
    """Where one can go."""
    for name, title in top_titles().items():
        yield Entry(_("screen"), title, name, Place(name))
    for board in boards:
        yield Entry(_("view"), board.title, board.name, board.place())
    if mirror.overview:
        for tile in mirror.overview.departments:
            memory = {"filter": f"department:^{tile.id}\\b"}
            place = Place("devices", title=tile.short_name, memory=memory)
            yield Entry(_("department"), tile.short_name, tile.name, place, attention=tile.attention)
    yield from _objects(mirror)


def _objects(mirror: Mirror) -> Iterator[Entry]:
    for alert in mirror.get("alerts") or ():
        place = Place("ticket", alert.ticket) if alert.ticket else Place("device", alert.device)
        yield Entry(_("alert"), alert.summary, alert.ticket, place, attention=alert.attention)
    for ticket in mirror.get("tickets") or ():
        yield Entry(_("ticket"), ticket.folio, ticket.title, Place("ticket", ticket.folio), attention=ticket.attention)
    for device in mirror.devices:
        more = f"{device.id} {device.address}"
        yield Entry(_("device"), device.name, more, Place("device", device.id), attention=device.attention)
    for link in mirror.get("links") or ():
        memory = {"filter": f'"^{link.id}$"'}
        yield Entry(_("link"), link.name, link.id, Place("links", title=link.name, memory=memory))
    for site in sorted({device.site for device in mirror.devices if device.site}):
        yield Entry(_("site"), site, "", Place("devices", title=site, memory={"filter": f"site:^{re.escape(site)}$"}))
    telephony = mirror.get("telephony")
    for voice in telephony.lines if telephony else ():
        if voice.kind not in ("trunk", "queue"):
            continue
        place = Place("device", voice.device)
        yield Entry(_("telephony"), voice.label or voice.key, voice.device_name, place, attention=voice.attention)
