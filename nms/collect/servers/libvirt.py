"""Hypervisors of libvirt (QEMU/KVM, Xen, LXC): host, guests, storage pools, as `virsh` prints them over SSH.

Every command is run with `--readonly`; libvirt itself then refuses whatever would change something. An account in the
group `libvirt`, or one that polkit lets monitor, is enough. Source: virsh(1) of libvirt 7 to 10.
"""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.parts import part as named
from nms.collect.servers.hypervisor_parts import Site, word
from nms.collect.sheet import sheet
from nms.messages import called
from nms.model import Component, Device, DeviceId, Endpoint, Outcome, Severity, Witness
from nms.text import clean
from nms.transports.errors import Malformed, TransportError
from nms.transports.ssh import SshClient, SshTarget

TRANSPORT = "hypervisor"
USUAL_URI = "qemu:///system"
COMMANDS = {
    "version": "version",
    "node": "nodeinfo",
    "processor": "nodecpustats --percent",
    "memory": "nodememstats",
    "domains": "domstats --state --cpu-total --balloon --vcpu",
    "pools": "pool-list --all --details",
}
_NEEDED = ("version", "node", "domains", "pools")
"""Drivers of some hypervisors have no statistics of the node; these they all have."""
_STATES: Mapping[str, tuple[str, Severity | None]] = {
    "0": ("no state", None),
    "1": ("running", None),
    "2": ("blocked", None),
    "3": ("paused", Severity.WARNING),
    "4": ("shutting down", None),
    "5": ("shut off", None),
    "6": ("crashed", Severity.CRITICAL),
    "7": ("suspended", None),
}
"""virDomainState."""
_SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40, "PiB": 2**50}
_RUNNING = re.compile(r"Running hypervisor: (\S+) (\S+)")
_MOST_GUESTS = 2000

Guest = Mapping[str, str]
_Clock = dict[str, tuple[float, float]]
"""By guest: when it was last seen, and the nanoseconds that its processors had worked then."""


@dataclass(frozen=True, slots=True)
class LibvirtAsker:
    client: SshClient
    resolve: Resolver[SshTarget]
    seconds: float = 20.0
    _clocks: dict[DeviceId, _Clock] = field(default_factory=dict)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        uri = str(endpoint.options.get("uri") or USUAL_URI)
        commands = {name: f"LC_ALL=C virsh -r -q -c {shlex.quote(uri)} {words}" for name, words in COMMANDS.items()}
        try:
            target = self.resolve(device, endpoint)
            outputs, took = await self.client.run(target, tuple(commands.values()), seconds=self.seconds, partly=True)
            told = {name: outputs[line] for name, line in commands.items() if line in outputs}
            problems = _complaints(told)
            if len(problems) == len(_NEEDED):
                raise Malformed(f"{target.host_id}: {problems[0]}")
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        watched = endpoint.options.get("guests")
        site = Site(frozenset(watched) if isinstance(watched, tuple | list) else frozenset())
        understand(site, told, self._clocks.setdefault(device.id, {}), at)
        return Answer(
            Witness(TRANSPORT, Outcome.PARTIAL if problems else Outcome.ANSWERED, at, took, reason="; ".join(problems)),
            sheet(device.id, TRANSPORT, at, site.rows),
            tuple(site.states),
            site.facts,
            problems=tuple(f"{TRANSPORT}: {problem}" for problem in problems),
        )


def _complaints(told: Mapping[str, str]) -> list[str]:
    """What could not be read of the needed parts, in the words of virsh or of the shell."""
    found = []
    for name in _NEEDED:
        text = told.get(name)
        if text is None:
            found.append(f"{name}: no answer in time")
        elif "error:" in text or "command not found" in text:
            found.append(f"{name}: {clean(text.strip().splitlines()[-1], limit=160)}")
    return found


def understand(site: Site, told: Mapping[str, str], clock: _Clock, at: float) -> None:
    """Puts what the outputs say into `site`; `clock` is brought up to date."""
    if running := _RUNNING.search(told.get("version", "")):
        site.facts |= {"vendor": "libvirt", "os": clean(running[1], limit=40), "version": clean(running[2], limit=40)}
    _node(site, told)
    for name, guest in _guests(told.get("domains", "")):
        _guest(site, name, guest, clock, at)
    for line in told.get("pools", "").splitlines():
        _pool(site, re.split(r"\s{2,}", line.strip()))
    site.judge_watched()


def _node(site: Site, told: Mapping[str, str]) -> None:
    part, memory = named("node", called("Host"), "node"), _table(told.get("memory", ""))
    site.measure(part, "processor_used_ratio", _number(_table(told.get("processor", "")).get("usage", "")), 0.01)
    total = _number(memory.get("total", ""))
    spare = [_number(memory.get(name, "")) for name in ("free", "buffers", "cached")]
    if total is not None and spare[0] is not None:
        site.share(part, "memory", (total - sum(one or 0.0 for one in spare)) * 1024, total * 1024)
    else:
        site.measure(part, "memory_size_bytes", _number(_table(told.get("node", "")).get("Memory size", "")), 1024)


def _table(text: str) -> dict[str, str]:
    """Lines `name: value`, where the last word may be a unit."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _number(text: str) -> float | None:
    """The number at the beginning of a value: `41.5%`, `3145728 KiB`; none for `-nan%`."""
    found = re.match(r"-?\d+(?:\.\d+)?", text)
    value = float(found[0]) if found else math.nan
    return value if math.isfinite(value) else None


def _guests(text: str) -> Iterator[tuple[str, Guest]]:
    """Blocks of `domstats`: `Domain: 'name'` and lines `key=value`."""
    blocks = re.split(r"(?m)^Domain: '", text)[1:]
    for block in blocks[:_MOST_GUESTS]:
        name, _, rest = block.partition("'\n")
        pairs = (line.strip().partition("=") for line in rest.splitlines())
        yield clean(name, limit=120), {key: value for key, equals, value in pairs if equals}


def _guest(site: Site, name: str, guest: Guest, clock: _Clock, at: float) -> None:
    text, severity = _STATES.get(guest.get("state.state", ""), ("unknown", None))
    site.guest(name, text in ("running", "blocked"), word(text))
    part = Component("guest", name, name)
    if severity is not None and name not in site.watched:
        site.state(part, "power", word(text), severity)
    if text not in ("running", "blocked"):
        clock.pop(name, None)
        return
    site.measure(part, "memory_size_bytes", _number(guest.get("balloon.current", "")), 1024)
    worked, processors = _number(guest.get("cpu.time", "")), _number(guest.get("vcpu.current", "")) or 1.0
    before = clock.get(name)
    if worked is None:
        return
    if before is not None and at > before[0] and worked >= before[1]:
        share = (worked - before[1]) / 1e9 / (at - before[0]) / processors
        site.measure(part, "processor_used_ratio", min(1.0, share))
    clock[name] = (at, worked)


def _pool(site: Site, fields: list[str]) -> None:
    """Name, state, autostart, persistent, capacity, allocation, available."""
    if len(fields) < 5 or fields[1] not in ("running", "inactive", "building", "degraded", "inaccessible"):
        return
    part = Component("storage", clean(fields[0], limit=120), clean(fields[0], limit=120))
    is_wanted = fields[1] != "running" and fields[2] == "yes"
    site.state(part, "status", word(fields[1]), Severity.WARNING if is_wanted or fields[1] == "degraded" else None)
    if len(fields) >= 7:
        size, available = _size(fields[4]), _size(fields[6])
        site.share(part, "storage", None if None in (size, available) else (size or 0) - (available or 0), size)


def _size(text: str) -> float | None:
    number, _, unit = text.partition(" ")
    value = _number(number)
    return None if value is None or unit not in _SIZES else value * _SIZES[unit]
