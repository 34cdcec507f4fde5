"""Looking at equipment that the monitor does not watch yet: one device, or a whole network."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from nms.collect.catalogue import Catalogue
from nms.collect.credentials import Targets, no_credential, no_endpoint
from nms.collect.report import DeviceReport, report
from nms.config import Config, SnmpCommunity, SnmpUser
from nms.i18n import gettext as _
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Endpoint, Inventory, Role
from nms.text import clean
from nms.transports.errors import LocalFault, TransportError
from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.targets import SnmpTarget

MOST_ADDRESSES = 4096
AT_ONCE = 64
SWEEP_TIMEOUT = 1.0
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"


def probe_target(config: Config, host: str, credential: str, port: int) -> SnmpTarget:
    """A device of the inventory by its id, or an address with a credential. Raises: LocalFault."""
    device = load_inventory(config.paths.inventories, config).devices.get(DeviceId(host))
    if device is not None:
        endpoint = next((one for one in device.endpoints if one.transport == "snmp"), None)
        if endpoint is None:
            raise no_endpoint(host, "snmp")
        return Targets(config).snmp(device, endpoint)
    names = [credential] if credential else snmp_credentials(config)
    if not names:
        raise no_credential("SNMP")
    return _target(config, host, names[0], port)


def snmp_credentials(config: Config) -> list[str]:
    return [name for name, one in config.credentials.items() if isinstance(one, SnmpCommunity | SnmpUser)]


def _target(config: Config, address: str, credential: str, port: int) -> SnmpTarget:
    endpoint = Endpoint("snmp", address, port, credential)
    stranger = Device(DeviceId(address), address, Role.OTHER, address, "", "", (endpoint,))
    return Targets(config).snmp(stranger, endpoint)


@dataclass(frozen=True, slots=True)
class Found:
    """One device that answered, and what it would be in the inventory."""

    address: str
    credential: str
    name: str
    role: str
    vendor: str
    hardware: str
    families: tuple[str, ...]
    parent: str = ""
    known_as: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a network holds. Nothing is written anywhere."""

    network: str
    asked: int
    devices: tuple[Found, ...]

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    def as_yaml(self) -> str:
        """Entries as a file of inventories/devices/ has them; what is already there is a comment."""
        lines = [f"# {self.network}: {len(self.devices)} of {self.asked} addresses answer SNMP", "devices:"]
        for one in self.devices:
            if one.known_as:
                lines.append(f"  # {one.address} is {one.known_as}")
                continue
            lines += [f"  {_identifier(one)}:", f"    role: {one.role}", f"    name: {json.dumps(one.name)}"]
            lines += [f"    address: {one.address}", f"    vendor: {json.dumps(one.vendor)}"]
            lines += [f"    hardware: {json.dumps(one.hardware)}"]
            lines += [f"    parents: [{one.parent}]"] if one.parent else []
            lines += ["    department: ?  # write it", "    site: ?  # write it"]
            lines += [f"    endpoints: {{snmp: {{credential: {one.credential}}}}}"]
        return "\n".join(lines)


def _identifier(one: Found) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in one.name.lower()).strip("-")
    return kept or f"device-{one.address.replace('.', '-').replace(':', '-')}"


async def sweep(config: Config, catalogue: Catalogue, network: str, credentials: Sequence[str]) -> Sweep:
    """Asks every address of a network, politely. Raises: LocalFault for a network that is none, or too large."""
    addresses = _addresses(network)
    names = list(credentials) or snmp_credentials(config)
    inventory = load_inventory(config.paths.inventories, config)
    gate = asyncio.Semaphore(AT_ONCE)
    async with SnmpClient() as client:
        looks = [_look(client, gate, config, catalogue, address, names) for address in addresses]
        answers = await asyncio.gather(*looks)
    found = [_found(inventory, address, *answer) for address, answer in zip(addresses, answers, strict=True) if answer]
    return Sweep(network, len(addresses), tuple(found))


def _addresses(network: str) -> list[str]:
    try:
        net = ipaddress.ip_network(network, strict=False)
    except ValueError:
        text = _("{text} is not a network; write it as 10.20.3.0/24")
        raise LocalFault(text.format(text=clean(network, limit=60))) from None
    if net.num_addresses > MOST_ADDRESSES:
        text = _("{network} has more than {count} addresses; sweep it in parts")
        raise LocalFault(text.format(network=net, count=MOST_ADDRESSES))
    return [str(address) for address in net.hosts()] or [str(net.network_address)]


async def _look(
    client: SnmpClient, gate: asyncio.Semaphore, config: Config, catalogue: Catalogue, address: str, names: list[str]
) -> tuple[str, DeviceReport] | None:
    """The first credential that opens a device, and its report."""
    async with gate:
        for name in names:
            target = _target(config, address, name, 161)
            quick = client.session(SnmpTarget(address, target.port, target.credential, SWEEP_TIMEOUT, retries=0))
            try:
                await quick.get([SYS_OBJECT_ID])
                return name, await report(catalogue, client.session(target))
            except TransportError:
                continue
    return None


def _found(inventory: Inventory, address: str, credential: str, seen: DeviceReport) -> Found:
    data = seen.as_dict()
    facts = data.get("device", {})
    known = next((device.id for device in inventory.devices.values() if device.address == address), "")
    by_name = {device.name.casefold(): device.id for device in inventory.devices.values()}
    neighbours = [str(one.get("remote_name", "")).casefold() for one in data.get("neighbors", [])]
    return Found(
        address=address,
        credential=credential,
        name=clean(str(facts.get("sys_name") or address), limit=80),
        role=str(facts.get("type") or "other"),
        vendor=clean(str(facts.get("vendor") or ""), limit=80),
        hardware=clean(str(facts.get("hardware") or ""), limit=80),
        families=tuple(seen.families),
        parent=next((by_name[name] for name in neighbours if name in by_name), ""),
        known_as=known,
    )
