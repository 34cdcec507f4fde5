"""A FortiOS console: its figures, and the configuration, which is saved as soon as it is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nms.demo.simulator import identities
from nms.demo.simulator.contents.host import memory_bytes, memory_used_ratio
from nms.demo.simulator.ports import ETHERNET
from nms.demo.simulator.speaking.scene import Scene


def answer(scene: Scene, command: str) -> str | None:
    teller = _COMMANDS.get(command)
    if teller is not None:
        return teller(scene)
    return None


def _status(scene: Scene) -> str:
    return f"""Version: {identities.hardware(scene.device)} {identities.identify(scene.device).software} [simulated]
Serial-Number: {identities.serial(scene.device)}
Hostname: {scene.device.id}
Virtual domain configuration: disable
Current HA mode: a-p, primary"""


def _lines(scene: Scene, word: str) -> str:
    return "\n".join(line for line in _status(scene).splitlines() if word in line)


def _performance(scene: Scene) -> str:
    idle = round(100 * (1 - scene.equipment.work.ratio(scene.now())))
    size = int(min(memory_bytes(scene.equipment), 8e9) / 1024)
    used = int(size * memory_used_ratio(scene.equipment, scene.now()))
    return f"""CPU states: {100 - idle}% user 0% system 0% nice {idle}% idle 0% iowait 0% irq 0% softirq
Memory: {size}k total, {used}k used ({100 * used / size:.1f}%), {size - used}k free (40.0%), 1000k freeable (0.1%)"""


def _configuration(scene: Scene) -> str:
    device, equipment = scene.device, scene.equipment
    lines = [
        "#config-version=FG200F-7.2.8-FW-build1639-240313:opmode=0:vdom=0:user=monitor",
        f"#conf_file_ver={int(equipment.boot) % 10**9}{int(scene.now()) % 1000}",
        *("#buildno=1639", "#global_vdom=1", "config system global", f'    set hostname "{device.id}"'),
        *("    set timezone 09", "    set admintimeout 10", "end", "config system interface"),
    ]
    for port in equipment.ports:
        if port.kind == ETHERNET:
            lines += [
                f'    edit "{port.name}"',
                '        set vdom "root"',
                f'        set alias "{port.alias}"',
                "    next",
            ]
    secret = f"{int(equipment.chance(f'salt-{int(scene.now())}') * 16**12):012x}"
    lines += ["end", "config system admin", '    edit "monitor"', '        set accprofile "solo_lectura"']
    lines += [f"        set password ENC SH2{secret}", "    next", "end", "config firewall policy"]
    lines += ["    edit 1", '        set name "salida"', "        set action accept", "    next"]
    for number, change in enumerate(equipment.changes, 2):
        lines += [f"    edit {number}", f'        set comments "{change.line}"', "    next"]
    return "\n".join([*lines, "end"])


_COMMANDS: Mapping[str, Callable[[Scene], str]] = {
    "get system status": _status,
    "get system status | grep Virtual": lambda scene: _lines(scene, "Virtual"),
    "get system status | grep Version": lambda scene: _lines(scene, "Version"),
    "get system console": lambda _scene: "baudrate            : 9600\noutput              : standard",
    "get system performance status": _performance,
    "get system arp": lambda _scene: "Address           Age(min)   Hardware Addr      Interface",
    "get router info bgp summary": lambda _scene: "% BGP is not running",
    "show": _configuration,
}
