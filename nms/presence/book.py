"""From the sights that polls bring to stays and names in the records: “where is this address, and where was it”.

A stay is one row however long it lasts: nights and weekends without a sight do not end it, so that the records tell
where a machine is and not when somebody works. It ends when the address is seen elsewhere, or after `gap`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.model import Device, DeviceId, Inventory, Poll, Sight, Sighting
from nms.presence.macs import is_local, is_virtual
from nms.presence.places import FORWARDERS, Map, Nearness
from nms.presence.sights import Best, Sights
from nms.store.records import Records
from nms.store.stays import Binding, Stay, StayStore

HOUR, DAY = 3600.0, 86_400.0
SETTLE_SECONDS = 720.0
"""A place that is not exact is believed only after so long: the switch that knows better may not have been asked, or
what stands at the other end of the interface not been told."""
PATIENCE_SECONDS = HOUR
"""So long a place that is less exact does not replace a better one."""
WRITE_SECONDS = 60.0
STEP_SECONDS = 600.0
"""The last sight of a stay is written anew when it moved by so much; in memory it is exact."""
MOST_OF_ONE = 200
_SLOW_SIGHTS = {Sight.LEASE: DAY, Sight.REGISTRATION: DAY}

Bound = tuple[str, str, str]
"""MAC, kind, value."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds. `keep`: rows not seen for so long are forgotten, those of `keep_passing` of addresses that machines make
    up for themselves and that are nobody's in the inventory. `gap`: see the module."""

    keep: float = 90 * DAY
    keep_passing: float = 7 * DAY
    gap: float = 14 * DAY
    most_stations: int = 8


@dataclass(slots=True)
class PresenceBook:
    """One writer: the thread that digests polls. Readers take `stays` and `bindings` as they are."""

    inventory: Inventory
    store: StayStore
    policy: Policy = Policy()
    stays: dict[str, Stay] = field(default_factory=dict)
    bindings: dict[Bound, Binding] = field(default_factory=dict)
    sights: Sights = field(init=False)
    map: Map = field(init=False)
    _written: dict[str | Bound, float] = field(default_factory=dict)
    _wrote_at: float = 0.0
    _unwritten: dict[str | Bound, Stay | Binding] = field(default_factory=dict)
    _ended: list[Stay] = field(default_factory=list)
    _addresses: dict[str, Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.map = Map(self.inventory, self.policy.most_stations)
        self.sights = Sights(self.map)
        self._addresses = {device.address: device for device in self.inventory.devices.values() if device.address}

    @classmethod
    def open(cls, inventory: Inventory, records: Records, policy: Policy, now: float) -> PresenceBook:
        """With what was last written. Raises: RecordsError."""
        book = cls(inventory, StayStore(records), policy)
        stays, bindings = book.store.present(now - policy.keep)
        book._remember([*stays, *bindings])
        return book

    def take(self, poll: Poll) -> None:
        """Takes in what one poll saw. What it did not read this time is left as it was."""
        if poll.neighbours:
            self.map.neighbours(poll.device, poll.neighbours)
        forwarded = [one for one in poll.sightings if one.sight is Sight.FORWARDING]
        if forwarded:
            self.map.table(poll.device, _by_interface(forwarded))
        device = self.inventory.devices.get(poll.device)
        for one in poll.sightings:
            at = min(one.at, poll.at) if one.at is not None else poll.at
            self._name(poll.device, one, at)
            if _is_place(one, device):
                self.sights.saw(poll.device, one, at)
        for mac in {one.mac for one in poll.sightings}:
            self._settle(mac, poll.at)

    def flush(self, now: float, *, all_of_it: bool = False) -> int:
        """Writes what changed, once a minute or so; returns how many rows. Raises: RecordsError, and keeps them."""
        if not all_of_it and 0 <= now - self._wrote_at < WRITE_SECONDS:
            return 0
        self._wrote_at = now
        self.sights.forget(now)
        stays = [*self._ended, *(one for one in self._unwritten.values() if isinstance(one, Stay))]
        bound = [one for one in self._unwritten.values() if isinstance(one, Binding)]
        if not stays and not bound:
            return 0
        written = self.store.write(stays, bound)
        self._unwritten, self._ended = {}, []
        self._remember(written)
        return len(written)

    def expire(self, now: float) -> int:
        """Forgets what is too old, in memory and on disk. Raises: RecordsError."""
        policy = self.policy
        known = {device.mac for device in self.inventory.devices.values() if device.mac} | self._inventoried()
        macs = {*self.stays, *(mac for mac, _, _ in list(self.bindings))}
        passing = {mac for mac in macs if is_local(mac) and mac not in known}
        gone = self.store.expire(now - policy.keep, passing, now - policy.keep_passing, MOST_OF_ONE)

        def kept(mac: str, last: float) -> bool:
            return now - last <= (policy.keep_passing if mac in passing else policy.keep)

        self.stays = {mac: stay for mac, stay in list(self.stays.items()) if kept(mac, stay.last_seen)}
        self.bindings = {key: one for key, one in list(self.bindings.items()) if kept(one.mac, one.last_seen)}
        return gone

    def history(self, macs: Sequence[str], limit: int) -> tuple[list[Stay], list[Binding]]:
        """Stays and bindings of some addresses, newest first, as disk and memory have them. Raises: RecordsError."""
        if not macs:
            return [], []
        here = {mac: self.stays[mac] for mac in macs if mac in self.stays}
        stays = [one for one in self.store.stays_of(macs, limit) if one.first_seen != _began(here.get(one.mac))]
        wanted = set(macs)
        bound = {key: one for key, one in self.bindings.copy().items() if one.mac in wanted}
        older = [one for one in self.store.bindings_of(macs, limit) if (one.mac, one.kind, one.value) not in bound]
        return (
            sorted([*here.values(), *stays], key=lambda one: -one.last_seen)[:limit],
            sorted([*bound.values(), *older], key=lambda one: -one.last_seen)[:limit],
        )

    def _inventoried(self) -> set[str]:
        return {mac for mac, kind, value in list(self.bindings) if kind == "address" and value in self._addresses}

    def _name(self, device: DeviceId, one: Sighting, at: float) -> None:
        """Keeps the IP address and the name that a sight tells of."""
        for kind, value in (("address", one.address), ("name", one.name)):
            if not value:
                continue
            key = (one.mac, kind, value)
            known = self.bindings.get(key)
            if known is None or at - known.last_seen > self.policy.gap:
                made = Binding(one.mac, kind, value, one.sight, device, at, at)
            else:
                made = replace(known, last_seen=max(at, known.last_seen))
            self._keep(key, made)
            owner = self._addresses.get(value) if kind == "address" else None
            if owner is not None and owner.role in FORWARDERS:
                self.map.forwards(one.mac)

    def _settle(self, mac: str, now: float) -> None:
        """Decides where an address stands, and continues or begins its stay."""
        best = self.sights.best(mac, now)
        if best is None or is_virtual(mac):
            return
        stay, (device, port) = self.stays.get(mac), best.port
        same = stay is not None and (stay.device, stay.port) == (device, port)
        if stay is not None and same and best.run.last - stay.last_seen <= self.policy.gap:
            self._keep(mac, replace(stay, last_seen=max(stay.last_seen, best.run.last)))
        elif self._believes(best, stay, now):
            began = max(best.run.began, stay.last_seen) if stay and not same else best.run.began
            began = min(began, best.run.last)
            run = best.run
            self._keep(mac, Stay(mac, device, port, run.vlan, best.nearness, run.sight, began, run.last))

    def _believes(self, best: Best, stay: Stay | None, now: float) -> bool:
        exact = best.nearness < Nearness.SHARED and (
            best.run.sight is not Sight.FORWARDING or self.map.knows_neighbours(best.port[0])
        )
        if not exact and now - best.run.began < SETTLE_SECONDS:
            return False
        worse = stay is not None and best.nearness > stay.nearness
        return not (worse and stay is not None and now - stay.last_seen < PATIENCE_SECONDS)

    def _keep(self, key: str | Bound, one: Stay | Binding) -> None:
        """In memory at once; to be written when it is new or its last sight has moved far enough."""
        if isinstance(one, Stay):
            before = self.stays.get(one.mac)
            if before is not None and not one.id and before.first_seen != one.first_seen:
                self._ended.append(before)
            self.stays[one.mac] = one
        else:
            self.bindings[(one.mac, one.kind, one.value)] = one
        if not one.id or one.last_seen - self._written.get(key, 0.0) >= STEP_SECONDS:
            self._unwritten[key] = one

    def _remember(self, rows: Iterable[Stay | Binding]) -> None:
        """What is on disk, with its numbers; a stay that ended is not the present one of its address."""
        for one in rows:
            if isinstance(one, Binding):
                bound = (one.mac, one.kind, one.value)
                self.bindings[bound], self._written[bound] = one, one.last_seen
            elif (here := self.stays.get(one.mac)) is None or here.first_seen == one.first_seen:
                self.stays[one.mac], self._written[one.mac] = one, one.last_seen


def _began(stay: Stay | None) -> float | None:
    return stay.first_seen if stay else None


def _by_interface(sightings: Iterable[Sighting]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in sightings:
        found.setdefault(one.interface, set()).add(one.mac)
    return found


def _is_place(one: Sighting, device: Device | None) -> bool:
    """Whether a sight says where the address is: an interface, and of ARP only what routers know."""
    if not one.interface or one.sight in _SLOW_SIGHTS:
        return False
    if one.sight is Sight.ARP:
        return device is not None and device.role in FORWARDERS
    return True
