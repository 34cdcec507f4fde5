"""The exposition is what Prometheus reads, cheap, and safe against what devices call themselves."""

from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from nms.model import Component, DeviceId, Reading
from nms.views.metrics import Exposition, Figure, figure, own_exposition, own_metrics
from tests import peers

NOW = 1_700_000_000.0
HEAT = "temperature_celsius"
OCTETS = "interface_in_octets_total"


def room(at: float, value: float | None, key: str = "room", table: str = "sensors", device: str = "env-1") -> Reading:
    return Reading(DeviceId(device), table, at, (Component("sensor", key),), {HEAT: [value]})


def parsed(text: bytes) -> dict[str, list[tuple[dict[str, str], float, float | None]]]:
    return {
        family.name: [(s.labels, s.value, s.timestamp) for s in family.samples]
        for family in text_string_to_metric_families(text.decode())
    }


def test_each_reading_has_its_type_unit_value_and_time() -> None:
    port = (Component("interface", "Gi1"),)
    text = Exposition().render(
        [room(NOW + 0.123, 21.5), Reading(DeviceId("sw"), "interfaces", NOW, port, {OCTETS: [2**64 - 1]})]
    )
    assert b"# TYPE nms_interface_in_octets_total counter" in text
    assert b"# HELP nms_temperature_celsius Temperature (celsius)" in text
    assert b'component="Gi1"} 18446744073709551615 1700000000000\n' in text
    ((labels, value, stamp),) = parsed(text)["nms_temperature_celsius"]
    assert labels == {"device": "env-1", "kind": "sensor", "component": "room"}
    assert (value, float(stamp or 0)) == (21.5, NOW + 0.123)


def test_absent_values_truth_values_and_nan_do_not_spoil_the_page() -> None:
    parts = tuple(Component("sensor", name) for name in "abcd")
    odd = Reading(DeviceId("x"), "t", NOW, parts, {HEAT: [None, float("nan"), True, 4]})
    assert [value for _, value, _ in parsed(Exposition().render([odd]))["nms_temperature_celsius"]] == [1, 4]
    assert Exposition().render([room(NOW, None)]) == b""


def test_hostile_names_are_escaped_and_cannot_forge_a_line() -> None:
    evil = 'a"} 1\nnms_device_up{device="core"} 0\x1b]52;c;x\x07\\'
    found = parsed(Exposition().render([room(NOW, 1.0, key=evil)]))
    assert list(found) == ["nms_temperature_celsius"]
    ((labels, _, _),) = found["nms_temperature_celsius"]
    assert labels["component"] == 'a"} 1\nnms_device_up{device="core"} 0]52;c;x\\'


def test_a_series_that_two_tables_tell_stands_once_with_the_newer_value() -> None:
    readings = [room(NOW, 20.0), room(NOW + 5, 25.0, table="by-ssh"), room(NOW, 1.0, device="env-2")]
    found = parsed(Exposition().render(readings))["nms_temperature_celsius"]
    assert sorted((labels["device"], value) for labels, value, _ in found) == [("env-1", 25.0), ("env-2", 1.0)]


def test_two_components_of_one_name_give_one_line() -> None:
    twice = (Component("sensor", "t"), Component("sensor", "t\x00"))
    found = parsed(Exposition().render([Reading(DeviceId("x"), "t", NOW, twice, {HEAT: [1, 2]})]))
    assert [value for _, value, _ in found["nms_temperature_celsius"]] == [1]


def test_readings_that_are_too_old_are_left_out() -> None:
    page = Exposition().render([room(NOW - 400, 1.0), room(NOW, 2.0, key="new")], max_age=300, now=NOW)
    assert [value for _, value, _ in parsed(page)["nms_temperature_celsius"]] == [2]


def test_a_label_that_changed_is_rendered_anew() -> None:
    page = Exposition()
    assert b'component="a"' in page.render([room(NOW, 1.0, key="a")])
    assert b'component="b"' in page.render([room(NOW, 1.0, key="b")])


def test_fifty_thousand_series_are_all_told() -> None:
    ports = tuple(Component("interface", f"Gi1/0/{n}") for n in range(50))
    columns = {
        OCTETS: list(range(50)),
        "interface_out_octets_total": list(range(50)),
        HEAT: [n / 10 for n in range(50)],
    }
    readings = [Reading(DeviceId(f"sw{n}"), "interfaces", NOW, ports, columns) for n in range(334)]
    page = Exposition()
    text = page.render(readings)
    assert text.count(b"\n") == 50_100 + 6


def test_the_monitors_own_figures_are_asked_for_at_each_scrape() -> None:
    polls = {("snmp",): 1.0}
    registry = own_metrics(
        lambda: [
            figure("devices", "Devices in the inventory", 3),
            Figure("polls_total", "Polls by transport", dict(polls), ("transport",)),
        ]
    )
    assert b"nms_devices 3.0" in own_exposition(registry)
    polls["snmp",] = 2.0
    text = own_exposition(registry)
    assert b'nms_polls_total{transport="snmp"} 2.0' in text
    assert b"# TYPE nms_polls_total counter" in text


@contextmanager
def served(page: Callable[[], bytes]) -> Iterator[int]:
    """An HTTP server that answers every path with a page."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(port: int, query: str) -> list[dict[str, object]]:
    url = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return list(json.load(answer)["data"]["result"])


@pytest.mark.peer("prometheus")
def test_a_real_prometheus_scrapes_all_of_it(tmp_path: Path) -> None:
    peers.require_peer("prometheus")
    evil = 'núm"3\\ {x="1"}\n# TYPE'
    page = Exposition()
    ports = tuple(Component("interface", name) for name in ("Gi1", evil))

    def render() -> bytes:
        now = time.time()
        octets = Reading(DeviceId("sw"), "interfaces", now - 1, ports, {OCTETS: [2**64 - 1, 7]})
        return page.render([octets, room(now - 1, -3.5)])

    with served(render) as port, peers.start_prometheus(tmp_path, {f"127.0.0.1:{port}": "/metrics/devices"}) as peer:
        peers.wait_until(lambda: bool(asked(peer.port, "nms_temperature_celsius")), "a scrape", 20)
        (found,) = asked(peer.port, "nms_temperature_celsius")
        assert found["value"][1] == "-3.5"  # type: ignore[index]
        octets = asked(peer.port, f"nms_{OCTETS}")
        assert {result["metric"]["component"] for result in octets} == {"Gi1", evil}  # type: ignore[index]
        assert asked(peer.port, 'up{job="job0"}')[0]["value"][1] == "1"  # type: ignore[index]
