"""What is wrong with the samples becomes an alert about the monitor, and ends as one."""

from __future__ import annotations

from pathlib import Path

from nms.i18n import render
from nms.model import Verdict
from nms.store.samples import EmbeddedSamples, InfluxSamples, Retention, SampleStore, Server
from nms.wiring.keeping import health
from nms.wiring.metrics import figures_of_samples
from tests import peers
from tests.store.samples_data import T0, octets, steady
from tests.store.test_samples_safety import damage_blob

NOW = T0 + 3 * 86_400


def holding(samples: SampleStore) -> dict[str, Verdict]:
    return {verdict.key: verdict for verdict in health(samples, NOW) if verdict.severity is not None}


def said(samples: SampleStore) -> dict[str, float]:
    return {found.name: sum(found.values.values()) for found in figures_of_samples(samples)}


def test_a_damaged_block_is_told_as_soon_as_somebody_met_it(tmp_path: Path) -> None:
    store = EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0)
    for n in range(3):
        store.write(steady(T0 + 60 * n, 1))
    assert holding(store) == {}
    damage_blob(tmp_path / "samples.db", "hot", "id = 2")
    assert len(store.raw(octets(), T0, NOW).times) == 2
    (verdict,) = holding(store).values()
    assert verdict.key == "samples-damaged/monitor"
    assert "hot row 2" in render(verdict.summary, "en")
    assert said(store)["samples_damaged_blocks"] == 1
    store.close()


def test_a_size_budget_is_an_alert_in_the_month_before_it_bites(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    store = EmbeddedSamples(path, ballast_bytes=0)
    store.write(steady(T0, 2880))
    store.compact(NOW)
    store.roll_up(NOW)
    used = store.usage()
    assert said(store)["samples_file_bytes"] == used.used > said(store)["samples_tier_bytes"] > 0
    store.close()
    daily = sum(used.daily.values())
    for days, expected in ((10, {"samples-budget/monitor"}), (34, set())):
        budget = round(used.used + days * daily)
        store = EmbeddedSamples(path, retention=Retention(budget_bytes=budget), ballast_bytes=0)
        assert holding(store).keys() == expected
        assert store.forecast(NOW).warning is not None
        store.close()


def test_a_server_that_is_away_is_told_and_so_is_what_waited_too_long(tmp_path: Path) -> None:
    server = Server(f"http://127.0.0.1:{peers.free_port()}", retry_seconds=0.05, spool_limit_bytes=2000)
    store = InfluxSamples(server, tmp_path / "spool")
    assert holding(store) == {}
    store.write(steady(T0, 5))
    peers.wait_until(lambda: store.is_away, "the store to notice")
    assert "1 batches" in render(holding(store)["samples-away/monitor"].summary, "en")
    for n in range(20):
        store.write(steady(T0 + 600 * n, 5))
    assert holding(store).keys() == {"samples-away/monitor", "samples-lost/monitor"}
    assert said(store) == {"samples_waiting": store.waiting, "samples_lost_total": store.lost}
    store.close()
