"""What the monitor sees of one device over SSH, as a report like that over SNMP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nms.collect.answer import Answer
from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, Memory
from nms.collect.credentials import Targets, no_credential, no_endpoint
from nms.collect.recognise import Recognised
from nms.collect.report import DeviceReport, report_of
from nms.collect.shell import LinuxAsker
from nms.collect.spoken import SpokenAsker
from nms.config import Config, SshLogin
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Endpoint, Outcome, Role
from nms.transports.errors import Unreachable
from nms.transports.ssh import HostKeys, SshClient


async def ssh_report(
    config: Config, catalogue: Catalogue, host: str, credential: str = "", platform: str = "", port: int | None = None
) -> DeviceReport:
    """A device of the inventory by its id, or an address with a platform. Raises: LocalFault and what SSH raises."""
    devices = load_inventory(config.paths.inventories, config).devices
    device, endpoint = _asked(config, devices.get(DeviceId(host)), host, credential, platform, port)
    targets = Targets(config, devices.values())
    with _client(config) as client:
        if str(endpoint.options.get("platform")) == "linux":
            answer = await LinuxAsker(client, targets.ssh).ask(device, endpoint, 0.0)
            return report_of(_collected(answer), Recognised(("linux",), "", "", {"linux": 1}))
        spoken = SpokenAsker(client, catalogue, targets.ssh)
        found = await spoken.collect(device, endpoint, 0.0, Memory(), full=True)
        return report_of(found, Recognised(found.families, "", "", dict.fromkeys(found.families, 1)))


def _asked(
    config: Config, device: Device | None, host: str, credential: str, platform: str, port: int | None
) -> tuple[Device, Endpoint]:
    if device is not None:
        endpoint = next((one for one in device.endpoints if one.transport == "ssh"), None)
        if endpoint is None:
            raise no_endpoint(host, "ssh")
        return device, endpoint
    names = [credential] if credential else [n for n, one in config.credentials.items() if isinstance(one, SshLogin)]
    if not names:
        raise no_credential("SSH")
    endpoint = Endpoint("ssh", host, port or 22, names[0], {"platform": platform or "linux"})
    return Device(DeviceId(host), host, Role.OTHER, host, "", "", (endpoint,)), endpoint


def _collected(answer: Answer) -> Collected:
    if answer.witness.outcome not in (Outcome.ANSWERED, Outcome.PARTIAL):
        raise Unreachable(answer.witness.reason)
    return Collected(
        readings=answer.readings,
        states=answer.states,
        facts=answer.facts,
        neighbours=answer.neighbours,
        problems=answer.problems,
        families=("linux",),
        state_oids=("",) * len(answer.states),
    )


@contextmanager
def _client(config: Config) -> Iterator[SshClient]:
    polling = config.polling.ssh
    client = SshClient(
        HostKeys(polling.known_hosts),
        threads=1,
        connect_timeout=polling.connect_timeout,
        command_timeout=polling.command_timeout,
    )
    try:
        yield client
    finally:
        client.close()
