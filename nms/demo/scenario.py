"""What happens in the demo, and when: faults and recoveries on a clock of their own, chosen by a seed."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from nms.model import Device, DeviceId, Inventory, Link, Message, Role

Command = Callable[..., Awaitable[object]]
"""`command("cut_link", "wan-tesoreria")`, as `nms.demo.child.SimulatorProcess.command`."""

Noticed = Callable[[Collection[DeviceId]], bool]
"""Whether the monitor has an alert of each of these devices."""

GRACE_SECONDS = 120.0
"""How much longer a fault lasts, on a busy machine, for the monitor to notice it."""
LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens `at` seconds after the beginning; `command` is one of `nms.demo.simulator.control`.

    A recovery waits until what was `hurt` has been noticed.
    """

    at: float
    command: tuple[str, ...]
    says: Message
    hurt: frozenset[DeviceId] = frozenset()
    recovers: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """Steps in the order of their time."""

    steps: Sequence[Step] = field(default_factory=tuple)

    @property
    def duration(self) -> float:
        return self.steps[-1].at if self.steps else 0.0

    async def play(
        self,
        command: Command,
        told: Callable[[Step], Awaitable[None] | None],
        noticed: Noticed = lambda _: True,
        speed: float = 1.0,
    ) -> None:
        """Does each step at its time (divided by `speed`) and tells of it when it is done.

        A step that the simulator refuses ends the play with its FaultError.
        """
        loop = asyncio.get_running_loop()
        start = loop.time()
        for step in self.steps:
            await asyncio.sleep(max(0.0, start + step.at / speed - loop.time()))
            patience = loop.time() + GRACE_SECONDS / speed
            while step.recovers and not noticed(step.hurt) and loop.time() < patience:  # noqa: ASYNC110 (a look at a dict)
                await asyncio.sleep(LOOK_SECONDS / speed)
            await command(*step.command)
            heard = told(step)
            if heard is not None:
                await heard


def day_at_city_hall(inventory: Inventory, seed: int = 1) -> Scenario:
    """Under a minute: a building is cut off, a UPS loses the mains, a printer its toner, a PBX a trunk, a disk fills.

    The building is one with a single link. What the inventory lacks does not happen.
    """
    return Scenario(tuple(sorted(_steps(inventory, Random(seed)), key=lambda step: step.at)))  # noqa: S311


_Pair = tuple[float, float]
_CUT, _MAINS, _TONER, _TRUNK, _DISK = (6.0, 36.0), (10.0, 40.0), (13.0, 43.0), (16.0, 46.0), (19.0, 49.0)
"""When each begins and is made good."""


def _steps(inventory: Inventory, random: Random) -> Iterator[Step]:
    link, cut_off = _lonely_link(inventory, random)
    if link is not None:
        yield from _pair(
            _CUT,
            ("cut_link", link.id),
            Message("The link {link} is cut", {"link": link.name}),
            Message("The link {link} is mended", {"link": link.name}),
            link.id,
            cut_off,
        )
    spared = cut_off
    for moment, role, command, broken, mended in (
        (_MAINS, Role.UPS, ("ups_on_battery",), "{device} loses the mains", "The mains are back at {device}"),
        (_TONER, Role.PRINTER, ("toner_empty",), "{device} runs out of toner", "{device} gets new toner"),
        (_TRUNK, Role.PBX, ("trunk_down",), "{device} loses a trunk", "The trunk of {device} is back"),
        (_DISK, Role.SERVER, ("disk_fill",), "A disk of {device} fills up", "{device} has room again"),
    ):
        device = _any(inventory, role, spared, random)
        if device is None:
            continue
        words = (command[0], device.id, "/var", "0.97") if command == ("disk_fill",) else (*command, device.id)
        params = {"device": device.name}
        yield from _pair(
            moment, words, Message(broken, params), Message(mended, params), device.id, frozenset({device.id})
        )


def _pair(
    moment: _Pair, command: tuple[str, ...], broken: Message, mended: Message, target: str, hurt: frozenset[DeviceId]
) -> Iterator[Step]:
    yield Step(moment[0], command, broken, hurt)
    yield Step(moment[1], ("heal", target), mended, hurt, recovers=True)


def _lonely_link(inventory: Inventory, random: Random) -> tuple[Link | None, frozenset[DeviceId]]:
    """A link that is the only way to what stands behind it, the more behind it the better; and what that is."""
    children: dict[DeviceId, list[DeviceId]] = defaultdict(list)
    for device in inventory.devices.values():
        for parent in device.parents:
            children[parent].append(device.id)
    uplinks = Counter(
        end for link in inventory.links.values() if link.kind != "lan" for end in (link.a_device, link.b_device)
    )
    found: list[tuple[int, Link, frozenset[DeviceId]]] = []
    for link in inventory.links.values():
        near, far = link.b_device, link.a_device
        if link.kind != "lan" and uplinks[far] == 1 and near in inventory.devices[far].parents:
            behind = frozenset(_behind(far, children))
            found.append((len(behind), link, behind))
    if not found:
        return None, frozenset()
    found.sort(key=lambda one: (one[0], one[1].id), reverse=True)
    _, link, behind = random.choice(found[:3])
    return link, behind


def _behind(device_id: DeviceId, children: dict[DeviceId, list[DeviceId]]) -> Iterator[DeviceId]:
    seen: set[DeviceId] = set()
    waiting = [device_id]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            waiting += children[one]


def _any(inventory: Inventory, role: Role, spared: frozenset[DeviceId], random: Random) -> Device | None:
    """One device of a role that the cut does not reach and that the simulator answers for."""
    of_role = [
        device
        for device in inventory.devices.values()
        if device.role is role
        and device.id not in spared
        and any(endpoint.transport == "snmp" for endpoint in device.endpoints)
        and not any(endpoint.transport == "ssh" for endpoint in device.endpoints)  # those are polled at leisure
    ]
    return random.choice(sorted(of_role, key=lambda device: device.id)) if of_role else None
