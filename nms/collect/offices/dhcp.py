"""DHCP servers: who has which address, and how full each subnet is.

Kea by its control API (`lease4-get-all` of the hook lease_cmds, `statistic-get-all`, `config-get`); any of Kea, ISC
DHCP and dnsmasq by its file of leases over SSH; Windows by PowerShell over SSH.
"""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.offices import windows_leases
from nms.collect.offices.lease_files import FILES, READERS
from nms.collect.parts import part
from nms.collect.sheet import sheet
from nms.collect.sightings import station
from nms.messages import called
from nms.model import (
    DEVICE_ITSELF,
    Component,
    Device,
    DeviceId,
    Endpoint,
    Number,
    Outcome,
    Reading,
    Sight,
    Sighting,
    Witness,
)
from nms.text import clean
from nms.transports.errors import LocalFault, Malformed, TransportError
from nms.transports.http import HttpClient
from nms.transports.json_api import JsonApi
from nms.transports.ssh import SshClient, SshTarget

TRANSPORT = "dhcp"
TABLE = "dhcp"
_EMPTY, _UNSUPPORTED = 3, 2
_SUBNET = re.compile(r"subnet\[(\d+)\]\.(total|assigned|declined)-addresses")

Authorise = Callable[[Device, Endpoint], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class DhcpAsker:
    """Asks by HTTP where the endpoint has a `url`, by SSH where it has none."""

    web: HttpClient
    ssh: SshClient
    authorise: Authorise
    resolve: Resolver[SshTarget]
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            if endpoint.options.get("url"):
                return await self._by_http(device, endpoint, at)
            if endpoint.options.get("server") == "windows":
                return await self._by_powershell(device, endpoint, at)
            return await self._by_file(device, endpoint, at)
        except TransportError as error:
            return failed(TRANSPORT, at, error)

    async def _by_file(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        server = str(endpoint.options.get("server"))
        path = str(endpoint.options.get("file") or FILES[server])
        command = f"cat {shlex.quote(path)}"
        outputs, logged_in = await self.ssh.run(self.resolve(device, endpoint), [command])
        text = outputs.get(command, "")
        if re.match(r"\s*cat: ", text):
            raise LocalFault(f"{endpoint.address}: {clean(text, limit=160)}; write “file”, or let the account read it")
        found = tuple(READERS[server](text.replace("\r\n", "\n").lstrip("\n"), at))
        return Answer(
            Witness(TRANSPORT, Outcome.ANSWERED, at, round_trip=logged_in),
            _count(device.id, at, len(found)),
            sightings=found,
        )

    async def _by_powershell(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        printed, logged_in = await self.ssh.execute(self.resolve(device, endpoint), windows_leases.COMMAND)
        told = windows_leases.understand(printed, at)
        subnets = {name: {"assigned": used, "total": total} for name, (used, total) in told.scopes.items()}
        return Answer(
            Witness(TRANSPORT, Outcome.ANSWERED, at, round_trip=logged_in),
            (*_count(device.id, at, len(told.leases)), *_pools(device.id, at, subnets)),
            sightings=told.leases,
        )

    async def _by_http(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        url = str(endpoint.options["url"]).replace("{address}", endpoint.address)
        verify = bool(endpoint.options.get("verify_tls", True))
        api = JsonApi(self.web, url, self.authorise(device, endpoint), self.seconds, verify)
        began = time.perf_counter()
        leases, problems = await _kea(api, "lease4-get-all"), []
        took = time.perf_counter() - began
        if leases is None:
            problems.append(f"{TRANSPORT}: lease4-get-all: load the hook libdhcp_lease_cmds.so in Kea")
        subnets = await _subnets(api)
        found = tuple(_leased((leases or {}).get("leases", ()), at))
        outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
        readings = (*_count(device.id, at, len(found)), *_pools(device.id, at, subnets))
        return Answer(
            Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(problems)),
            readings,
            problems=tuple(problems),
            sightings=found,
        )


async def _kea(api: JsonApi, command: str) -> Mapping[str, Any] | None:
    """The arguments of Kea's answer; empty where it has none to tell, `None` where it does not know the command."""
    answers = await api.post("/", {"command": command, "service": ["dhcp4"]})
    answer = answers[0] if isinstance(answers, list) and answers else answers
    if not isinstance(answer, Mapping) or not isinstance(answer.get("result"), int):
        raise Malformed(f"{api.base} does not answer as Kea's control agent does")
    if answer["result"] == _UNSUPPORTED:
        return None
    if answer["result"] not in (0, _EMPTY):
        raise Malformed(f"{api.base}: {command}: {clean(str(answer.get('text', '')), limit=160)}")
    arguments = answer.get("arguments")
    return arguments if isinstance(arguments, Mapping) else {}


async def _subnets(api: JsonApi) -> dict[str, dict[str, int]]:
    """Subnet (as Kea's configuration writes it, else its number) -> total, assigned, declined addresses."""
    numbers = await _kea(api, "statistic-get-all") or {}
    names = _prefixes((await _kea(api, "config-get") or {}).get("Dhcp4"))
    found: dict[str, dict[str, int]] = {}
    for name, samples in numbers.items():
        match = _SUBNET.fullmatch(name)
        value = samples[0][0] if match and isinstance(samples, Sequence) and samples and samples[0] else None
        if match and isinstance(value, int):
            found.setdefault(names.get(match[1], f"subnet {match[1]}"), {})[match[2]] = value
    return found


def _prefixes(config: object) -> dict[str, str]:
    """Number of a subnet -> its prefix; shared networks hold subnets too."""
    if not isinstance(config, Mapping):
        return {}
    networks = [config, *(one for one in config.get("shared-networks", ()) if isinstance(one, Mapping))]
    subnets = [one for network in networks for one in network.get("subnet4", ()) if isinstance(one, Mapping)]
    return {str(one.get("id")): clean(str(one.get("subnet", "")), limit=50) for one in subnets}


def _leased(leases: object, now: float) -> Iterator[Sighting]:
    for lease in leases if isinstance(leases, Sequence) else ():
        mac = station(lease.get("hw-address"))
        renewed, lasts = lease.get("cltt"), lease.get("valid-lft")
        if not mac or lease.get("state") != 0 or not isinstance(renewed, int) or not isinstance(lasts, int):
            continue
        if renewed + lasts > now:
            name = clean(str(lease.get("hostname") or "").rstrip("."), limit=100)
            address = clean(str(lease.get("ip-address") or ""), limit=45)
            yield Sighting(Sight.LEASE, mac, address=address, name=name, at=float(renewed))


def _count(device: DeviceId, at: float, leases: int) -> tuple[Reading, ...]:
    return sheet(device, TABLE, at, {DEVICE_ITSELF: {"count": leases}})


def _pools(device: DeviceId, at: float, subnets: Mapping[str, Mapping[str, int]]) -> tuple[Reading, ...]:
    rows: dict[Component, dict[str, Number]] = {}
    for name, numbers in subnets.items():
        total, used = numbers.get("total", 0), numbers.get("assigned", 0) + numbers.get("declined", 0)
        if total:
            pool = part("pool", called("Addresses of {name}", name=name), name)
            rows[pool] = {"count": numbers.get("assigned", 0), "load_ratio": min(1.0, used / total)}
    return sheet(device, "dhcp-pool", at, rows)
