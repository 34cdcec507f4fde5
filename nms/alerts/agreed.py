"""Which devices, links and departments are in agreed maintenance now: what the history of states calls maintenance.

That it was agreed beforehand is written down while it lasts, so that no later change of the plan changes the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from nms.alerts.changes import Matchers, PlannedWindow
from nms.alerts.matchers import matches
from nms.model import Device, DeviceId, Inventory, Link, State

_OF_DEPARTMENTS = frozenset({"department"})
_SERVING = (State.UP, State.DEGRADED)


def is_about(matchers: Matchers, device: Device) -> bool:
    """Whether work is about a whole device. What names a rule, a part or a severity is about some alerts only."""
    return matches(matchers, labels_of_device(device))


def labels_of_device(device: Device) -> dict[str, tuple[str, ...]]:
    return {
        "device": (device.id,),
        "department": (device.department,),
        "site": (device.site,),
        "role": (device.role.value,),
        "family": device.families,
        "tag": device.tags,
        "key": (f"device-down/{device.id}",),
    }


def _is_about_link(matchers: Matchers, link: Link, ends: Iterable[Device]) -> bool:
    """A link is worked on by its own key, or where one of its ends is."""
    return matches(matchers, {"key": (f"link-down/{link.id}",)}) or any(is_about(matchers, end) for end in ends)


@dataclass(slots=True)
class Agreed:
    """What the open windows cover; worked out anew when other windows are open or the paths have changed."""

    inventory: Inventory
    devices: frozenset[DeviceId] = frozenset()
    behind: frozenset[DeviceId] = frozenset()
    """What is reached only through devices in maintenance."""
    links: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    _known: tuple[object, object] = field(default=((), None))

    def update(self, windows: Sequence[PlannedWindow], parents: Mapping[DeviceId, Sequence[DeviceId]]) -> None:
        """`parents`: what each device is reached through at present."""
        asked = (tuple((one.id, tuple(one.matchers.items())) for one in windows), parents)
        if asked[0] == self._known[0] and (not windows or parents is self._known[1]):
            return
        self._known = asked
        self.cover([one.matchers for one in windows], parents)

    def cover(self, city: Sequence[Matchers], parents: Mapping[DeviceId, Sequence[DeviceId]]) -> None:
        """What work of these matchers is about."""
        devices = self.inventory.devices
        self.devices = frozenset(name for name, one in devices.items() if any(is_about(m, one) for m in city))
        self.links = frozenset(
            link.id
            for link in self.inventory.links.values()
            if any(_is_about_link(m, link, _ends(self.inventory, link)) for m in city)
        )
        self.departments = frozenset(
            name
            for name in self.inventory.departments
            for m in city
            if m.keys() <= _OF_DEPARTMENTS and matches(m, {"department": (name,)})
        )
        self.behind = _behind(self.devices, parents) if city else frozenset()

    def over_devices(self, seen: Mapping[DeviceId, State]) -> Mapping[DeviceId, State]:
        """The states to be kept: agreed time is maintenance whatever was seen; behind it, what cannot be seen is."""
        if not self.devices:
            return seen
        return {
            name: State.MAINTENANCE
            if name in self.devices or (name in self.behind and state is State.UNKNOWN)
            else state
            for name, state in seen.items()
        }

    def over_links(self, seen: Mapping[str, State]) -> Mapping[str, State]:
        return _over(seen, self.links)

    def over_departments(self, seen: Mapping[str, State]) -> Mapping[str, State]:
        return _over(seen, self.departments)


Name = TypeVar("Name", bound=str)


def serving(kept: Mapping[Name, State], seen: Mapping[Name, State]) -> Mapping[Name, State]:
    """The parts of a department: one that serves although it is worked on takes nothing away."""
    if kept is seen:
        return seen
    return {name: seen[name] if seen[name] in _SERVING else state for name, state in kept.items()}


def _over(seen: Mapping[str, State], agreed: frozenset[str]) -> Mapping[str, State]:
    return {name: State.MAINTENANCE if name in agreed else state for name, state in seen.items()} if agreed else seen


def _ends(inventory: Inventory, link: Link) -> list[Device]:
    found = (inventory.devices.get(link.a_device), inventory.devices.get(link.b_device))
    return [device for device in found if device is not None]


def _behind(agreed: frozenset[DeviceId], parents: Mapping[DeviceId, Sequence[DeviceId]]) -> frozenset[DeviceId]:
    """The devices all of whose ways lead through agreed work, over any number of steps."""
    found: set[DeviceId] = set(agreed)
    grown = True
    while grown:
        more = {name for name, above in parents.items() if above and name not in found and found.issuperset(above)}
        grown = bool(more)
        found |= more
    return frozenset(found - agreed)
