"""Which thresholds speak of a metric of a component: of each severity the nearest one, and there the most exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from nms.model import Component, Device, DeviceId
from nms.rules.policies import Limit, Threshold, Thresholds, own_limit

Families = Callable[[DeviceId], tuple[str, ...]]


@dataclass(slots=True)
class ThresholdBook:
    """All thresholds by metric, those of one device apart. `own`: those that a device or its family states itself."""

    general: Mapping[str, Thresholds]
    of_devices: Mapping[DeviceId, Mapping[str, Thresholds]] = field(default_factory=dict)
    own: dict[tuple[DeviceId, str, str, str], Thresholds] = field(default_factory=dict)
    stated: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, general: Iterable[Threshold], of_devices: Mapping[DeviceId, Thresholds]) -> ThresholdBook:
        return cls(_by_metric(general), {device: _by_metric(those) for device, those in of_devices.items() if those})

    def learn(self, device: DeviceId, limits: Iterable[Limit]) -> None:
        """Take the limits that a device states itself, in place of those it stated before."""
        for key in [key for key in self.own if key[0] == device]:
            del self.own[key]
        for one in limits:
            key = (device, one.component.kind, one.component.key, one.metric)
            self.own[key] = (*self.own.get(key, ()), own_limit(one))
            self.stated.add(one.metric)

    def candidates(self, device: DeviceId, metric: str) -> bool:
        """Whether any threshold may be about this metric of this device."""
        return metric in self.general or metric in self.stated or metric in self.of_devices.get(device, {})

    def choose(self, device: Device, families: tuple[str, ...], metric: str, component: Component) -> Thresholds:
        """The thresholds that speak, silenced ones left out."""
        own = self.own.get((device.id, component.kind, component.key, metric), ())
        reachable = (
            one
            for one in (*self.general.get(metric, ()), *own, *self.of_devices.get(device.id, {}).get(metric, ()))
            if one.applies(component) and one.reach.covers(device, families)
        )
        chosen: dict[tuple[str, int, int], Threshold] = {}
        for one in sorted(reachable, key=_nearness):
            chosen[one.word, one.severity, one.sign if one.limit is not None else 0] = one
            if one.limit is None:
                _silence(chosen, one)
        return tuple(one for one in chosen.values() if one.limit is not None)


def _silence(chosen: dict[tuple[str, int, int], Threshold], by: Threshold) -> None:
    for key in [key for key in chosen if key[:2] == (by.word, by.severity)]:
        del chosen[key]


def _nearness(threshold: Threshold) -> tuple[int, int]:
    exact = sum(character not in "*?[]" for character in threshold.component)
    return (threshold.reach.nearness, exact)


def _by_metric(thresholds: Iterable[Threshold]) -> dict[str, Thresholds]:
    found: dict[str, Thresholds] = {}
    for one in thresholds:
        found[one.metric] = (*found.get(one.metric, ()), one)
    return found
