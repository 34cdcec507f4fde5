"""One lost voice line is told by several: its framing (DS1-MIB), its interface (IF-MIB), the D channel that it carries.

What lies below explains what lies above: a span without signal has no D channel, and its interface is down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nms.model import DeviceId, Verdict
from nms.rules.keys import link_key
from nms.rules.ledger import Ledger

FRAMING, D_CHANNEL = "dsx1LineStatus", "span"
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


def explained_by_lines(verdicts: Sequence[Verdict], ledger: Ledger) -> list[Verdict]:
    """The same verdicts, where those of D channels and interfaces point at the line below them that is lost."""
    return [_explained(one, verdicts, ledger) if _may_be_above(one) else one for one in verdicts]


def _may_be_above(verdict: Verdict) -> bool:
    if verdict.severity is None or verdict.unknown or verdict.because_of is not None:
        return False
    is_channel = verdict.component.kind == "trunk" and verdict.key.endswith(f"/{D_CHANNEL}")
    return is_channel or verdict.key.startswith(link_key(f"{verdict.device}:"))


def _explained(verdict: Verdict, verdicts: Sequence[Verdict], ledger: Ledger) -> Verdict:
    for name, key in _lost_lines(verdict.device, verdicts, ledger):
        if verdict.key == link_key(f"{verdict.device}:{name}") or (
            verdict.component.kind == "trunk" and _number(name) == _number(verdict.component.key.partition("/")[0])
        ):
            return replace(verdict, because_of=key)
    return verdict


def _lost_lines(device: DeviceId, verdicts: Sequence[Verdict], ledger: Ledger) -> Iterable[tuple[str, str]]:
    """The name and the key of each line of a device that holds no frame after these verdicts."""
    prefix, suffix = f"state/{device}/trunk:", f"/{FRAMING}"
    said = {one.key: one for one in verdicts if one.device == device}
    for key in dict.fromkeys([*ledger.keys_of(device, prefix), *said]):
        holds = said[key].severity is not None if key in said else True
        if holds and key.startswith(prefix) and key.endswith(suffix):
            yield key.removeprefix(prefix).removesuffix(suffix), key


def _number(name: str) -> str:
    """The last number of `span1`, `T1 0/0/1` or `PRI 1`."""
    found = _LAST_NUMBER.search(name)
    return found[1] if found else name
