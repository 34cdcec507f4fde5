"""IF-MIB with 64-bit counters, DS1-MIB for trunks, the addresses of IP-MIB (RFC 2863, 4805, 4293)."""

from __future__ import annotations

from nms.demo.simulator.equipment import Equipment, mac_address
from nms.demo.simulator.mib import (
    Builder,
    Cell,
    counter32,
    counter64,
    gauge32,
    integer,
    ip_address,
    live,
    oid,
    text,
    ticks,
)
from nms.demo.simulator.ports import DS1, ETHERNET, LOOPBACK, WIRELESS, Port

_IF_NUMBER = "1.3.6.1.2.1.2.1"
_IF_ENTRY = "1.3.6.1.2.1.2.2.1"
_IF_X_ENTRY = "1.3.6.1.2.1.31.1.1.1"
_DSX1_ENTRY = "1.3.6.1.2.1.10.18.6.1"
_IP_ADDR_ENTRY = "1.3.6.1.2.1.4.20.1"
_UP, _DOWN = 1, 2
_MTUS = {LOOPBACK: 65536, DS1: 0}
_LOSS_OF_SIGNAL = 64
_BROADCAST_SHARE = 0.004


def interfaces(builder: Builder, equipment: Equipment) -> None:
    builder.scalar(_IF_NUMBER, integer(len(equipment.ports)))
    for number, port in enumerate(equipment.ports):
        builder.row(_IF_ENTRY, port.index, _basic(equipment, port, number))
        builder.row(_IF_X_ENTRY, port.index, _extended(equipment, port))
        if port.kind == DS1:
            builder.row(_DSX1_ENTRY, port.index, _trunk(port))
    _addresses(builder, equipment)


def _basic(equipment: Equipment, port: Port, number: int) -> dict[int, Cell]:
    hardware = b"" if port.kind in (LOOPBACK, DS1) else mac_address(equipment.device.id, number)
    return {
        1: integer(port.index),
        2: text(port.descr),
        3: integer(port.kind),
        4: integer(_MTUS.get(port.kind, 1500)),
        5: gauge32(port.speed),
        6: text(hardware),
        7: lambda now: integer(_UP if port.admin_up else _DOWN),
        8: lambda now: integer(_UP if port.up else _DOWN),
        9: lambda now: ticks(max(0.0, port.changed_at - equipment.boot)),
        10: live(counter32, port.in_octets),
        11: live(counter32, port.in_packets),
        12: live(counter32, lambda now: port.in_packets(now) * _BROADCAST_SHARE),
        13: live(counter32, lambda now: port.in_errors(now) * 0.1),
        14: live(counter32, port.in_errors),
        15: counter32(0),
        16: live(counter32, port.out_octets),
        17: live(counter32, port.out_packets),
        18: live(counter32, lambda now: port.out_packets(now) * _BROADCAST_SHARE),
        19: live(counter32, lambda now: port.out_packets(now) * 1e-7),
        20: counter32(0),
        21: gauge32(0),
        22: oid("0.0"),
    }


def _extended(equipment: Equipment, port: Port) -> dict[int, Cell]:
    return {
        1: text(port.name),
        2: live(counter32, lambda now: port.in_packets(now) * _BROADCAST_SHARE / 2),
        3: live(counter32, lambda now: port.in_packets(now) * _BROADCAST_SHARE / 2),
        4: live(counter32, lambda now: port.out_packets(now) * _BROADCAST_SHARE / 2),
        5: live(counter32, lambda now: port.out_packets(now) * _BROADCAST_SHARE / 2),
        6: live(counter64, port.in_octets),
        7: live(counter64, port.in_packets),
        8: live(counter64, lambda now: port.in_packets(now) * _BROADCAST_SHARE / 2),
        9: live(counter64, lambda now: port.in_packets(now) * _BROADCAST_SHARE / 2),
        10: live(counter64, port.out_octets),
        11: live(counter64, port.out_packets),
        12: live(counter64, lambda now: port.out_packets(now) * _BROADCAST_SHARE / 2),
        13: live(counter64, lambda now: port.out_packets(now) * _BROADCAST_SHARE / 2),
        14: integer(1),
        15: gauge32(round(port.speed / 1e6)),
        16: integer(2),
        17: integer(1 if port.kind in (ETHERNET, WIRELESS) else 2),
        18: text(port.alias),
        19: ticks(0),
    }


def _trunk(port: Port) -> dict[int, Cell]:
    """A digital trunk: E1 with CRC, HDB3; dsx1LineStatus is a set of bits."""
    return {
        1: integer(port.index),
        2: integer(port.index),
        3: integer(0),
        4: integer(96),
        5: integer(5),
        6: integer(3),
        7: integer(1),
        8: integer(1),
        9: text(port.alias),
        10: lambda now: integer(1 if port.up else _LOSS_OF_SIGNAL),
        11: integer(2),
        12: integer(1),
        13: integer(8),
    }


def _addresses(builder: Builder, equipment: Equipment) -> None:
    """ipAddrTable: the management address on the first interface, and loopback."""
    address = equipment.device.address
    if not address.replace(".", "").isdigit() or address.count(".") != 3 or not equipment.ports:
        return
    first = next((p for p in equipment.ports if p.kind != LOOPBACK), equipment.ports[0])
    builder.row(
        _IP_ADDR_ENTRY,
        tuple(map(int, address.split("."))),
        {
            1: ip_address(address),
            2: integer(first.index),
            3: ip_address("255.255.255.0"),
            4: integer(1),
            5: integer(65535),
        },
    )
