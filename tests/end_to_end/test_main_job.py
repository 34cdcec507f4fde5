"""The main job against real agents: polled, kept, judged, ticketed, reported; stopped, killed, started again."""

from __future__ import annotations

import json
import re
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from nms.store.samples import EmbeddedSamples
from tests.end_to_end.municipality import SECRET, Municipality, municipality
from tests.peers import free_port, start_snmpd

pytestmark = pytest.mark.timeout(180)


def devices(**ports: int) -> str:
    """Devices by name and SNMP port; one whose name ends in v3 is asked by SNMPv3 authPriv."""
    lines = ["devices:"]
    for number, (name, port) in enumerate(ports.items(), 1):
        credential = "snmp-v3" if name.endswith("v3") else "snmp-read"
        lines += [
            f"  {name}:",
            "    role: server",
            f"    name: Server {name}",
            f"    address: 127.0.1.{number}",
            "    department: tesoreria",
            "    site: palacio",
            f"    endpoints: {{snmp: {{address: 127.0.0.1, port: {port}, credential: {credential}}}}}",
        ]
    return "\n".join(lines) + "\n"


def scrape(here: Municipality, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{here.port}{path}", timeout=5) as answer:
        return str(answer.read().decode())


def open_keys(here: Municipality) -> list[str]:
    return [row.key for row in here.ask("alerts") or []]


def test_real_agents_are_polled_into_the_store_and_the_metrics(tmp_path: Path) -> None:
    users = [f"nmsuser SHA-256 auth-{SECRET} AES priv-{SECRET}"]
    with (
        start_snmpd(tmp_path, community=SECRET, users=users) as snmpd,
        municipality(tmp_path / "m", devices(plain=snmpd.port, secret_v3=snmpd.port)) as here,
    ):
        here.start()
        here.wait_for(lambda: (page := here.ask("device", device_id="plain")) and page.interfaces, "interfaces")
        here.wait_for(lambda: (page := here.ask("device", device_id="secret_v3")) and page.interfaces, "v3 interfaces")
        for name in ("plain", "secret_v3"):
            page = here.ask("device", device_id=name)
            loopback = next(row for row in page.interfaces if row.key == "lo")
            assert (loopback.admin, loopback.oper) == ("up", "up")
            here.wait_for(lambda name=name: "interface_in_octets_total" in scrape(here, "/metrics/devices"), "metrics")
        text = scrape(here, "/metrics/devices")
        samples = re.findall(r'interface_in_octets_total\{[^}]*device="(\w+)"[^}]*\} (\S+)', text)
        assert {name for name, _ in samples} == {"plain", "secret_v3"}
        assert all(float(value) >= 0 for _, value in samples)
        assert "nms_polls_total" in scrape(here, "/metrics")
        assert here.stop() == 0
        assert SECRET not in here.log
        store = EmbeddedSamples(tmp_path / "m" / "data" / "samples.db", read_only=True)
        octets = store.series(metric="interface_in_octets_total")
        assert {(series.device, series.key) for series in octets} >= {("plain", "lo"), ("secret_v3", "lo")}
        assert len(store.read(octets[0], 0, 1e11).values) >= 2
        store.close()


def test_an_outage_is_one_alert_one_ticket_and_exactly_itself_in_the_report(tmp_path: Path) -> None:
    port = free_port(socket.SOCK_DGRAM)
    with municipality(tmp_path / "m", devices(srv=port)) as here:
        with start_snmpd(tmp_path / "a", community=SECRET, port=port):
            here.start()
            here.wait_for(lambda: here.ask("overview").devices.up == 1, "the server to be up")
        here.wait_for(lambda: open_keys(here) == ["device-down/srv"], "one alert")
        (alert,) = here.ask("alerts")
        (ticket,) = here.ask("tickets", kind="corrective")
        assert re.fullmatch(r"MC-\d{4}-000001", ticket.folio)
        assert alert.ticket == ticket.folio
        assert here.nms("status", check=False).returncode == 1
        with start_snmpd(tmp_path / "b", community=SECRET, port=port):
            here.wait_for(lambda: here.ask("ticket", folio=ticket.folio).ticket.status == "resolved", "the end", 120)
            assert open_keys(here) == []
            assert len(here.ask("tickets", kind="corrective")) == 1
            report = json.loads(here.nms("report", "uptime", "--department", "tesoreria", "--format", "json").stdout)
        (server,) = [row for row in report["devices"] if row["subject"] == "device/srv"]
        (outage,) = server["outages"]
        assert outage["end"] is not None
        assert server["down_seconds"] == pytest.approx(outage["end"] - outage["start"], abs=0.001)
        assert abs(outage["start"] - alert.opened_at) < 5
        (department,) = [row for row in report["departments"] if row["subject"] == "department/tesoreria"]
        assert len(department["outages"]) == 1


def test_history_alerts_and_tickets_survive_a_kill(tmp_path: Path) -> None:
    silent = free_port(socket.SOCK_DGRAM)
    with (
        start_snmpd(tmp_path, community=SECRET) as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port, gone=silent)) as here,
    ):
        here.start()
        here.wait_for(lambda: open_keys(here) == ["device-down/gone"], "the alert")
        here.wait_for(lambda: (page := here.ask("device", device_id="srv")) and page.interfaces, "interfaces")
        (before,) = here.ask("alerts")
        here.stop(signal.SIGKILL)
        here.start()
        here.wait_for(lambda: open_keys(here) == ["device-down/gone"], "the same alert after the kill")
        (after,) = here.ask("alerts")
        assert (after.id, after.ticket, after.opened_at) == (before.id, before.ticket, before.opened_at)
        series = here.ask("series", device_id="srv")
        octets = next(row for row in series if row.metric == "interface_in_octets_total" and row.component_key == "lo")
        history = here.ask(
            "history",
            device_id="srv",
            kind=octets.component_kind,
            component="lo",
            metric=octets.metric,
            start=before.opened_at - 3600,
            end=after.updated_at + 3600,
        )
        assert any(at < after.updated_at for at in history.times)
        assert len(here.ask("tickets", kind="corrective")) == 1


def test_a_wrong_community_is_one_clear_reason(tmp_path: Path) -> None:
    with (
        start_snmpd(tmp_path, community="another") as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port)) as here,
    ):
        here.start()
        here.wait_for(lambda: open_keys(here) == ["device-down/srv"], "the alert")
        (witness,) = here.ask("device", device_id="srv").witnesses
        assert witness.outcome == "silent"
        assert f"127.0.0.1 port {snmpd.port}" in witness.reason
        assert "community" in witness.reason
        assert SECRET not in witness.reason + here.log


def test_a_device_that_leaves_the_inventory_takes_its_alert_with_it_and_leaves_its_past(tmp_path: Path) -> None:
    silent = free_port(socket.SOCK_DGRAM)
    with (
        start_snmpd(tmp_path, community=SECRET) as snmpd,
        municipality(tmp_path / "m", devices(srv=snmpd.port, gone=silent)) as here,
    ):
        here.start()
        here.wait_for(lambda: open_keys(here) == ["device-down/gone"], "the alert")
        here.stop()
        (here.directory / "inventories" / "devices" / "all.yaml").write_text(devices(srv=snmpd.port))
        here.start()
        here.wait_for(lambda: open_keys(here) == [], "the alert to be retired")
        (past,) = here.ask("alerts", resolved=True)
        assert (past.key, past.status) == ("device-down/gone", "resolved")
