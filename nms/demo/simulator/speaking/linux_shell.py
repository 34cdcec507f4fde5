"""The commands by which the monitor reads a Linux server, over the same conditions as its SNMP agent."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from nms.collect import linux
from nms.demo.simulator.contents.host import memory_bytes, memory_used_ratio, processor_count
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.speaking import leases
from nms.demo.simulator.speaking.scene import Scene
from nms.transports.ssh_script import commands_of, marked

_TICKS = 100
_KIB = 1024
_WAITING = ("libssl3", "openssh-server", "linux-image-amd64", "tzdata", "curl")
_RELEASE = (
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm) [simulated]"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian'
)
_RAID = """Personalities : [raid1]
md0 : active raid1 sdb1[1] sda1[0]
      976630464 blocks super 1.2 [2/2] [UU]

unused devices: <none>"""


def answer(scene: Scene, command: str) -> str | None:
    """Empty for what sets up the terminal; None for what it does not know."""
    words = shlex.split(command)
    if words[0] == "sh":
        asked = [_WRITTEN.get(one) for one in commands_of(command)]
        return "".join(marked(answer(scene, one) or "", 0) if one else marked("", 127) for one in asked)
    if words[0] in ("export", "stty", "terminal", "unset"):
        return ""
    if command.startswith("cat ") and words[-1].endswith(("dhcpd.leases", "dnsmasq.leases")):
        return leases.dnsmasq(scene)
    teller = _COMMANDS.get(command)
    return teller(scene.equipment, scene.now()) if teller else None


def _uptime(equipment: Equipment, now: float) -> str:
    up = equipment.uptime(now)
    return f"{up:.2f} {up * processor_count(equipment) * 0.8:.2f}"


def _load(equipment: Equipment, now: float) -> str:
    load = processor_count(equipment) * equipment.work.ratio(now)
    return f"{load:.2f} {load * 0.96:.2f} {load * 0.9:.2f} 2/214 31337"


def _memory(equipment: Equipment, now: float) -> str:
    size = int(memory_bytes(equipment) / _KIB)
    free = int(size * (1 - memory_used_ratio(equipment, now)))
    swap = size // 8
    return (
        f"MemTotal: {size} kB\nMemFree: {free // 2} kB\nMemAvailable: {free} kB\n"
        f"SwapTotal: {swap} kB\nSwapFree: {swap * 9 // 10} kB"
    )


def _processor(equipment: Equipment, now: float) -> str:
    """What /proc/stat counts grows as the work of the hour is."""
    cores, up = processor_count(equipment), equipment.uptime(now)
    pulse, work = equipment.work.pulse, equipment.work
    done = (pulse.integral(now) - pulse.integral(now - up)) / 1.75
    busy = int(_TICKS * cores * (work.idle * up + (work.peak - work.idle) * done))
    idle = max(0, int(_TICKS * cores * up) - busy)
    return f"cpu  {busy * 3 // 4} 0 {busy - busy * 3 // 4} {idle} 0 0 0 0 0 0"


def _storage(equipment: Equipment, now: float) -> str:
    lines = ["Filesystem 1024-blocks Used Available Capacity Mounted on"]
    for number, volume in enumerate(equipment.file_systems):
        size, used = int(volume.size_bytes / _KIB), int(volume.used_bytes(now) / _KIB)
        lines.append(f"/dev/sda{number + 1} {size} {used} {size - used} {100 * used // size}% {volume.mount}")
    return "\n".join(lines)


def _inodes(equipment: Equipment, now: float) -> str:
    lines = ["Filesystem Inodes IUsed IFree IUse% Mounted on"]
    for number, volume in enumerate(equipment.file_systems):
        size = int(volume.size_bytes / 16384)
        used = int(size * 0.05)
        lines.append(f"/dev/sda{number + 1} {size} {used} {size - used} 5% {volume.mount}")
    return "\n".join(lines)


def _updates(equipment: Equipment, now: float) -> str:
    count = int(equipment.chance("updates") * len(_WAITING))
    lines = [f"Inst {name} [1.0] (1.1 Debian-Security:12/stable-security [amd64])" for name in _WAITING[:count]]
    return "\n".join([*lines, f"{count} upgraded, 0 newly installed, 0 to remove and 0 not upgraded."])


_COMMANDS: Mapping[str, Callable[[Equipment, float], str]] = {
    linux.UPTIME: _uptime,
    linux.LOAD: _load,
    linux.MEMORY: _memory,
    linux.PROCESSOR: _processor,
    linux.RAID: lambda _equipment, _now: _RAID,
    linux.STORAGE: _storage,
    linux.INODES: _inodes,
    linux.RELEASE: lambda _equipment, _now: _RELEASE,
    linux.SERVICES: lambda _equipment, _now: "",
    linux.REBOOT: lambda _equipment, _now: "ls: cannot access '/run/reboot-required': No such file",
    linux.UPDATES["debian"]: _updates,
}
_WRITTEN = {linux.written(command): command for command in _COMMANDS}
