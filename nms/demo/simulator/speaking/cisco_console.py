"""An IOS XE console: what NAPALM asks for, and the configuration with the changes that were made to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone

from nms.demo.simulator import identities
from nms.demo.simulator.contents.host import memory_bytes, memory_used_ratio
from nms.demo.simulator.equipment import Change, Equipment, mac_address
from nms.demo.simulator.ports import ETHERNET, Port
from nms.demo.simulator.speaking.scene import Scene

_MEXICO_CITY = timezone(timedelta(hours=-6))
_QUIET = ("terminal ", "enable")
_NTP = """\
  address         ref clock       st   when   poll reach  delay  offset   disp
*~192.0.2.123     .GPS.            1     35     64   377  1.204   0.350  0.998
 * sys.peer, # selected, + candidate, - outlyer, x falseticker, ~ configured"""


def answer(scene: Scene, command: str) -> str | None:
    if command.startswith(_QUIET):
        return ""
    teller = _COMMANDS.get(command)
    return teller(scene) if teller else None


def _version(scene: Scene) -> str:
    equipment = scene.equipment
    up = timedelta(seconds=int(equipment.uptime(scene.now())))
    hours, minutes = divmod(up.seconds // 60, 60)
    hardware = identities.hardware(equipment.device)
    return f"""{identities.sys_descr(equipment.device)}
{equipment.device.id} uptime is {up.days} days, {hours} hours, {minutes} minutes
cisco {hardware} (X86) processor with {int(memory_bytes(equipment) / 1024)}K/6147K bytes of memory.
Processor board ID {identities.serial(equipment.device)}
"""


def _interfaces_brief(scene: Scene) -> str:
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for port in _ethernet(scene.equipment):
        state = "up" if port.up else "down"
        lines.append(f"{port.descr:<22} unassigned      YES unset  {state:<21} {state}")
    return "\n".join(lines)


def _interfaces(scene: Scene) -> str:
    now = scene.now()
    return "\n".join(_interface(port, number, scene, now) for number, port in enumerate(_ethernet(scene.equipment), 1))


def _interface(port: Port, number: int, scene: Scene, now: float) -> str:
    state = "up" if port.up else "down"
    mac = _dotted(mac_address(scene.device.id, number))
    came, went = int(port.in_octets(now)), int(port.out_octets(now))
    return f"""\
{port.descr} is {state}, line protocol is {state} ({"connected" if port.up else "notconnect"})
  Hardware is Ten Gigabit Ethernet, address is {mac} (bia {mac})
  Description: {port.alias or "-"}
  MTU 1500 bytes, BW {int(port.speed / 1000)} Kbit/sec, DLY 10 usec,
     {came // 640} packets input, {came} bytes, 0 no buffer
     Received 0 broadcasts (0 multicasts)
     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored
     {went // 640} packets output, {went} bytes, 0 underruns
     0 output errors, 0 collisions, 1 interface resets
     0 unknown protocol drops
     0 output buffer failures, 0 output buffers swapped out"""


def _dotted(mac: bytes) -> str:
    return mac.hex(" ", 2).replace(" ", ".")


def _processor(scene: Scene) -> str:
    busy = round(100 * scene.equipment.work.ratio(scene.now()))
    return f"CPU utilization for five seconds: {busy}%/0%; one minute: {busy}%; five minutes: {busy}%"


def _memory(scene: Scene) -> str:
    size = int(min(memory_bytes(scene.equipment), 4e9))
    used = int(size * memory_used_ratio(scene.equipment, scene.now()))
    return (
        "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)\n"
        f"Processor    24D6A3C    {size}    {used}    {size - used}    {size - used}    {(size - used) // 2}\n"
        "      I/O    2C00000    12574720     9133236     3441484     3402752     3403420"
    )


def _temperature(scene: Scene) -> str:
    celsius = round(scene.equipment.climate.temperature(scene.now()))
    colour = "GREEN" if celsius < 56 else "YELLOW" if celsius < 70 else "RED"
    return (
        f"SYSTEM Temperature Value: {celsius} Degree Celsius\nTemperature State: {colour}\n"
        "Yellow Threshold : 56 Degree Celsius\nRed Threshold    : 70 Degree Celsius"
    )


def _neighbours(scene: Scene) -> str:
    lines = ["Device ID           Local Intf     Hold-time  Capability      Port ID"]
    lines += [
        f"{port.peer:<20}{port.name:<15}120        B,R             {port.peer_port or 'eth0'}"
        for port in _ethernet(scene.equipment)
        if port.up and port.peer
    ]
    return "\n".join([*lines, "", f"Total entries displayed: {len(lines) - 1}"])


def _arp(scene: Scene) -> str:
    lines = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    mac = _dotted(mac_address(scene.device.id))
    return "\n".join([*lines, f"Internet  {scene.device.address:<16}       -   {mac}  ARPA   Vlan1"])


def _running(scene: Scene) -> str:
    text = configuration(scene.equipment, scene.equipment.changes)
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}"


def _startup(scene: Scene) -> str:
    text = configuration(scene.equipment, [one for one in scene.equipment.changes if one.is_saved])
    return f"Using {len(text)} out of 33554432 bytes\n{text}"


def configuration(equipment: Equipment, changes: Sequence[Change]) -> str:
    """What the device would show, with the changes that were made to it."""
    lines = [*_head(equipment, changes), *_ports(equipment), *_tail(equipment), *(one.line for one in changes), "!"]
    return "\n".join([*lines, "end"]) + "\n"


def _head(equipment: Equipment, changes: Sequence[Change]) -> Iterator[str]:
    last = changes[-1] if changes else None
    at = datetime.fromtimestamp(last.at if last else equipment.boot, _MEXICO_CITY)
    by = f" by {last.author}" if last else ""
    yield "!"
    yield f"! Last configuration change at {at:%H:%M:%S} CST {at:%a %b} {at.day} {at.year}{by}"
    yield from ("!", "version 17.9", "service timestamps log datetime msec", "service password-encryption", "!")
    yield from (f"hostname {equipment.device.id}", "!", f"enable secret 9 $9${_salt(equipment, 'enable')}", "!")
    yield f"username monitor privilege 15 secret 9 $9${_salt(equipment, 'monitor')}"
    yield from ("!", "vlan 10", " name oficinas", "vlan 20", " name telefonia", "!")


def _ports(equipment: Equipment) -> Iterator[str]:
    for port in _ethernet(equipment):
        yield f"interface {port.descr}"
        if port.alias:
            yield f" description {port.alias}"
        yield from (" switchport mode trunk" if port.peer else " switchport access vlan 10", "!")


def _tail(equipment: Equipment) -> Iterator[str]:
    yield "snmp-server community soloLecturaSimulada RO 10"
    yield from ("ntp server 192.0.2.123", "logging host 192.0.2.50", "line vty 0 15", " transport input ssh", "!")


def _salt(equipment: Equipment, what: str) -> str:
    return f"{int(equipment.chance(f'secret-{what}') * 16**14):014x}"


def _ethernet(equipment: Equipment) -> list[Port]:
    return [port for port in equipment.ports if port.kind == ETHERNET]


_COMMANDS: Mapping[str, Callable[[Scene], str]] = {
    "show version": _version,
    "show hosts": lambda _scene: "Default domain is ejemplo.invalid",
    "show ip interface brief": _interfaces_brief,
    "show interfaces": _interfaces,
    "show ip interface": lambda scene: (
        f"""\
Vlan1 is up, line protocol is up
  Internet address is {scene.device.address}/24
  Broadcast address is 255.255.255.255"""
    ),
    "show proc cpu": _processor,
    "show memory statistics": _memory,
    "show env temperature status": _temperature,
    "show arp | exclude Incomplete": _arp,
    "show lldp neighbors": _neighbours,
    "show interfaces transceiver": lambda _scene: "",
    "show ntp associations": lambda _scene: _NTP,
    "show running-config": _running,
    "show startup-config": _startup,
}
