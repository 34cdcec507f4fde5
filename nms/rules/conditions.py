"""States that devices report of their parts (a fan failed, a tray is empty), judged by what their family says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nms.model import DeviceId, Message, Parameter, Poll, StateReading, Verdict
from nms.rules.keys import state_key
from nms.rules.ledger import Ledger
from nms.rules.ports import ADMIN, OPER
from nms.rules.words import part

RULE = "conditions"

_OF_LINKS = frozenset({OPER, ADMIN, "ifOperStatus", "ifAdminStatus"})
"""Interface states belong to the link rules, which know which interfaces matter."""


CauseOfAll = Callable[[Sequence[DeviceId]], str]
"""The key of the alert that explains why several devices are silent, all of them; else empty."""


def _no_cause(_devices: Sequence[DeviceId]) -> str:
    return ""


@dataclass(slots=True)
class Conditions:
    """When the conditions that hold were last reported (steady time by key), and how far apart.

    Owned by the caller.
    """

    seen: dict[str, float] = field(default_factory=dict)
    spacing: dict[str, float] = field(default_factory=dict)
    told_missing: set[str] = field(default_factory=set)
    general: set[str] = field(default_factory=set)
    """Keys of states that only sum up their device."""

    def judge(
        self, poll: Poll, name: str, ledger: Ledger, now: float, steady: float, cause: CauseOfAll = _no_cause
    ) -> list[Verdict]:
        """Verdicts of one poll: what a part reports that is not normal, and what is normal again.

        `name`: what people call the device. `cause`: why all devices that a part misses are silent.
        """
        found = []
        quiet = not ledger.has_any(poll.device)
        for state in poll.states:
            if state.severity is None and quiet:
                continue
            if state.component.kind == "interface" and state.name in _OF_LINKS:
                continue
            verdict = _verdict(poll.device, name, state, now, cause(state.about))
            if state.general:
                self.general.add(verdict.key)
            if verdict.severity is not None or ledger.holds(verdict.key):
                self._see(verdict.key, steady)
                found.append(verdict)
        return found

    def _see(self, key: str, steady: float) -> None:
        self.spacing[key] = steady - self.seen.get(key, steady)
        self.seen[key] = steady
        self.told_missing.discard(key)

    def _forget(self, key: str) -> None:
        self.seen.pop(key, None)
        self.spacing.pop(key, None)
        self.told_missing.discard(key)

    def unseen(
        self, ledger: Ledger, answering: Mapping[DeviceId, float], now: float, after: float, forget: float
    ) -> list[Verdict]:
        """Conditions that held and are not reported any more by a device that answers.

        Once said to be unknown after `after` seconds of answers without them (three times their spacing, where that
        is more), and over after `forget` seconds: the part is gone. `answering`: steady time of each device's last
        answer.
        """
        found = []
        for key, seen in list(self.seen.items()):
            device = ledger.device(key)
            if device is None:
                self._forget(key)
                continue
            absent = answering.get(device, seen) - seen
            told = key in self.told_missing and absent <= forget
            if absent > max(after, 3 * self.spacing[key]) and not told:
                self.told_missing.add(key)
                summary = Message("{key} is no longer reported", {"key": key.partition("/")[2]})
                found.append(Verdict(key, RULE, device, now, None, summary, unknown=absent <= forget))
        return found


def _verdict(device: DeviceId, name: str, state: StateReading, now: float, cause: str) -> Verdict:
    component = state.component
    params: dict[str, Parameter] = {"component": part(name, component), "name": state.name, "state": state.text}
    return Verdict(
        state_key(device, component, state.name), RULE, device, now,
        None if state.unknown else state.severity,
        Message("{component}: {state}", params),
        component=component,
        value=float(state.value),
        unknown=state.unknown,
        because_of=cause if cause and state.severity is not None else None,
        evidence=(Message("The device reports {name} {value} ({state})", {**params, "value": state.value}),),
    )  # fmt: skip
