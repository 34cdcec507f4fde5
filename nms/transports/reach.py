"""Which addresses a web request may go to when not the configuration, but an answer, names the host.

Source: RFC 6890 and the IANA special-purpose address registries; RFC 6052 and 3056 for IPv4 addresses inside IPv6 ones.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments, a cloud's metadata among them
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's host, which answers virtual machines only
        "3fff::/20",  # documentation
    )
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Where requests may go besides the hosts written in the inventory: public addresses and these networks."""

    networks: tuple[Network, ...] = ()

    def allows(self, address: str) -> bool:
        there = _meant(ipaddress.ip_address(address.partition("%")[0]))
        if any(there in network for network in self.networks if network.version == there.version):
            return True
        return there.is_global and not there.is_multicast and not _is_special(there)


def _meant(there: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped, translated (NAT64) or tunnelled (6to4)."""
    if isinstance(there, ipaddress.IPv4Address):
        return there
    if there in _NAT64:
        return ipaddress.IPv4Address(int(there) & 0xFFFFFFFF)
    return there.ipv4_mapped or there.sixtofour or there


def _is_special(there: Address) -> bool:
    if isinstance(there, ipaddress.IPv6Address) and there not in _UNICAST:
        return True
    return any(there in network for network in _NOT_PUBLIC if network.version == there.version)
