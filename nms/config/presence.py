"""Where computers and telephones are: how long that is remembered."""

from __future__ import annotations

from pydantic import Field

from nms.config.quantities import Span
from nms.documents import Strict

DAY = 86_400.0


class Presence(Strict):
    """Where hardware addresses are and were, by forwarding tables, ARP, DHCP, wireless clients and LLDP."""

    enabled: bool = True
    """Whether it is remembered at all."""

    keep: Span = 90 * DAY
    """How long it is remembered where an address was, and what it was called."""

    keep_passing: Span = 7 * DAY
    """The same for addresses that machines make up for themselves (visitors' telephones) and that are nobody's in the
    inventory."""

    gap: Span = 14 * DAY
    """Absence after which a return to the same place is a new stay. Short ones would tell when people come and go."""

    most_stations: int = Field(default=8, ge=1, le=1000)
    """Addresses behind one interface from which it counts as leading to a switch that nobody watches."""
