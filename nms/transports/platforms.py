"""The platforms that an SSH endpoint may name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

SESSIONS: Mapping[str, str] = {"frr": "cisco_ios"}
"""Platforms that netmiko does not know, and whose sessions are like theirs: vtysh is driven as IOS is."""


@cache
def known_platforms() -> frozenset[str]:
    """netmiko's types that are SSH, and those that are driven like one of them."""
    from netmiko.ssh_dispatcher import CLASS_MAPPER  # a fifth of a second that only those with SSH spend

    return frozenset(CLASS_MAPPER) | frozenset(SESSIONS)
