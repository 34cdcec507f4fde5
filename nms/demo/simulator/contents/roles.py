"""Which parts each role has: the one page that says what a simulated device is made of."""

from __future__ import annotations

from nms.demo.simulator import identities
from nms.demo.simulator.contents import climate, host, interfaces, network, power, printing, system, topology, voice
from nms.demo.simulator.equipment import Equipment
from nms.demo.simulator.mib import Builder, Mib
from nms.demo.simulator.world import World
from nms.model import Role

_NETWORK = (Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.ACCESS_POINT)
_COMPUTERS = (Role.SERVER, Role.HYPERVISOR, Role.STORAGE, Role.PBX)


def make_mib(equipment: Equipment, world: World) -> Mib:
    """Every variable of a device, as its ports and neighbours are at this moment."""
    builder = Builder()
    role = equipment.device.role
    system.system(builder, equipment, world)
    system.chassis(builder, equipment)
    interfaces.interfaces(builder, equipment)
    if topology.speaks_lldp(role):
        topology.lldp(builder, equipment, world)
    if role is Role.SWITCH:
        topology.bridge(builder, equipment, world)
    if role in (Role.ROUTER, Role.FIREWALL):
        topology.arp(builder, equipment, world)
    if role in _NETWORK:
        _network(builder, equipment)
    elif role in _COMPUTERS:
        _computer(builder, equipment)
    else:
        _other(builder, equipment)
    return builder.build()


def _network(builder: Builder, equipment: Equipment) -> None:
    system.parts(builder, power_supplies=1, fans=1)
    system.sensors(builder, *network.network_sensors(equipment))
    match identities.identify(equipment.device).tree:
        case "cisco":
            network.cisco(builder, equipment)
        case "mikrotik":
            network.mikrotik(builder, equipment)
        case "fortinet":
            network.fortinet(builder, equipment)
        case _:
            network.processor_and_memory(builder, equipment)
    if equipment.device.role is Role.ACCESS_POINT:
        network.wireless(builder, equipment)


def _computer(builder: Builder, equipment: Equipment) -> None:
    host.host(builder, equipment)
    identity = identities.identify(equipment.device)
    if identity.tree == "vmware":
        host.vmware(builder, equipment)
    elif identity.vendor != "microsoft":
        host.ucd(builder, equipment)
    if identity.tree == "synology":
        host.synology(builder, equipment)
    if identity.tree == "asterisk":
        voice.asterisk(builder, equipment)
    elif identity.tree == "ccm":
        voice.call_manager(builder, equipment)


def _other(builder: Builder, equipment: Equipment) -> None:
    match equipment.device.role:
        case Role.UPS:
            power.ups(builder, equipment)
        case Role.PDU:
            power.pdu(builder, equipment)
        case Role.GENERATOR:
            power.generator(builder, equipment)
        case Role.HVAC:
            climate.air_conditioning(builder, equipment)
        case Role.ENVIRONMENT:
            climate.environment(builder, equipment)
        case Role.PRINTER:
            printing.printer(builder, equipment)
