"""The state of a department from the states of its equipment.

A department is served through the access routers of its buildings: it is down when none of them is up, degraded
when some of what it needs is not up, and unknown when the monitor cannot tell. A router that cannot be asked because
every link to it is down serves nobody: of that much the monitor is sure. Equipment that serves only itself
(computers, printers, telephones) never takes a department down or degrades it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nms.model import DeviceId, Inventory, Role, State

PATH_ROLES = (Role.ROUTER, Role.FIREWALL, Role.SWITCH, Role.SERVER)
"""What a department is reached through: the first of these roles that it has."""

NEEDED_ROLES = frozenset(
    {Role.ROUTER, Role.FIREWALL, Role.SWITCH, Role.PBX, Role.GATEWAY, Role.UPS, Role.SERVER, Role.STORAGE}
    | {Role.HYPERVISOR, Role.APPLICATION}
)


@dataclass(frozen=True, slots=True)
class DepartmentNeeds:
    """What one department is judged by: any one of `path` serves it, all of `needed` serve it fully."""

    path: tuple[DeviceId, ...]
    needed: tuple[DeviceId, ...]
    links: Mapping[DeviceId, tuple[str, ...]] = field(default_factory=dict)
    """The links that lead to each device of the path."""


def needs(inventory: Inventory) -> dict[str, DepartmentNeeds]:
    """By department; one without polled equipment of these roles is left out (there is nothing to judge)."""
    by_department: defaultdict[str, defaultdict[Role, list[DeviceId]]] = defaultdict(lambda: defaultdict(list))
    for device in inventory.devices.values():
        if device.endpoints:
            by_department[device.department][device.role].append(device.id)
    found: dict[str, DepartmentNeeds] = {}
    for department, roles in by_department.items():
        path = next((tuple(roles[role]) for role in PATH_ROLES if roles.get(role)), ())
        needed = tuple(device for role, devices in roles.items() if role in NEEDED_ROLES for device in devices)
        if path or needed:
            found[department] = DepartmentNeeds(path or needed, needed, _links_to(inventory, path or needed))
    return found


def _links_to(inventory: Inventory, devices: Iterable[DeviceId]) -> dict[DeviceId, tuple[str, ...]]:
    found: dict[DeviceId, tuple[str, ...]] = {}
    for device in devices:
        parents = set(inventory.devices[device].parents)
        ends = ((link.id, {link.a_device, link.b_device}) for link in inventory.links.values())
        found[device] = tuple(name for name, both in ends if device in both and both & parents)
    return found


def department_states(
    wanted: Mapping[str, DepartmentNeeds],
    devices: Mapping[DeviceId, State],
    links: Mapping[str, State] | None = None,
) -> dict[str, State]:
    return {department: _state(need, devices, links or {}) for department, need in wanted.items()}


def _state(need: DepartmentNeeds, devices: Mapping[DeviceId, State], links: Mapping[str, State]) -> State:
    path = [_served(need, device, devices, links) for device in need.path]
    best = _best(path)
    if best not in (State.UP, State.DEGRADED):
        return best
    everything = [devices.get(device, State.UNKNOWN) for device in need.needed]
    if best is State.DEGRADED or State.DOWN in everything or State.DEGRADED in everything or State.DOWN in path:
        return State.DEGRADED
    return State.UP


def _served(
    need: DepartmentNeeds, device: DeviceId, devices: Mapping[DeviceId, State], links: Mapping[str, State]
) -> State:
    state = devices.get(device, State.UNKNOWN)
    ways = [links.get(way) for way in need.links.get(device, ())]
    if state is not State.UNKNOWN or not ways or not all(way in _CLOSED for way in ways):
        return state
    return State.MAINTENANCE if State.MAINTENANCE in ways else State.DOWN


_CLOSED = (State.DOWN, State.MAINTENANCE)
_ORDER = (State.UP, State.DEGRADED, State.MAINTENANCE, State.UNKNOWN, State.DOWN)


def _best(states: Iterable[State]) -> State:
    """Redundant things together: one that is up is enough; down only when every one is known to be down."""
    return min(states, key=_ORDER.index)
