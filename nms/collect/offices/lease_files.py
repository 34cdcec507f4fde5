"""Files in which DHCP servers keep their leases, as sightings.

Sources: dhcpd.leases(5) of ISC DHCP 4.4 (times in UTC; the last block of an address holds); dnsmasq(8) 2.90
`--dhcp-leasefile` (expiry, MAC, address, name, client id); Kea's memfile of leases (CSV with a heading; the last line
of an address holds; state 0 is in use; commas inside are `&#x2c`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from nms.collect.sightings import station
from nms.model import Sight, Sighting
from nms.text import clean

_BLOCK = re.compile(r"^lease ([0-9a-fA-F.:]+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_LINE = re.compile(
    r"^\s*(starts|ends|cltt|binding state|hardware ethernet|client-hostname) (.*?);(?: #.*)?$", re.MULTILINE
)
_IN_USE = "0"


def isc(text: str, now: float) -> Iterator[Sighting]:
    """Leases that are bound and not over."""
    latest: dict[str, Mapping[str, str]] = {}
    for address, body in _BLOCK.findall(text):
        latest[address] = dict(_LINE.findall(body))
    for address, said in latest.items():
        ends = _utc(said.get("ends", ""))
        if said.get("binding state") == "active" and (ends is None or ends > now):
            seen = _utc(said.get("cltt") or said.get("starts", ""))
            yield from _lease(said.get("hardware ethernet"), address, said.get("client-hostname", "").strip('"'), seen)


def dnsmasq(text: str, now: float) -> Iterator[Sighting]:
    """Leases that are not over (expiry 0: never); it does not say when they were last renewed."""
    for line in text.splitlines():
        words = line.split(" ")
        if len(words) >= 4 and words[0].isdecimal() and (words[0] == "0" or int(words[0]) > now):
            yield from _lease(words[1], words[2], "" if words[3] == "*" else words[3], None)


def kea(text: str, now: float) -> Iterator[Sighting]:
    """Leases in use and not over; renewed at their expiry less their lifetime."""
    latest: dict[str, Mapping[str, str]] = {}
    for line in csv.DictReader(text.splitlines()):
        if line.get("address") and line["address"] != "address":
            latest[line["address"]] = line
    for address, row in latest.items():
        expire, lifetime = row.get("expire") or "", row.get("valid_lifetime") or ""
        if row.get("state") != _IN_USE or not expire.isdecimal() or int(expire) <= now or not lifetime.isdecimal():
            continue
        name = (row.get("hostname") or "").replace("&#x2c", ",")
        yield from _lease(row.get("hwaddr"), address, name, float(int(expire) - int(lifetime)))


def _lease(mac: str | None, address: str, name: str, at: float | None) -> Iterator[Sighting]:
    card = station(mac)
    if card:
        yield Sighting(
            Sight.LEASE, card, address=clean(address, limit=45), name=clean(name.rstrip("."), limit=100), at=at
        )


def _utc(said: str) -> float | None:
    """`3 2026/11/18 16:04:05` (or `epoch 1795017845; # ...`); `never` and what is no time give `None`."""
    if found := re.match(r"epoch (\d+)", said):
        return float(found[1])
    found = re.match(r"\d (\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)", said)
    try:
        return datetime.strptime(found[1], "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC).timestamp() if found else None
    except ValueError:
        return None


READERS: Final[Mapping[str, Callable[[str, float], Iterator[Sighting]]]] = {"isc": isc, "dnsmasq": dnsmasq, "kea": kea}
FILES: Final[Mapping[str, str]] = {
    "isc": "/var/lib/dhcp/dhcpd.leases",
    "dnsmasq": "/var/lib/misc/dnsmasq.leases",
    "kea": "/var/lib/kea/kea-leases4.csv",
}
"""Where Debian's packages keep them."""
