"""Real kernels, agents and the real daemon: a cut link, the monitor's own uplink, and a site without power.

Each asserts the exact alerts, incidents, messages and availability.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from nms.queries import rows
from tests.end_to_end.municipality import Municipality, municipality
from tests.end_to_end.network import ADDRESSES, BATTERY, HOOK, UPLINK_PROBE, Network, network

pytestmark = pytest.mark.timeout(180)

DEVICES = """\
devices:
  core: {role: switch, address: 10.77.0.2, department: tesoreria, parents: []}
  rt-a: {role: router, address: 10.77.1.2, department: tesoreria, parents: [core]}
  sw-a: {role: switch, address: 10.77.3.2, department: tesoreria, parents: [rt-a]}
  rt-b: {role: router, address: 10.77.2.2, department: catastro, parents: [core], powered_by: ups-b}
  ups-b: {role: ups, address: 10.77.4.2, department: catastro, parents: [rt-b]}
defaults:
  site: palacio
  endpoints: {icmp: {}, snmp: {credential: snmp-read}}
"""
LINKS = """\
links:
  wan-a: {name: Enlace A, a: core wan-a, b: rt-a wan0}
  wan-b: {name: Enlace B, a: core wan-b, b: rt-b wan0}
"""
NOTIFY = """\
notify:
  grouping: {wait: 1s}
  channels: {cases: {url: env:TEST_HOOK}}
"""


CONFIRMATIONS = 4
"""Polls of a second: longer than the core's agent tells of a port from its cache, or the far end would speak first."""


@dataclass
class Scene:
    """The network and its monitor; `began` is when the test began, when all was well."""

    network: Network
    here: Municipality
    began: float = 0.0
    heard: int = 0

    def calm(self) -> None:
        """Waits until everything is up and nothing is open."""
        up = {"up"}
        self.here.wait_for(lambda: {*self.states().values()} == up and not self.alerts(), "everything to be well", 60)
        self.here.wait_for(lambda: {one[0] for one in self.messages()[-1:]} <= {"resolve"}, "the last message", 20)
        self.began, self.heard = time.time(), len(self.messages())

    def states(self) -> dict[str, str]:
        found = {row.id: row.state.value for row in self.here.ask("devices") or []}
        return {**found, **{row.id: row.state.value for row in self.here.ask("links") or []}}

    def alerts(self) -> dict[str, str]:
        """Key and status of the open alerts."""
        return {row.key: row.status.value for row in self.here.ask("alerts") or []}

    def incidents(self) -> dict[str, int]:
        """Root and symptoms of the open ones."""
        return {row.root_key: row.symptoms for row in self.here.ask("incidents") or []}

    def messages(self) -> list[tuple[str, str]]:
        """What the receiver got, in order: action and root."""
        kept = self.network.folder / "received"
        lines = kept.read_text().splitlines() if kept.exists() else []
        events = [json.loads(line) for line in lines]
        return [(one["event_action"], one["payload"]["custom_details"]["key"]) for one in events]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Since the test began."""
        return self.messages()[self.heard :]

    def wait_for(self, condition: Any, what: str) -> float:
        """Until the condition; the time then."""
        try:
            self.here.wait_for(condition, what, 60)
        except pytest.fail.Exception as late:
            pytest.fail(f"{late}; {self.alerts()}, {self.incidents()}, {self.states()}, {self.told}")
        return time.time()

    def measured(self, end: float) -> dict[str, rows.AvailabilityRow]:
        """The availability of everything from when the test began."""
        found: dict[str, rows.AvailabilityRow] = {}
        for department in ("tesoreria", "catastro"):
            report = self.here.ask("uptime", start=self.began, end=end, department=department)
            found |= {row.subject: row for row in (*report.departments, *report.devices, *report.links)}
        return found


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("net")
    with (
        network(folder) as wires,
        municipality(
            folder / "m",
            DEVICES,
            links=LINKS,
            more=NOTIFY,
            confirmations=CONFIRMATIONS,
            polling=f"\n  uplink_targets: [core, {UPLINK_PROBE}]",
            environment={"TEST_HOOK": HOOK},
            inside=wires.inside("monitor"),
        ) as here,
    ):
        here.start()
        yield Scene(wires, here)


@pytest.fixture
def scene(city: Scene) -> Scene:
    city.calm()
    return city


def test_a_cut_wan_link_is_one_incident_one_message_and_its_own_time(scene: Scene) -> None:
    cut = time.time()
    scene.network.link("provider", "a-near", "down")
    expected = {"link-down/wan-a": "firing", "device-down/rt-a": "suppressed", "device-down/sw-a": "suppressed"}
    known = scene.wait_for(lambda: scene.alerts() == expected, "one alert and its symptoms")
    scene.wait_for(lambda: scene.told, "a message")
    assert scene.incidents() == {"link-down/wan-a": 2}
    assert {name: state for name, state in scene.states().items() if state != "up"} == {
        "wan-a": "down",
        "rt-a": "unknown",
        "sw-a": "unknown",
    }
    mended = time.time()
    scene.network.link("provider", "a-near", "up")
    over = scene.wait_for(lambda: not scene.alerts() and len(scene.told) == 2, "its end")
    assert scene.told == [("trigger", "link-down/wan-a"), ("resolve", "link-down/wan-a")]
    found = scene.measured(over)
    for subject in ("link/wan-a", "department/tesoreria"):
        assert mended - known <= found[subject].down_seconds <= over - cut, subject
        assert len(found[subject].outages) == 1, subject
    for subject in ("device/rt-a", "device/sw-a"):
        assert found[subject].down_seconds == 0, "unreachable is not down"
        assert mended - known <= found[subject].unknown_seconds <= over - cut, subject
    found = scene.measured(mended)  # of the last seconds nothing may be known yet
    for subject in ("device/core", "device/rt-b", "link/wan-b", "department/catastro"):
        assert (found[subject].down_seconds, found[subject].unknown_seconds) == (0, 0), subject


def test_without_its_own_uplink_the_monitor_accuses_itself_alone(scene: Scene) -> None:
    cut = time.time()
    scene.network.link("monitor", "up0", "down")
    nothing = dict.fromkeys((*ADDRESSES, "wan-a", "wan-b"), "unknown")
    known = scene.wait_for(lambda: scene.states() == nothing and scene.told, "knowing nothing")
    speaking = [key for key, status in scene.alerts().items() if status != "suppressed"]
    assert speaking == ["uplink-down/monitor"]
    assert list(scene.incidents()) == ["uplink-down/monitor"]
    mended = time.time()
    scene.network.link("monitor", "up0", "up")
    over = scene.wait_for(lambda: not scene.alerts() and len(scene.told) == 2, "its end")
    scene.wait_for(lambda: {*scene.states().values()} == {"up"}, "everything to be known")
    assert scene.told == [("trigger", "uplink-down/monitor"), ("resolve", "uplink-down/monitor")]
    for subject, row in scene.measured(over).items():
        assert (row.down_seconds, row.outages) == (0, ()), subject
        assert mended - known <= row.unknown_seconds <= over - cut, subject


def test_a_site_without_power_is_one_incident_of_its_ups_and_comes_back(scene: Scene) -> None:
    """Its link falls before anybody asks the dark site in vain, and yet nobody is told of the link."""
    battery = "state/ups-b/sensor:Output source/upsOutputSource"
    scene.network.feed(BATTERY)
    scene.wait_for(lambda: scene.alerts() == {battery: "firing"} and scene.told, "the UPS on battery")
    dark = time.time()
    scene.network.link("provider", "b-near", "down")
    for name in ("rt-b", "ups-b"):
        scene.network.stop(name)
    behind = ("device-down/ups-b", "device-down/rt-b", "link-down/wan-b")
    expected = {battery: "firing", **dict.fromkeys(behind, "suppressed")}
    known = scene.wait_for(lambda: scene.alerts() == expected, "one root, the battery")
    scene.wait_for(lambda: len(scene.told) == 2, "the word that it got worse")
    assert scene.incidents() == {battery: 3}
    mended = time.time()
    for name in ("rt-b", "ups-b"):
        scene.network.start(name)
    scene.network.link("provider", "b-near", "up")
    over = scene.wait_for(lambda: not scene.alerts() and len(scene.told) == 3, "its end")
    assert scene.told == [("trigger", battery), ("trigger", battery), ("resolve", battery)]
    found = scene.measured(over)
    for subject in ("device/ups-b", "device/rt-b", "link/wan-b", "department/catastro"):
        assert mended - known <= found[subject].down_seconds <= over - dark, subject
        assert len(found[subject].outages) == 1, subject
    found = scene.measured(mended)
    for subject in ("device/core", "device/rt-a", "link/wan-a", "department/tesoreria"):
        assert (found[subject].down_seconds, found[subject].unknown_seconds) == (0, 0), subject
