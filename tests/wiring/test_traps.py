"""A trap makes the monitor look at once, and proves nothing by itself."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from nms.model import DeviceId
from nms.transports.snmp import Notification
from nms.wiring.traps import LEAST_SECONDS, TrapTriggers
from tests.end_to_end.municipality import SECRET, Municipality, municipality
from tests.end_to_end.test_main_job import open_keys
from tests.peers import free_port, require_peer, start_snmpd

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"


def polled_at(here: Municipality) -> float:
    page = here.ask("device", device_id="srv")
    return (page.device.last_poll_at if page else None) or 0.0


@pytest.mark.timeout(120)
def test_a_real_trap_brings_a_poll_long_before_its_slot_and_no_alert(tmp_path: Path) -> None:
    program, port = require_peer("snmptrap"), free_port(socket.SOCK_DGRAM)
    with start_snmpd(tmp_path, community=SECRET) as snmpd:
        device = (
            "devices:\n  srv: {role: server, name: Server, address: 127.0.0.1, department: tesoreria, site: palacio,"
            f" interval: 1h, endpoints: {{snmp: {{port: {snmpd.port}, credential: snmp-read}}}}}}\n"
        )
        with municipality(tmp_path / "m", device) as here:
            config = here.directory / "config.yaml"
            listen = f"budget: 5s, trap_listen: '127.0.0.1:{port}'}}"
            config.write_text(config.read_text().replace("budget: 5s}", listen))
            here.start()
            here.wait_for(lambda: polled_at(here), "the first poll")
            first = polled_at(here)
            trap = [LINK_DOWN, "1.3.6.1.2.1.2.2.1.1.7", "i", "7"]
            subprocess.run([program, "-v2c", "-c", SECRET, f"127.0.0.1:{port}", "", *trap], check=True)
            here.wait_for(lambda: polled_at(here) > first, "a poll after the trap")
            assert open_keys(here) == []


def test_a_flood_of_traps_is_one_poll_in_a_while() -> None:
    polled: list[DeviceId] = []
    now = [0.0]
    triggers = TrapTriggers(polled.append, {"192.0.2.1": DeviceId("sw")}, clock=lambda: now[0])
    trap = Notification("192.0.2.1", "2c", LINK_DOWN, 1, {})  # type: ignore[arg-type]
    for _ in range(1000):
        triggers.take(trap)
    assert polled == ["sw"]
    now[0] += LEAST_SECONDS
    triggers.take(trap)
    triggers.take(Notification("198.51.100.9", "2c", LINK_DOWN, 1, {}))  # type: ignore[arg-type]
    assert polled == ["sw", "sw"]
