"""What a device knows of its neighbours: LLDP-MIB (IEEE 802.1AB), BRIDGE-MIB and Q-BRIDGE-MIB (RFC 4188, 4363)."""

from __future__ import annotations

from collections.abc import Iterator

from nms.demo.simulator import identities
from nms.demo.simulator.equipment import Equipment, mac_address
from nms.demo.simulator.mib import Builder, counter32, gauge32, integer, ip_address, text, ticks
from nms.demo.simulator.ports import ETHERNET, Port
from nms.demo.simulator.world import World
from nms.model import DeviceId, Role

_LLDP_LOCAL = "1.0.8802.1.1.2.1.3"
_LLDP_LOCAL_PORT = f"{_LLDP_LOCAL}.7.1"
_LLDP_REMOTE = "1.0.8802.1.1.2.1.4.1.1"
_BRIDGE = "1.3.6.1.2.1.17"
_Q_BRIDGE_FDB = f"{_BRIDGE}.7.1.2.2.1"
_VLAN_STATIC = f"{_BRIDGE}.7.1.4.3.1"
_CAPABILITIES = {
    Role.ROUTER: 0x08,
    Role.FIREWALL: 0x08,
    Role.SWITCH: 0x20,
    Role.ACCESS_POINT: 0x30,
    Role.PHONE: 0x24,
    Role.SERVER: 0x01,
    Role.HYPERVISOR: 0x21,
    Role.STORAGE: 0x01,
    Role.PBX: 0x01,
    Role.GATEWAY: 0x04,
}
"""LldpSystemCapabilitiesMap, first octet; equipment of other roles does not speak LLDP."""
_MAC, _INTERFACE_NAME = 4, 5
_VLANS = ((1, "default"), (10, "oficinas"), (20, "telefonia"))
_UNKNOWN_STATIONS = 3
_LEARNED = 3
_ARP = "1.3.6.1.2.1.4.22.1"
_DYNAMIC = 3


def speaks_lldp(role: Role) -> bool:
    return role in _CAPABILITIES


def lldp(builder: Builder, equipment: Equipment, world: World) -> None:
    device = equipment.device
    mine = bytes((_CAPABILITIES[device.role], 0))
    builder.scalars(
        _LLDP_LOCAL,
        {
            1: integer(_MAC),
            2: text(mac_address(device.id)),
            3: text(str(device.id)),
            4: text(identities.sys_descr(device)),
            5: text(mine),
            6: text(mine),
        },
    )
    for port in equipment.ports:
        if port.kind != ETHERNET:
            continue
        builder.row(
            _LLDP_LOCAL_PORT, port.index, {2: integer(_INTERFACE_NAME), 3: text(port.name), 4: text(port.descr)}
        )
        peer = world.equipment.get(port.peer) if port.peer else None
        if port.up and peer is not None and speaks_lldp(peer.device.role):
            _remote(builder, port, peer)


def _remote(builder: Builder, port: Port, peer: Equipment) -> None:
    far = peer.port(port.peer_port) if port.peer_port else None
    capabilities = bytes((_CAPABILITIES[peer.device.role], 0))
    builder.row(
        _LLDP_REMOTE,
        (0, port.index, 1),
        {
            4: integer(_MAC),
            5: text(mac_address(peer.device.id)),
            6: integer(_INTERFACE_NAME),
            7: text(far.name if far else "eth0"),
            8: text(far.descr if far else "eth0"),
            9: text(str(peer.device.id)),
            10: text(identities.sys_descr(peer.device)),
            11: text(capabilities),
            12: text(capabilities),
        },
    )


def bridge(builder: Builder, equipment: Equipment, world: World) -> None:
    """Base ports, spanning tree root, forwarding table and VLANs of a switch. Bridge ports count from 1."""
    ports = [port for port in equipment.ports if port.kind == ETHERNET]
    builder.scalars(f"{_BRIDGE}.1", {1: text(mac_address(equipment.device.id)), 2: integer(len(ports)), 3: integer(2)})
    builder.scalars(
        f"{_BRIDGE}.2",
        {1: integer(3), 2: integer(32768), 3: ticks(864_000), 4: counter32(3), 6: integer(0), 7: integer(0)},
    )
    builder.scalar(f"{_BRIDGE}.4.2", integer(300))
    for number, port in enumerate(ports, 1):
        builder.row(f"{_BRIDGE}.1.4.1", number, {1: integer(number), 2: integer(port.index)})
        for address in stations(port, number, equipment, world) if port.up else ():
            _learned(builder, address, number)
    _vlans(builder, ports)


def _learned(builder: Builder, address: bytes, bridge_port: int) -> None:
    builder.row(f"{_BRIDGE}.4.3.1", tuple(address), {1: text(address), 2: integer(bridge_port), 3: integer(_LEARNED)})
    builder.row(_Q_BRIDGE_FDB, (10, *address), {2: integer(bridge_port), 3: integer(_LEARNED)})


def stations(port: Port, number: int, equipment: Equipment, world: World) -> Iterator[bytes]:
    """The addresses seen on a port: the device there and all behind it; else an office computer nobody listed."""
    if port.peer is None:
        yield mac_address(f"{equipment.device.id}/{port.name}/station")
        return
    yield mac_address(port.peer)
    if port.peer in equipment.device.parents:
        for n in range(_UNKNOWN_STATIONS):
            yield mac_address(f"{port.peer}/station", n + number)
        return
    for device_id in world.reached_through(DeviceId(port.peer)):
        behind = world.equipment.get(device_id)
        if behind is not None and behind.reachable:
            yield mac_address(device_id)


def arp(builder: Builder, equipment: Equipment, world: World) -> None:
    """ipNetToMediaTable of a router: the stations of its building, on the interface towards their switch.

    A station whose switch is dark is not in it: real tables forget within minutes to hours.
    """
    for port in equipment.ports:
        peer = world.equipment.get(port.peer) if port.peer else None
        if peer is None or not port.up or port.peer in equipment.device.parents or peer.device.role is Role.ROUTER:
            continue
        for device_id in (peer.device.id, *world.reached_through(peer.device.id)):
            _resolved(builder, port, world.equipment.get(device_id))


def _resolved(builder: Builder, port: Port, station: Equipment | None) -> None:
    if station is None or not station.reachable or station.device.address.count(".") != 3:
        return
    octets = tuple(map(int, station.device.address.split(".")))
    cells = {1: integer(port.index), 2: text(mac_address(station.device.id)), 3: ip_address(station.device.address)}
    builder.row(_ARP, (port.index, *octets), {**cells, 4: integer(_DYNAMIC)})


def _vlans(builder: Builder, ports: list[Port]) -> None:
    everywhere = bytearray((len(ports) + 7) // 8)
    for number in range(len(ports)):
        everywhere[number // 8] |= 0x80 >> number % 8
    members, none = text(bytes(everywhere)), text(bytes(len(everywhere)))
    for vlan, name in _VLANS:
        builder.row(_VLAN_STATIC, vlan, {1: text(name), 2: members, 3: none, 4: members, 5: integer(1)})
        builder.row(f"{_BRIDGE}.7.1.4.2.1", (0, vlan), {3: gauge32(vlan), 4: members, 5: members, 6: integer(2)})
