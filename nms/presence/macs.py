"""Hardware addresses: how people spell them, who made the card, which belong to nobody's card.

Source: IEEE 802-2014 clause 8: the second lowest bit of the first octet says “locally administered”.
"""

from __future__ import annotations

import re
from functools import lru_cache

from nms.collect.sightings import station
from nms.text import clean

_VIRTUAL = ("00005e0001", "00005e0002", "00000c07ac", "00000c9ff")
"""VRRP (RFC 9568) and HSRP: an address that moves between routers by design."""

_OCTETS = re.compile(r"[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}")
_PART = re.compile(r"[0-9a-f]+(?:[:.\- ][0-9a-f]+)*[:.\-]?")
LEAST_DIGITS = 4


def spelled_mac(text: str) -> str:
    """Twelve digits from any usual spelling (00:1B:54…, 0:1b:54…, 001b.54aa.bbcc, 00-1B-…, 001b54aabbcc).

    Empty for what is no station's.
    """
    asked = text.strip().lower()
    if found := _OCTETS.fullmatch(asked):
        return station("".join(octet.zfill(2) for octet in asked.split(found[1])))
    return station(asked)


def part_of_mac(text: str) -> str:
    """The digits of a part of an address, as on a label (`5a:6f:c6`, `02d0.9d`): two octets at least; or empty."""
    asked = text.strip().lower()
    digits = re.sub(r"[:.\- ]", "", asked) if _PART.fullmatch(asked) else ""
    return digits if LEAST_DIGITS <= len(digits) <= 12 and len(digits) % 2 == 0 else ""


def has_part(mac: str, digits: str) -> bool:
    """Whether an address holds these digits, beginning at an octet."""
    return any(mac.startswith(digits, at) for at in range(0, len(mac), 2))


def shown(mac: str) -> str:
    return ":".join(re.findall("..", mac))


def is_local(mac: str) -> bool:
    """Whether the address was made up by the machine itself: telephones that hide do so, virtual machines too."""
    return bool(int(mac[:2], 16) & 2)


def is_virtual(mac: str) -> bool:
    return mac.startswith(_VIRTUAL)


@lru_cache(maxsize=4096)
def vendor(mac: str) -> str:
    """Who made the card, by the registry of the IEEE; empty for what is not there."""
    from netaddr import EUI  # reads its index of the registry when it is first asked
    from netaddr.core import NotRegisteredError

    if is_local(mac):
        return ""
    try:
        return clean(str(EUI(mac).oui.registration().org), limit=80)
    except NotRegisteredError:
        return ""
