"""Which conditions hold at present, so that a rule speaks of what changes and stays quiet about what is well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nms.model import DeviceId, Severity, Verdict


class Ledger:
    """Keys of the conditions that hold, with their severity and device. Rebuilt from the open alerts at a start.

    Keys inherited from before the start are `unclaimed` until a rule speaks of them: what no rule speaks of any
    more belongs to a device, component or threshold that is gone.
    """

    def __init__(self, open_alerts: Mapping[str, tuple[DeviceId, Severity]] | None = None) -> None:
        self._open: dict[str, tuple[DeviceId, Severity]] = dict(open_alerts or {})
        self._by_device: dict[DeviceId, set[str]] = {}
        for key, (device, _) in self._open.items():
            self._by_device.setdefault(device, set()).add(key)
        self.unclaimed: set[str] = set(self._open)

    def leave(self, keys: Iterable[str]) -> None:
        """Conditions that another part keeps (it hears messages of them): no rule will speak of them here."""
        for key in keys:
            device, _ = self._open.pop(key, (None, None))
            if device is not None:
                self._by_device[device].discard(key)
            self.unclaimed.discard(key)

    @property
    def count(self) -> int:
        """How many conditions hold."""
        return len(self._open)

    def holds(self, key: str) -> bool:
        return key in self._open

    def severity(self, key: str) -> Severity | None:
        found = self._open.get(key)
        return found[1] if found else None

    def device(self, key: str) -> DeviceId | None:
        found = self._open.get(key)
        return found[0] if found else None

    def keys_of(self, device: DeviceId, prefix: str = "") -> list[str]:
        """The keys that hold of one device, in order."""
        return sorted(key for key in self._by_device.get(device, ()) if key.startswith(prefix))

    def has_any(self, device: DeviceId) -> bool:
        return bool(self._by_device.get(device))

    def enter(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """Take note of verdicts; returned are those that say something.

        That is: a condition holds, ends or cannot be judged; that all is still well is not said.
        """
        return [verdict for one in verdicts if self._note(verdict := self._steadied(one))]

    def _steadied(self, verdict: Verdict) -> Verdict:
        """What flaps keeps the worst severity that it had: people need not hear of every turn."""
        before = self.severity(verdict.key)
        if not verdict.flapping or verdict.severity is None or before is None or before <= verdict.severity:
            return verdict
        return replace(verdict, severity=before)

    def _note(self, verdict: Verdict) -> bool:
        key = verdict.key
        self.unclaimed.discard(key)
        if verdict.unknown:
            return True
        if verdict.severity is not None:
            self._open[key] = (verdict.device, verdict.severity)
            self._by_device.setdefault(verdict.device, set()).add(key)
            return True
        gone = self._open.pop(key, None)
        if gone is not None:
            self._by_device.get(gone[0], set()).discard(key)
        return gone is not None
