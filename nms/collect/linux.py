"""What the outputs of read-only commands say of a Linux server: pure readers, one for each command.

Sources: proc(5) for /proc/uptime, /proc/loadavg, /proc/meminfo, /proc/stat and /proc/mdstat (md(4)); POSIX `df -P`;
os-release(5); systemctl(1); zpool-list(8); apt-get(8) `--simulate`; dnf(8) `check-update`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nms.collect.parts import part
from nms.messages import called, spelled, spellings
from nms.model import Component, Message, Number, Parameter, Severity, StateReading
from nms.text import clean

_NOT_STORAGE = frozenset({"tmpfs", "devtmpfs", "squashfs", "proc", "sysfs", "cgroup2", "udev", "efivarfs", "overlay"})
_NUMBER = r"(\d{1,18}(?:\.\d{1,9})?)"

UPTIME = "cat /proc/uptime"
LOAD = "cat /proc/loadavg"
MEMORY = "cat /proc/meminfo"
PROCESSOR = "cat /proc/stat"
STORAGE = "df -P -k"
INODES = "df -P -i"
RAID = "cat /proc/mdstat"
POOLS = "zpool list -H -p -o name,size,alloc,health"
RELEASE = "cat /etc/os-release"
SERVICES = "systemctl list-units --state=failed --no-legend --plain --no-pager"
REBOOT = "ls /run/reboot-required"
COMMANDS = (UPTIME, LOAD, MEMORY, PROCESSOR, RAID, RELEASE, REBOOT, SERVICES, STORAGE, INODES, POOLS)
"""Those that a dead disk can hold up come last."""

UPDATES: Mapping[str, str] = {
    "debian": "apt-get --simulate -o Debug::NoLocking=true upgrade",
    "rhel": "dnf --quiet --cacheonly check-update",
}
"""How each sort of distribution tells which updates wait, from what it knows already: nothing is fetched or changed."""

_SECURITY = "-- of these for security:"
_WRITTEN_OUT = {
    # Of a network file system that does not answer df never returns; BusyBox has no --local.
    STORAGE: "df -P -k -l || df -P -k",
    INODES: "df -P -i -l || df -P -i",
    UPDATES["rhel"]: (
        "dnf=dnf; command -v dnf >/dev/null || dnf=yum; $dnf -q -C check-update; code=$?; "
        f'found=$($dnf -q -C check-update --security); case $? in 0|100) echo "{_SECURITY}"; echo "$found";; esac; '
        "exit $code"
    ),
}
_GOOD: Mapping[str, tuple[int, ...]] = {SERVICES: (0,), UPDATES["debian"]: (0,), UPDATES["rhel"]: (0, 100)}
"""The statuses with which a command ends that has really answered, where its silence would be read as “none”."""


def written(command: str) -> str:
    """A command as the shell gets it."""
    return _WRITTEN_OUT.get(command, command)


def has_answered(command: str, status: int) -> bool:
    return status in _GOOD.get(command, (status,))


def distribution(output: str) -> str:
    """A key of `UPDATES`, by os-release; empty for another sort."""
    said = release(output)
    words = {said.get("ID", ""), *said.get("ID_LIKE", "").split()}
    return "debian" if words & {"debian", "ubuntu"} else "rhel" if words & {"rhel", "fedora", "centos"} else ""


def release(output: str) -> dict[str, str]:
    return {name: clean(value, limit=100) for name, value in re.findall(r"^(\w+)=\"?([^\"\n]*)\"?$", output, re.M)}


def facts(output: str) -> dict[str, str]:
    said = release(output)
    found = {"os": said.get("NAME", ""), "version": said.get("VERSION_ID", "")}
    return {name: value for name, value in found.items() if value}


def first_number(output: str) -> float | None:
    found = re.match(rf"\s*{_NUMBER}\s", output)
    return float(found[1]) if found else None


def memory(output: str) -> dict[str, tuple[int, int]]:
    """`memory` and `swap`: (used, size) in bytes, of those that the machine has."""
    kib = {name: int(value) * 1024 for name, value in re.findall(r"^(\w+):\s+(\d{1,15}) kB", output, re.M)}
    found = {}
    size, free = kib.get("MemTotal"), kib.get("MemAvailable", kib.get("MemFree"))
    if size and free is not None:
        found["memory"] = (max(0, size - free), size)
    swap, unused = kib.get("SwapTotal"), kib.get("SwapFree")
    if swap and unused is not None:
        found["swap"] = (max(0, swap - unused), swap)
    return found


@dataclass(frozen=True, slots=True)
class Ticks:
    """Time of all processors since the start, in ticks: at work, and altogether."""

    busy: int
    total: int


def ticks(output: str) -> Ticks | None:
    found = re.search(r"^cpu\s+((?:\d{1,18}\s+){3,}\d{1,18})", output, re.M)
    if found is None:
        return None
    user, nice, system, idle, *rest = [int(word) for word in found[1].split()][:8]
    waiting = rest[0] if rest else 0
    total = user + nice + system + idle + sum(rest)
    return Ticks(total - idle - waiting, total)


def used_since(before: Ticks | None, now: Ticks | None) -> float | None:
    """Share of the time between two visits that processors worked; None after a restart."""
    if before is None or now is None or now.total <= before.total or now.busy < before.busy:
        return None
    return min(1.0, (now.busy - before.busy) / (now.total - before.total))


def storage(output: str) -> dict[str, tuple[int, int]]:
    """Mount point -> (used, size) in bytes. Used over size as `df` has it: of what its users can have."""
    return {mount: (used * 1024, (used + free) * 1024) for mount, used, free in _mounts(output) if used + free > 0}


def inodes(output: str) -> dict[str, tuple[int, int]]:
    """Mount point -> (used, size); file systems that count no inodes are left out."""
    return {mount: (used, used + free) for mount, used, free in _mounts(output) if used + free > 0}


def _mounts(output: str) -> Iterator[tuple[str, int, int]]:
    for line in output.splitlines():
        found = re.match(r"(\S+)\s+(\d{1,18})\s+(\d{1,18})\s+(\d{1,18})\s+\d+%\s+(/.*)$", line.strip())
        if found and found[1] not in _NOT_STORAGE:
            yield clean(found[5], limit=200), int(found[3]), int(found[4])


def raid(output: str) -> list[StateReading]:
    """One state for each md array: inactive, degraded, rebuilding or healthy."""
    blocks = re.split(r"^(?=md\w+ : )", output, flags=re.M)
    return [state for block in blocks if (state := _array(block)) is not None]


def _array(block: str) -> StateReading | None:
    head = re.match(r"(md\w+) : (active|inactive)", block)
    if head is None:
        return None
    members = re.search(r"\[([U_]+)\]", block)
    missing = members[1].count("_") if members else 0
    moving = re.search(r"(recovery|resync|reshape)\s*=\s*(\d{1,3})(?:\.\d+)?%", block)
    severity: Severity | None = None
    text = Message("healthy")
    if head[2] == "inactive":
        severity, text = Severity.CRITICAL, spelled("inactive")
    elif missing and moving:
        severity, text = Severity.WARNING, Message("rebuilding, {percent} %", {"percent": moving[2]})
    elif missing:
        counted: dict[str, Parameter] = {"missing": missing, "size": len(members[1]) if members else missing}
        severity, text = Severity.CRITICAL, Message("{missing} of {size} disks missing", counted)
    elif moving and moving[1] != "resync":
        told: dict[str, Parameter] = {"work": spelled(moving[1]), "percent": moving[2]}
        severity, text = Severity.WARNING, Message("{work}, {percent} %", told)
    return StateReading(Component("raid", head[1], head[1]), "raid", missing, text, severity)


_POOL_HEALTH = {"online": None, "degraded": Severity.CRITICAL, "faulted": Severity.CRITICAL,
                "unavail": Severity.CRITICAL, "removed": Severity.CRITICAL, "offline": Severity.WARNING,
                "suspended": Severity.CRITICAL}  # fmt: skip
_WORDS = spellings("online", "degraded", "faulted", "unavail", "removed", "offline", "suspended",
                   "recovery", "resync", "reshape")  # fmt: skip
"""Of ZFS pools, and what an md array is about."""


def pools(output: str) -> tuple[dict[str, tuple[int, int]], list[StateReading]]:
    """ZFS pools: name -> (used, size) in bytes, and their health."""
    sizes: dict[str, tuple[int, int]] = {}
    states: list[StateReading] = []
    for line in output.splitlines():
        found = re.fullmatch(r"([A-Za-z][\w.:-]*)\t(\d{1,18}|-)\t(\d{1,18}|-)\t([A-Z]+)", line.strip())
        if found is None:
            continue
        name, size, used, health = found.groups()
        if size != "-" and used != "-" and 0 < int(size) >= int(used):
            sizes[name] = (int(used), int(size))
        word = health.lower()
        known = word in _POOL_HEALTH
        number = list(_POOL_HEALTH).index(word) if known else -1
        component = Component("raid", f"zpool {name}", f"zpool {name}")
        states.append(
            StateReading(component, "zpool", number, spelled(word), _POOL_HEALTH.get(word), unknown=not known)
        )
    return sizes, states


def services(output: str) -> list[StateReading]:
    """The units of systemd that failed."""
    states: list[StateReading] = []
    for line in output.splitlines():
        words = line.split()
        if len(words) >= 4 and "." in words[0] and "failed" in words[1:4]:
            name = clean(words[0].removesuffix(".service"), limit=100)
            states.append(
                StateReading(Component("service", name, name), "service", 0, spelled("failed"), Severity.WARNING)
            )
    return states


def tells_of_services(output: str) -> bool:
    """Whether systemd answered: an empty list is an answer, a shell that does not know it is not."""
    return not re.search(r"not found|not been booted|Failed to connect|No such file", output)


def reboot(output: str) -> list[StateReading]:
    """Whether updates wait for a restart (Debian and Ubuntu leave a mark)."""
    if output.strip() != "/run/reboot-required":
        return []
    return [StateReading(part("device", called("Restart"), "reboot"), "reboot", 1, Message("required"), Severity.INFO)]


def updates(sort: str, output: str) -> dict[str, Number]:
    """How many packages wait: `all`, and `security` where the tool says which; empty when it did not answer."""
    if sort == "debian":
        if not re.search(r"^\d+ (?:upgraded|actualizados)|^Inst |newly installed", output, re.M):
            return {}
        lines = [line for line in output.splitlines() if line.startswith("Inst ")]
        return {"all": len(lines), "security": sum("security" in line.lower() for line in lines)}
    if re.search(r"not found|^Error|Cache-only enabled but no cache", output, re.M):
        return {}
    everything, told, security = output.partition(_SECURITY)
    found: dict[str, Number] = {"all": _packages(everything)}
    return {**found, "security": _packages(security)} if told else found


def _packages(output: str) -> int:
    waiting = re.split(r"^Obsoleting Packages", output, flags=re.M)[0]
    return len(re.findall(r"^[\w.+-]+\.(?:noarch|x86_64|i686|aarch64|ppc64le|s390x)\s+\S+\s+\S+\s*$", waiting, re.M))
