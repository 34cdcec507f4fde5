"""Addresses that a device can have: IPv4, IPv6 or a host name."""

from __future__ import annotations

import ipaddress
import re

from nms.documents import mistake

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LOOKS_NUMERIC = re.compile(r"[0-9.]+")


def is_host(text: str) -> bool:
    """Whether a text is an IP address, or a host name (RFC 1123, and the underscores that people use)."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return bool(len(text) <= 253 and _HOST.fullmatch(text) and not _LOOKS_NUMERIC.fullmatch(text))
    return True


def valid_host(text: str) -> str:
    """The same text. Raises a `mistake` where it is no address."""
    if not is_host(text):
        hint = "write an IPv4 or IPv6 address or a host name: 10.1.2.3"
        raise mistake("“{key}”: {value} is not an address", hint, value=text)
    return text
