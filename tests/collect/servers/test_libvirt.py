"""Hypervisors of libvirt: its own test driver behind a real sshd, and what QEMU's driver prints."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from nms.collect.answer import Answer
from nms.collect.servers.hypervisor_parts import Site
from nms.collect.servers.libvirt import LibvirtAsker, understand
from nms.i18n import in_english
from nms.model import Component, Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from tests.peers import require_peer, start_sshd

HOST = Device(DeviceId("kvm"), "kvm", Role.HYPERVISOR, "127.0.0.1", "s", "d")
VERSION = "Compiled against library: libvirt 9.0.0\nUsing API: QEMU 9.0.0\nRunning hypervisor: QEMU 7.2.9\n"
GUEST = "Domain: '{name}'\n  state.state={state}\n  state.reason=1\n"
BUSY = GUEST + "  cpu.time={time}\n  balloon.current=4194304\n  balloon.maximum=8388608\n  vcpu.current=2\n\n"


async def ask(tmp_path: Path, **options: object) -> Answer:
    """The account of the tests at a real sshd asks the driver that libvirt brings for tests: one guest, one pool."""
    peer, key = start_sshd(tmp_path)
    client = SshClient(HostKeys(tmp_path / "hosts"), threads=1, connect_timeout=10, command_timeout=20)
    try:
        with peer:
            target = SshTarget("127.0.0.1", peer.port, "linux", getpass.getuser(), key_file=str(key))
            endpoint = Endpoint("hypervisor", "127.0.0.1", peer.port, options=options)
            return await LibvirtAsker(client, lambda *_: target).ask(HOST, endpoint, 1000.0)
    finally:
        client.close()


async def test_a_real_virsh_gives_host_guests_and_pools(tmp_path: Path) -> None:
    require_peer("virsh")
    answer = await ask(tmp_path, uri="test:///default", guests=("test", "srv-web"))
    assert answer.witness.outcome is Outcome.ANSWERED, answer.problems
    assert (answer.facts["vendor"], answer.facts["os"]) == ("libvirt", "TEST")
    told = {(state.component.key, state.name): (in_english(state.text), state.severity) for state in answer.states}
    assert told["test", "power"] == ("running", None)
    assert told["srv-web", "power"] == ("not there", Severity.CRITICAL)
    assert told["default-pool", "status"] == ("running", None)
    (reading,) = answer.readings
    values = {
        (c.key, m): v for m, column in reading.columns.items() for c, v in zip(reading.components, column, strict=True)
    }
    assert values["node", "memory_size_bytes"] == 3 * 2**30
    assert values["default-pool", "storage_size_bytes"] == 100 * 2**30
    assert ("node", "processor_used_ratio") not in values or values["node", "processor_used_ratio"] is None


async def test_a_machine_without_such_a_hypervisor_says_so(tmp_path: Path) -> None:
    require_peer("virsh")
    answer = await ask(tmp_path, uri="xen:///system")
    assert answer.witness.outcome is not Outcome.ANSWERED
    assert "version: error:" in answer.witness.reason


def site_of(
    clock: dict[str, tuple[float, float]], at: float, watched: frozenset[str] = frozenset(), **told: str
) -> Site:
    site = Site(watched)
    understand(site, {"version": VERSION, **told}, clock, at)
    return site


def test_processors_of_guests_are_told_between_two_visits() -> None:
    clock: dict[str, tuple[float, float]] = {}
    first = site_of(clock, 100.0, domains=BUSY.format(name="web", state=1, time=10_000_000_000))
    second = site_of(clock, 110.0, domains=BUSY.format(name="web", state=1, time=20_000_000_000))
    restarted = site_of(clock, 120.0, domains=BUSY.format(name="web", state=1, time=5))
    web = Component("guest", "web", "web")
    assert first.rows[web] == {"memory_size_bytes": 4 * 2**30}
    assert second.rows[web]["processor_used_ratio"] == pytest.approx(0.5)
    assert "processor_used_ratio" not in restarted.rows[web]


def test_what_the_node_and_its_guests_suffer_is_told() -> None:
    domains = "".join(
        GUEST.format(name=name, state=state) for name, state in (("a", 6), ("b", 3), ("c", 5), ("d'x", 1))
    )
    memory = "total  :  1000 KiB\nfree   :  300 KiB\nbuffers: 50 KiB\ncached : 50 KiB\n"
    pools = " iso   inactive   yes   yes   -   -   -\n data   running   yes   yes   1.00 TiB   1 B   256.00 GiB\nhm\n"
    site = site_of({}, 1.0, frozenset({"c"}), domains=domains, memory=memory, processor="usage:   41.5%\n", pools=pools)
    told = {(state.component.key, state.name): (in_english(state.text), state.severity) for state in site.states}
    assert told["a", "power"] == ("crashed", Severity.CRITICAL)
    assert told["b", "power"] == ("paused", Severity.WARNING)
    assert told["c", "power"] == ("shut off", Severity.CRITICAL), "it must run"
    assert told["iso", "status"] == ("inactive", Severity.WARNING)
    node = site.rows[Component("node", "node", "Host")]
    assert node == {"processor_used_ratio": pytest.approx(0.415), "memory_used_bytes": 600 * 1024,
                    "memory_size_bytes": 1000 * 1024, "memory_used_ratio": pytest.approx(0.6)}  # fmt: skip
    data = site.rows[Component("storage", "data", "data")]
    assert data["storage_used_ratio"] == pytest.approx(0.75)


@pytest.mark.parametrize(
    "noise", ["", "\x1b[2J", "Domain: '", "Domain: 'x'\n  state.state=99\n  cpu.time=nan\n", "=" * 9999]
)
def test_outputs_of_another_shape_do_no_harm(noise: str) -> None:
    site = site_of({}, 1.0, domains=noise, pools=noise, memory=noise, processor=noise, node=noise)
    assert all(state.severity is None for state in site.states)
