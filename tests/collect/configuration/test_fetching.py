"""Configurations over real SSH: FRRouting's own, and the prompts of several platforms."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect.configuration.definitions import load_definitions
from nms.collect.configuration.fetching import Fetched, Fetcher
from nms.model import Device, DeviceId, Endpoint, Role
from nms.transports.errors import Malformed, Unreachable
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from tests.peers import require_peer, start_sshd
from tests.routing import bgp_session
from tests.ssh_devices import PASSWORD, USER, network_device

KINDS = load_definitions(Path(__file__).parents[3] / "collectors").kinds

EOS = """\
! Command: show running-config
! device: sw-eos (DCS-7050, EOS-4.28.3M)
!
transceiver qsfp default-mode 4x10G
!
hostname sw-eos
!
username ana privilege 15 role network-admin secret sha512 $6$salt$HashOfASecret
!
interface Ethernet1
   description enlace
!
end
"""
JUNOS = """\
## Last commit: 2026-03-03 10:00:00 CST by ana
version 21.4R3.15;
system {
    host-name rt-junos;
    root-authentication {
        encrypted-password "$6$salt$HashOfASecret"; ## SECRET-DATA
    }
}
interfaces {
    ge-0/0/0 {
        unit 0;
    }
}
"""
VRP = """\
!Software Version V200R019C10SPC500
!Last configuration was updated at 2026-03-03 10:00:00+00:00 by ana
#
sysname sw-vrp
#
aaa
 local-user ana password irreversible-cipher $1a$HashOfASecret$
#
interface Vlanif1
 ip address 192.0.2.10 255.255.255.0
#
return
"""
EOS_SESSION = {"terminal width 511": "Width set to 511 columns.", "terminal length 0": "Pagination disabled."}
JUNOS_SESSION = {
    "set cli screen-width 511": "Screen width set to 511",
    "set cli complete-on-space off": "Disabling complete-on-space",
    "set cli screen-length 0": "Screen length set to 0",
}
PLATFORMS = [
    (
        "arista_eos",
        "arista_eos",
        "sw-eos#",
        {**EOS_SESSION, "show running-config": EOS, "show startup-config": EOS},
        "",
    ),
    (
        "juniper_junos",
        "juniper_junos",
        "ana@rt-junos> ",
        {**JUNOS_SESSION, "show configuration | no-more": JUNOS},
        "ana",
    ),
    (
        "huawei_vrp",
        "huawei",
        "<sw-vrp>",
        {"display current-configuration": VRP, "display saved-configuration": VRP},
        "ana",
    ),
]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[SshClient]:
    found = SshClient(HostKeys(tmp_path / "hosts"), threads=2, connect_timeout=10, command_timeout=20)
    yield found
    found.close()


async def fetched(client: SshClient, target: SshTarget, kind: str, before: str = "") -> Fetched:
    endpoint = Endpoint("ssh", target.address, target.port, options={"platform": target.platform})
    device = Device(DeviceId("d"), "d", Role.ROUTER, target.address, "s", "d", (endpoint,))
    return await Fetcher(client, lambda _device, _endpoint: target, 20).fetch(device, endpoint, KINDS[kind], before)


@pytest.mark.parametrize(("kind", "platform", "prompt", "outputs", "by"), PLATFORMS, ids=[one[0] for one in PLATFORMS])
async def test_each_platform_is_asked_as_it_wants_and_says_who_changed_it(
    client: SshClient, kind: str, platform: str, prompt: str, outputs: dict[str, str], by: str
) -> None:
    async with network_device(outputs, prompt=prompt) as (port, _heard):
        found = await fetched(client, SshTarget("127.0.0.1", port, platform, USER, password=PASSWORD), kind)
    assert found.problem == ""
    assert "HashOfASecret" in found.running
    assert "Last " not in found.running
    assert found.changed_by == by
    assert (found.startup is None) == (not KINDS[kind].definition.startup)


@pytest.mark.peer
async def test_a_real_router_gives_its_configuration_whole(client: SshClient, tmp_path: Path) -> None:
    vtysh = require_peer("vtysh")
    if os.geteuid() != 0:
        pytest.skip("FRR is started by root only")
    with bgp_session(tmp_path) as vty:
        peer, key = start_sshd(tmp_path, lines=[f"ForceCommand {vtysh} --vty_socket {vty}"])
        with peer:
            target = SshTarget("127.0.0.1", peer.port, "frr", getpass.getuser(), key_file=str(key))
            found = await fetched(client, target, "frr")
            again = await fetched(client, target, "frr", before=found.running)
    assert "router bgp 65001" in found.running
    assert found.running.rstrip().endswith("end")
    assert "Building configuration" not in found.running
    assert again.running == found.running


async def test_an_output_that_does_not_end_and_a_device_that_is_gone_are_told_apart(client: SshClient) -> None:
    target_of = {**EOS_SESSION, "show running-config": EOS.replace("\nend\n", "\n")}
    async with network_device(target_of, prompt="sw-eos#") as (port, _heard):
        target = SshTarget("127.0.0.1", port, "arista_eos", USER, password=PASSWORD)
        with pytest.raises(Malformed, match="cut short"):
            await fetched(client, target, "arista_eos")
    with pytest.raises(Unreachable):
        await fetched(client, target, "arista_eos")
