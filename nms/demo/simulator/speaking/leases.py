"""What the DHCP servers of the simulated city hall have leased: an address for each computer of the inventory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from nms.demo.simulator.equipment import chance, mac_address
from nms.demo.simulator.speaking.scene import Scene
from nms.model import Device, Role

_LASTS = 8 * 86_400
_POOL = 200


def _leased(scene: Scene) -> Iterator[tuple[Device, str, int]]:
    """Each computer that can be reached, its hardware address, and when its lease ends: it was renewed today."""
    for device in scene.world.inventory.devices.values():
        equipment = scene.world.equipment.get(device.id)
        if device.role is Role.COMPUTER and device.address and equipment is not None and equipment.reachable:
            age = chance(scene.world.seed, device.id, "lease") * 0.5 * _LASTS
            yield device, mac_address(device.id).hex(), int(scene.now() - age) + _LASTS


def powershell(scene: Scene) -> str:
    """As the script of `nms.collect.offices.windows_leases` has it."""
    lines = ["#leases", '"IPAddress","ClientId","HostName","AddressState","Expires","Lasts"']
    used: Counter[str] = Counter()
    for device, mac, ends in _leased(scene):
        pairs = "-".join(mac[at : at + 2] for at in range(0, 12, 2))
        name = f"{device.id}.ejemplo.invalid"
        lines.append(f'"{device.address}","{pairs}","{name}","Active","{ends}","{_LASTS}"')
        used[device.address.rpartition(".")[0] + ".0"] += 1
    lines += ["#scopes", '"ScopeId","AddressesFree","AddressesInUse","Free","InUse"']
    lines += [f'"{scope}","{max(0, _POOL - count)}","{count}","",""' for scope, count in sorted(used.items())]
    return "\r\n".join(lines) + "\r\n"


def dnsmasq(scene: Scene) -> str:
    """dnsmasq's file of leases."""
    return "\n".join(
        f"{ends} {':'.join(mac[at : at + 2] for at in range(0, 12, 2))} {device.address} {device.id} *"
        for device, mac, ends in _leased(scene)
    )
