"""Linux servers over SSH: load, memory, file systems, software RAID and failed services, from read-only commands.

Sources: proc(5) for /proc/uptime, /proc/loadavg, /proc/meminfo and /proc/mdstat; POSIX `df -P`; os-release(5);
systemctl(1). A command that this machine lacks leaves its part out and names itself in `problems`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nms.collect.answer import Answer, failed
from nms.model import (
    DEVICE_ITSELF,
    Component,
    Device,
    DeviceId,
    Endpoint,
    Number,
    Outcome,
    Reading,
    Severity,
    StateReading,
    Witness,
)
from nms.text import clean
from nms.transports.errors import TransportError
from nms.transports.ssh import SshClient, SshTarget

TRANSPORT = "ssh"
_NOT_STORAGE = frozenset({"tmpfs", "devtmpfs", "squashfs", "proc", "sysfs", "cgroup2", "udev", "efivarfs"})

UPTIME = "cat /proc/uptime"
LOAD = "cat /proc/loadavg"
MEMORY = "cat /proc/meminfo"
STORAGE = "df -P -k"
RAID = "cat /proc/mdstat"
RELEASE = "cat /etc/os-release"
SERVICES = "systemctl list-units --state=failed --no-legend --plain --no-pager"
COMMANDS = (UPTIME, LOAD, MEMORY, STORAGE, RAID, RELEASE, SERVICES)

Resolver = Callable[[Device, Endpoint], SshTarget]


@dataclass(frozen=True, slots=True)
class LinuxAsker:
    """Logs in once a visit. `resolve` turns an endpoint into a target with its credential."""

    client: SshClient
    resolve: Resolver

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            outputs, logged_in = await self.client.run(self.resolve(device, endpoint), COMMANDS)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        return understand(device.id, at, outputs, logged_in)


def understand(device: DeviceId, at: float, outputs: Mapping[str, str], logged_in: float | None = None) -> Answer:
    """What the outputs of `COMMANDS` say."""
    system, problems = _system(outputs)
    readings = [Reading(device, "system", at, (DEVICE_ITSELF,), {name: [value] for name, value in system.items()})]
    storage = _storage(outputs.get(STORAGE, ""))
    if storage:
        components = tuple(Component("storage", mount, mount) for mount in storage)
        columns: dict[str, Sequence[Number | None]] = {
            "storage_used_bytes": [used for used, _ in storage.values()],
            "storage_size_bytes": [size for _, size in storage.values()],
            "storage_used_ratio": [used / size for used, size in storage.values()],
        }
        readings.append(Reading(device, "storage", at, components, columns))
    else:
        problems.append(f"ssh: “{STORAGE}” gave nothing that can be read")
    states = (*_raid(outputs.get(RAID, "")), *_services(outputs.get(SERVICES, "")))
    outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
    witness = Witness(TRANSPORT, outcome, at, round_trip=logged_in, reason="; ".join(problems))
    return Answer(witness, tuple(readings), states, _facts(outputs.get(RELEASE, "")), problems=tuple(problems))


def _system(outputs: Mapping[str, str]) -> tuple[dict[str, Number], list[str]]:
    values: dict[str, Number] = {}
    problems: list[str] = []
    parts = ((UPTIME, "device_uptime_seconds"), (LOAD, "system_load_1m"))
    for command, metric in parts:
        match = re.match(r"\s*(\d+(?:\.\d+)?)\s", outputs.get(command, ""))
        if match:
            values[metric] = float(match[1])
        else:
            problems.append(f"ssh: “{command}” gave nothing that can be read")
    memory = {name: int(kib) * 1024 for name, kib in re.findall(r"(\w+):\s+(\d+) kB", outputs.get(MEMORY, ""))}
    size, free = memory.get("MemTotal"), memory.get("MemAvailable", memory.get("MemFree"))
    if size and free is not None:
        used = max(0, size - free)
        values |= {"memory_size_bytes": size, "memory_used_bytes": used, "memory_used_ratio": used / size}
    else:
        problems.append(f"ssh: “{MEMORY}” gave nothing that can be read")
    return values, problems


def _storage(output: str) -> dict[str, tuple[int, int]]:
    """Mount point -> (used, size) in bytes. Used over size as `df` has it: of what its users can have."""
    found: dict[str, tuple[int, int]] = {}
    for line in output.splitlines():
        match = re.match(r"(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+%\s+(/.*)$", line.strip())
        if not match or match[1] in _NOT_STORAGE:
            continue
        used, available = int(match[3]) * 1024, int(match[4]) * 1024
        if used + available > 0:
            found[clean(match[5], limit=200)] = (used, used + available)
    return found


def _raid(output: str) -> list[StateReading]:
    """One state per md array: [UU] healthy, [U_] degraded."""
    states: list[StateReading] = []
    for name, members in re.findall(r"^(md\w+) : active[^\n]*\n[^\n]*\[([U_]+)\]", output, re.MULTILINE):
        missing = members.count("_")
        severity = Severity.CRITICAL if missing else None
        text = f"{missing} of {len(members)} disks missing" if missing else "healthy"
        states.append(StateReading(Component("raid", name, name), "raid", missing, text, severity))
    return states


def _services(output: str) -> list[StateReading]:
    states: list[StateReading] = []
    for line in output.splitlines():
        words = line.split()
        if len(words) >= 4 and words[0].endswith(".service") and "failed" in words[1:4]:
            name = clean(words[0].removesuffix(".service"), limit=100)
            states.append(StateReading(Component("service", name, name), "service", 0, "failed", Severity.WARNING))
    return states


def _facts(output: str) -> dict[str, str]:
    release = dict(re.findall(r"^(\w+)=\"?([^\"\n]*)\"?$", output, re.MULTILINE))
    facts = {"os": release.get("NAME", ""), "version": release.get("VERSION_ID", "")}
    return {name: clean(value, limit=100) for name, value in facts.items() if value}
