"""Words for stations, the same on every view."""

from __future__ import annotations

from nms.i18n import gettext as _
from nms.queries.rows import LineRow
from nms.queries.stations import PresenceRow


def whereabouts(row: PresenceRow) -> str:
    """The place in a few words; empty where none is known."""
    if not row.at_device:
        return ""
    place = f"{row.at_name} {row.port}".strip()
    return {
        "shared": _("{place} (with others)"),
        "routed": _("behind {place}"),
        "radio": _("{place} (wireless)"),
    }.get(row.nearness, "{place}").format(place=place)


def remark(row: PresenceRow) -> str:
    """What is odd about a station."""
    found = []
    if row.twice:
        found.append(_("its address is in use at {places}").format(places=", ".join(row.twice)))
    if row.contested:
        found.append(_("{address} is also used by {others}").format(
            address=row.address, others=", ".join(row.contested)))  # fmt: skip
    if not row.device:
        found.append(_("not in the inventory"))
    if row.is_local:
        found.append(_("made-up address"))
    return "; ".join(found)


def spoken_of(row: LineRow) -> str:
    """Whose calls a line of calls and voice tells of."""
    return _("telephones") if row.key == "telephones" else row.label


def sight_word(sight: str) -> str:
    """What told where a station is."""
    return {
        "fdb": _("forwarding table"),
        "arp": _("ARP"),
        "wireless": _("radio"),
        "lldp": _("LLDP"),
        "dhcp": _("DHCP lease"),
        "registration": _("registration"),
    }.get(sight, sight)


def presence_word(row: PresenceRow) -> str:
    if row.present:
        return _("present")
    return _("absent") if row.last_seen is not None else _("never seen")
