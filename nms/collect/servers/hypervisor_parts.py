"""What the documents of hypervisors mean. Pure functions over hostile documents; what is not told stays absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nms.collect.parts import part as named
from nms.collect.servers.redfish_parts import as_number, as_text
from nms.messages import called, spelled, spellings, verbatim
from nms.model import DEVICE_ITSELF, Component, Message, Number, Parameter, Severity, StateReading

MOST = 5000
_BACKUP_WINDOW = 93_600.0
"""A day and two hours: the backup of last night."""
_SEVERAL = 5

UNTOLD = spelled("unknown")
"""What a part says of itself that says nothing."""

Row = Mapping[str, Any]


@dataclass(slots=True)
class Site:
    """What the interface of one hypervisor, or of a cluster of them, gave. `watched`: guests that must run."""

    watched: frozenset[str] = frozenset()
    rows: dict[Component, dict[str, Number]] = field(default_factory=dict)
    states: list[StateReading] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    _guests: dict[str, tuple[bool, Message]] = field(default_factory=dict)

    def measure(self, part: Component, metric: str, value: object, factor: float = 1.0) -> None:
        number = as_number(value)
        if number is not None and number >= 0:
            self.rows.setdefault(part, {})[metric] = number * factor

    def share(self, part: Component, kind: str, used: object, size: object) -> None:
        """`KIND_used_bytes`, `KIND_size_bytes` and their ratio, where both are known."""
        inside, whole = as_number(used), as_number(size)
        if inside is None or whole is None or whole <= 0 or inside < 0:
            return
        row = self.rows.setdefault(part, {})
        row |= {
            f"{kind}_used_bytes": inside,
            f"{kind}_size_bytes": whole,
            f"{kind}_used_ratio": min(1.0, inside / whole),
        }

    def state(self, part: Component, name: str, text: Message, severity: Severity | None) -> None:
        self.states.append(StateReading(part, name, int(severity or 0), text, severity, unknown=text == UNTOLD))

    def guest(self, name: str, runs: bool, text: Message) -> None:
        self._guests[name] = (runs, text)

    def judge_watched(self) -> None:
        """A guest that must run and does not, or is not there, is critical; others may be off."""
        if not self._guests:
            return
        running = sum(runs for runs, _ in self._guests.values())
        self.rows.setdefault(DEVICE_ITSELF, {})["count"] = running
        for name in sorted(self.watched):
            runs, text = self._guests.get(name, (False, Message("not there")))
            self.state(Component("guest", name, name), "power", text, None if runs else Severity.CRITICAL)


_WORDS = spellings(
    "online", "offline", "running", "stopped", "paused", "available", "inactive", "building", "degraded",
    "inaccessible", "no state", "blocked", "shutting down", "shut off", "crashed", "suspended", "connected",
    "disconnected", "not responding", "powered on", "powered off", "standby", "normal", "background", "repairing",
    "migrating", "expanding", "deleting", "creating", "attention", "degrade", "failing", "warning", "critical",
    "system crash", "not use", "sys partition normal", "not initialized", "faulted", "unavail", "removed", "error",
    "restricted", "mixed", "failed", "broken", "reconstructing", "copy", "pending", "maintenance", "unfail", "unknown",
)  # fmt: skip
"""What Proxmox VE, vCenter, libvirt, Synology DSM, TrueNAS and ONTAP say of their parts."""


def word(told: str) -> Message:
    """A word of theirs, which they spell with capitals and underlines; any other as it was told."""
    plain = told.lower().replace("_", " ")
    if not told:
        return UNTOLD
    return spelled(plain) if plain in _WORDS else verbatim(told)


def rows_of(document: object) -> Iterator[Row]:
    for one in document[:MOST] if isinstance(document, list) else ():
        if isinstance(one, Mapping):
            yield one


def proxmox_version(site: Site, document: object) -> None:
    if isinstance(document, Mapping) and (version := as_text(document.get("version"), 40)):
        site.facts |= {"vendor": "Proxmox", "os": "Proxmox VE", "version": version}


def proxmox_resources(site: Site, document: object) -> None:
    """Nodes, guests and storage of a cluster, or of the one node."""
    for one in rows_of(document):
        kind = one.get("type")
        if kind == "node":
            _proxmox_node(site, one)
        elif kind in ("qemu", "lxc") and one.get("template") != 1:
            _proxmox_guest(site, one)
        elif kind == "storage":
            _proxmox_storage(site, one)


def _proxmox_node(site: Site, one: Row) -> None:
    name, status = as_text(one.get("node")), as_text(one.get("status"))
    part = named("node", called("Node {name}", name=name), name)
    severity = None if status == "online" else Severity.CRITICAL if status == "offline" else Severity.WARNING
    site.state(part, "status", word(status), severity)
    if status == "online":
        site.measure(part, "processor_used_ratio", one.get("cpu"))
        site.share(part, "memory", one.get("mem"), one.get("maxmem"))
        site.share(part, "storage", one.get("disk"), one.get("maxdisk"))


def _proxmox_guest(site: Site, one: Row) -> None:
    name = as_text(one.get("name")) or str(one.get("vmid"))
    status = as_text(one.get("status"))
    site.guest(name, status == "running", word(status))
    if status == "running":
        part = Component("guest", name, name)
        site.measure(part, "processor_used_ratio", one.get("cpu"))
        site.measure(part, "memory_used_bytes", one.get("mem"))
        site.measure(part, "memory_size_bytes", one.get("maxmem"))


def _proxmox_storage(site: Site, one: Row) -> None:
    """Shared storage is told by every node, and is one."""
    name = as_text(one.get("storage"))
    key = name if one.get("shared") == 1 else f"{as_text(one.get('node'))} {name}"
    part, status = Component("storage", key, key), as_text(one.get("status"))
    if any(state.component == part for state in site.states):
        return
    site.state(part, "status", word(status), None if status == "available" else Severity.WARNING)
    site.share(part, "storage", one.get("disk"), one.get("maxdisk"))


def proxmox_cluster(site: Site, document: object) -> None:
    for one in rows_of(document):
        if one.get("type") == "cluster":
            is_quorate = one.get("quorate") == 1
            part = named("cluster", called("Cluster"), as_text(one.get("name")) or "cluster")
            quorum = Message("quorate") if is_quorate else spelled("lost")
            site.state(part, "quorum", quorum, None if is_quorate else Severity.CRITICAL)


def proxmox_backups(site: Site, document: object, at: float) -> None:
    """The backups that ended since yesterday."""
    failed, done = [], 0
    for one in rows_of(document):
        ended = as_number(one.get("endtime"))
        if one.get("type") != "vzdump" or ended is None or at - ended > _BACKUP_WINDOW:
            continue
        done += 1
        status = as_text(one.get("status"), 80)
        if status and status != "OK" and not status.startswith("WARNINGS"):
            failed.append(f"{as_text(one.get('node'), 40)}: {status}")
    if done:
        told: dict[str, Parameter] = {"count": done, "failed": "; ".join(failed[:_SEVERAL])}
        fine, not_fine = "{count} backups in the last day", "{count} backups in the last day, failed: {failed}"
        text = Message(not_fine if failed else fine, told)
        part = named("backup", called("Backups"), "vzdump")
        site.state(part, "result", text, Severity.WARNING if failed else None)


def vcenter_hosts(site: Site, document: object) -> None:
    site.facts |= {"vendor": "VMware", "os": "vCenter"}
    for one in rows_of(document):
        name, connection = as_text(one.get("name")), as_text(one.get("connection_state"))
        power = as_text(one.get("power_state"))
        severity = {"CONNECTED": None, "DISCONNECTED": Severity.WARNING}.get(connection, Severity.CRITICAL)
        text = word(connection)
        if power:
            text = Message("{connection}, {power}", {"connection": text, "power": word(power)})
        site.state(named("node", called("Host {name}", name=name), name), "status", text, severity)


def vcenter_guests(site: Site, document: object) -> None:
    for one in rows_of(document):
        name, power = as_text(one.get("name")), as_text(one.get("power_state"))
        site.guest(name, power == "POWERED_ON", word(power))
        size = as_number(one.get("memory_size_MiB", one.get("memory_size_mib")))
        if power == "POWERED_ON" and size:
            site.measure(Component("guest", name, name), "memory_size_bytes", size, 2**20)


def vcenter_datastores(site: Site, document: object) -> None:
    for one in rows_of(document):
        free, size = as_number(one.get("free_space")), as_number(one.get("capacity"))
        name = as_text(one.get("name"))
        if free is not None and size:
            site.share(Component("storage", name, name), "storage", size - free, size)
