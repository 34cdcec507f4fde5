"""A fleet that answers, falls silent and comes back as a test says, judged as the daemon judges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nms.model import (
    Component,
    Device,
    DeviceId,
    Endpoint,
    Inventory,
    Link,
    Neighbour,
    Outcome,
    Poll,
    Reading,
    Role,
    Severity,
    State,
    StateReading,
    Verdict,
    Witness,
)
from nms.rules.judge import Judge, Judgement
from nms.rules.policies import Policies

START = 1_790_000_000.0


def device(name: str, *parents: str, role: Role = Role.SWITCH, fed_by: Sequence[str] = (), **more) -> Device:
    return Device(
        DeviceId(name),
        name,
        role,
        "192.0.2.1",
        "site",
        more.pop("department", "dept"),
        endpoints=(Endpoint("snmp", "192.0.2.1"),),
        parents=tuple(map(DeviceId, parents)),
        powered_by=tuple(map(DeviceId, fed_by)),
        **more,
    )


def inventory(devices: Iterable[Device], links: Iterable[Link] = ()) -> Inventory:
    return Inventory("Test", {}, {}, {one.id: one for one in devices}, {one.id: one for one in links})


def link(name: str, a: str, b: str, group: str = "") -> Link:
    (a_device, a_interface), (b_device, b_interface) = a.split(" "), b.split(" ")
    return Link(name, name, DeviceId(a_device), a_interface, DeviceId(b_device), b_interface, group=group)


def port(name: str) -> Component:
    return Component("interface", name, name)


@dataclass
class Fleet:
    """`silent` devices do not answer; `ports` are operational states; `states` what devices report of themselves."""

    judge: Judge
    now: float = START
    silent: set[str] = field(default_factory=set)
    mute: dict[str, Outcome] = field(default_factory=dict)
    ports: dict[tuple[str, str], int] = field(default_factory=dict)
    states: dict[str, tuple[StateReading, ...]] = field(default_factory=dict)
    neighbours: dict[str, tuple[Neighbour, ...]] = field(default_factory=dict)
    said: dict[str, Verdict] = field(default_factory=dict)
    history: list[Verdict] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    """Keys of which the last verdict was that they cannot be judged now."""
    device_states: dict[str, State] = field(default_factory=dict)
    link_states: dict[str, State] = field(default_factory=dict)

    @classmethod
    def of(cls, devices: Iterable[Device], links: Iterable[Link] = (), policies: Policies | None = None) -> Fleet:
        city = inventory(devices, links)
        fleet = cls(Judge(city, policies))
        for one in city.links.values():
            fleet.ports[one.a_device, one.a_interface] = 1
            fleet.ports[one.b_device, one.b_interface] = 1
        return fleet

    def poll(self, name: str) -> Poll:
        at, which = self.now, DeviceId(name)
        if name in self.silent:
            witnesses = (Witness("icmp", Outcome.SILENT, at), Witness("snmp", Outcome.SILENT, at, reason="no answer"))
            return Poll(which, at, 5.0, witnesses)
        snmp = Witness("snmp", self.mute.get(name, Outcome.ANSWERED), at, round_trip=0.002)
        witnesses = (Witness("icmp", Outcome.ANSWERED, at, round_trip=0.001), snmp)
        return Poll(
            which, at, 0.1, witnesses, self._readings(name), self.states.get(name, ()),
            neighbours=self.neighbours.get(name, ()),
        )  # fmt: skip

    def _readings(self, name: str) -> tuple[Reading, ...]:
        own = {interface: oper for (owner, interface), oper in self.ports.items() if owner == name}
        if not own:
            return ()
        columns = {
            "interface_oper_status": [2 if oper == 0 else oper for oper in own.values()],
            "interface_admin_status": [2 if oper == 0 else 1 for oper in own.values()],
        }
        return (Reading(DeviceId(name), "ifTable", self.now, tuple(port(one) for one in own), columns),)

    def round(self, *order: str, interval: float = 60.0) -> Fleet:
        """Poll the devices one after the other, each judged by itself, and let the interval pass."""
        begun, order = self.now, order or tuple(self.judge.inventory.devices)
        pause = interval / (len(order) + 1)
        for name in order:
            self.take(self.judge.judge([self.poll(name)], self.now))
            self.now += pause
        self.now = max(self.now, begun + interval)
        self.take(self.judge.tick(self.now))
        return self

    def rounds(self, count: int, *order: str) -> Fleet:
        for _ in range(count):
            self.round(*order)
        return self

    def take(self, judgement: Judgement) -> None:
        self.history += judgement.verdicts
        for verdict in judgement.verdicts:
            self.doubtful.add(verdict.key)
            if not verdict.unknown:
                self.said[verdict.key] = verdict
                self.doubtful.discard(verdict.key)
        self.device_states |= judgement.device_states
        self.link_states |= judgement.link_states

    @property
    def open(self) -> dict[str, Severity]:
        """What an alert list would show: keys that hold, with their severity."""
        return {key: one.severity for key, one in sorted(self.said.items()) if one.severity is not None}

    @property
    def roots(self) -> list[str]:
        return [key for key in self.open if self.said[key].because_of is None]

    @property
    def causes(self) -> dict[str, str | None]:
        return {key: self.said[key].because_of for key in self.open}
