"""States that sum up a device (“the printer has some trouble”) are explained by what it says more exactly.

A printer out of toner says so four times: the device is down, the printer is in another state, the toner is empty,
the level is 0 %. That is one condition with three symptoms, not four.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from nms.model import DeviceId, Severity, Verdict
from nms.rules.ledger import Ledger

_EXACT = ("threshold/", "state/")


@dataclass(frozen=True, slots=True)
class _Held:
    key: str
    severity: Severity


def explained(verdicts: Sequence[Verdict], general: AbstractSet[str], ledger: Ledger) -> list[Verdict]:
    """The same verdicts, where general ones point at the worst exact condition of their device; without one, at the
    worst general one."""
    if not any(verdict.key in general and verdict.severity is not None for verdict in verdicts):
        return list(verdicts)
    said = {verdict.key: verdict for verdict in verdicts}
    return [_explained(verdict, said, general, ledger) if verdict.key in general else verdict for verdict in verdicts]


def _explained(verdict: Verdict, said: dict[str, Verdict], general: AbstractSet[str], ledger: Ledger) -> Verdict:
    if verdict.severity is None or verdict.unknown or verdict.because_of is not None:
        return verdict
    held = list(_held(verdict.device, said, ledger))
    exact = [one for one in held if one.key not in general]
    root = max(exact or held, key=lambda one: (one.severity, one.key), default=None)
    return verdict if root is None or root.key == verdict.key else replace(verdict, because_of=root.key)


def _held(device: DeviceId, said: dict[str, Verdict], ledger: Ledger) -> Iterable[_Held]:
    """The conditions of parts that hold of a device after these verdicts."""
    for key in ledger.keys_of(device):
        severity = ledger.severity(key)
        if key.startswith(_EXACT) and key not in said and severity is not None:
            yield _Held(key, severity)
    for verdict in said.values():
        if verdict.device == device and verdict.key.startswith(_EXACT) and verdict.severity is not None:
            yield _Held(verdict.key, verdict.severity)
