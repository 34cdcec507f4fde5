"""What every store of samples promises, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nms.model import Component, DeviceId
from nms.store.samples import EmbeddedSamples, MemorySamples, SampleStore, Series
from tests import peers
from tests.store.samples_data import HEAT, IN, STATUS, SWITCH, T0, octets, ports, reading, steady
from tests.store.samples_influx import PatientInflux


@pytest.fixture(params=["embedded", "memory", pytest.param("influx", marks=pytest.mark.peer("victoria-metrics"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SampleStore]:
    if request.param == "influx":
        with peers.start_victoria_metrics(tmp_path) as peer:
            influx = PatientInflux(peer.port, tmp_path / "spool")
            yield influx
            influx.close()
        return
    embedded = request.param == "embedded"
    opened = EmbeddedSamples(tmp_path / "samples.db", ballast_bytes=0) if embedded else MemorySamples()
    yield opened
    opened.close()


def exact_only(store: SampleStore) -> None:
    """Skips for a server that keeps floating numbers, and no discontinuities beside them."""
    if isinstance(store, PatientInflux):
        pytest.skip("VictoriaMetrics keeps 64-bit floats and no discontinuities")


def test_a_counter_is_read_as_its_rate_per_second(store: SampleStore) -> None:
    store.write(steady(T0, 10))
    samples = store.read(octets(), T0, T0 + 600)
    assert samples.times.tolist() == [T0 + 60 * n for n in range(1, 10)]
    assert samples.values.tolist() == [100.0] * 9


def test_a_step_gives_one_figure_for_each_step_and_nan_where_nothing_is_known(store: SampleStore) -> None:
    store.write(steady(T0, 11))
    samples = store.read(Series(SWITCH, "interface", "Gi2", HEAT), T0, T0 + 1200, step=300)
    assert samples.times.tolist() == [T0, T0 + 300, T0 + 600, T0 + 900]
    np.testing.assert_allclose(samples.values, [0.2, 0.7, 1.0, np.nan])


@pytest.mark.parametrize(("function", "expected"), [("min", 0.0), ("max", 0.4), ("last", 0.4), ("avg", 0.2)])
def test_each_function_picks_its_figure_of_a_step(store: SampleStore, function: str, expected: float) -> None:
    store.write(steady(T0, 5))
    samples = store.read(Series(SWITCH, "interface", "Gi2", HEAT), T0, T0 + 300, 300, function)  # type: ignore[arg-type]
    assert samples.values.tolist() == pytest.approx([expected])


def test_the_averages_of_steps_add_up_to_the_total(store: SampleStore) -> None:
    store.write(steady(T0 + 17.25, 61))
    steps = store.read(octets(), T0, T0 + 3900, 300)
    covered = [282.75] + [300.0] * 11 + [317.25 - 300]
    assert sum(v * c for v, c in zip(steps.values, covered, strict=True)) == pytest.approx(360_000)
    assert store.total(octets(), T0, T0 + 7200) == pytest.approx(360_000)


def test_a_counter_of_64_bits_is_exact(store: SampleStore) -> None:
    exact_only(store)
    high = 2**64 - 7
    store.write([reading(T0, {IN: [high, 2**53 + 1]}), reading(T0 + 60, {IN: [high + 6, 2**53 + 2]})])
    assert [sample.value for _, sample in store.latest(metric=IN)] == [2**64 - 1, 2**53 + 2]
    assert store.read(octets(), T0, T0 + 61).values.tolist() == [0.1]
    assert store.read(octets("Gi2"), T0, T0 + 61).values.tolist() == pytest.approx([1 / 60])


def test_a_counter_that_falls_was_reset_and_that_interval_is_a_gap(store: SampleStore) -> None:
    store.write([reading(T0 + 60 * n, {IN: [v, 0]}) for n, v in enumerate([6000, 12000, 60, 6060])])
    np.testing.assert_array_equal(store.read(octets(), T0, T0 + 300).values, [100, np.nan, 100])


def test_a_restart_that_the_agent_admits_is_a_gap_although_the_counter_grew(store: SampleStore) -> None:
    exact_only(store)
    store.write(
        [
            reading(T0, {IN: [6000, 0]}, since=T0 - 500),
            reading(T0 + 60, {IN: [60000, 0]}, since=T0 + 30),
            reading(T0 + 120, {IN: [66000, 0]}, since=T0 + 30.4),
        ]
    )
    np.testing.assert_array_equal(store.read(octets(), T0, T0 + 300).values, [np.nan, 100])


def test_an_interval_longer_than_a_few_usual_ones_stays_a_gap(store: SampleStore) -> None:
    store.write(steady(T0, 5) + steady(T0 + 1200, 5))
    values = store.read(octets(), T0, T0 + 1500).values
    np.testing.assert_array_equal(values, [100] * 4 + [np.nan] + [100] * 4)


def test_one_missing_value_is_bridged_and_absent_from_the_latest(store: SampleStore) -> None:
    store.write([reading(T0 + 60 * n, {IN: [v, 0]}) for n, v in enumerate([0, None, 12000, 18000, None])])
    assert store.read(octets(), T0, T0 + 300).values.tolist() == [100, 100]
    assert [series.key for series, _ in store.latest(SWITCH)] == ["Gi2"]


def test_late_unordered_and_repeated_batches_give_the_same_as_in_order(store: SampleStore) -> None:
    batch = steady(T0, 12)
    store.write(batch[6:])
    store.write(batch[:3])
    store.write(batch[2:9])
    store.write(batch[2:9])
    assert store.read(octets(), T0, T0 + 720).values.tolist() == [100.0] * 11
    assert store.total(octets("Gi2"), T0, T0 + 660) == pytest.approx(132_000)
    assert {sample.at for _, sample in store.latest()} == {T0 + 660}


def test_instances_and_columns_come_and_go(store: SampleStore) -> None:
    store.write([reading(T0, {IN: [0, 0]})])
    store.write([reading(T0 + 60, {IN: [5], STATUS: [1]}, ports("Gi3"))])
    store.write([reading(T0 + 120, {STATUS: [1, 2, 7], IN: [12000, 60, 65]}, ports("Gi1", "Gi2", "Gi3"))])
    assert store.read(octets("Gi1"), T0, T0 + 300).values.tolist() == [100]
    assert store.read(octets("Gi3"), T0, T0 + 300).values.tolist() == [1]
    assert {(s.key, s.metric) for s in store.series(SWITCH)} == {
        (key, metric) for key in ("Gi1", "Gi2", "Gi3") for metric in (IN, STATUS)
    }


def test_history_survives_a_new_label_and_a_moved_index(store: SampleStore) -> None:
    store.write([reading(T0, {IN: [0, 0]}, ports("Gi1", "Gi2"))])
    store.write([reading(T0 + 60, {IN: [60, 6000]}, ports("Gi2", "Gi1", label="uplink"))])
    assert store.read(octets("Gi1"), T0, T0 + 300).values.tolist() == [100]
    (series,) = store.series(component=Component("interface", "Gi1"), metric=IN)
    assert (series.label, series.index) == ("uplink", "2")


def test_two_rows_of_one_identity_do_not_mix(store: SampleStore) -> None:
    twice = ports("Gi1", "Gi1")
    store.write([reading(T0 + 60 * n, {IN: [6000 * n, 7]}, twice) for n in range(3)])
    assert store.read(octets("Gi1"), T0, T0 + 300).values.tolist() == [100, 100]


def test_two_tables_of_one_device_may_tell_of_one_series(store: SampleStore) -> None:
    store.write([reading(T0, {IN: [0, 0]}), reading(T0 + 60, {IN: [6000, 0]}, table="interfaces-by-ssh")])
    assert store.read(octets(), T0, T0 + 300).values.tolist() == [100]


def test_the_index_answers_by_device_table_metric_and_component(store: SampleStore) -> None:
    store.write(steady(T0, 1))
    other = DeviceId("ups-1")
    store.write([reading(T0, {HEAT: [31.0]}, (Component("sensor", "bat"),), other, "sensors")])
    assert len(store.series()) == 7
    assert [s.device for s in store.series(metric=HEAT, table="sensors")] == [other]
    assert len(store.series(device=SWITCH, component=Component("interface", "Gi2"))) == 3
    assert store.series(device=DeviceId("nobody")) == []


def test_the_top_is_sorted_and_cut(store: SampleStore) -> None:
    store.write(steady(T0, 61))
    assert [(s.key, round(v)) for s, v in store.top(IN, T0, T0 + 3600, 95, 1)] == [("Gi2", 200)]
    assert store.percentile(octets(), T0, T0 + 3600) == pytest.approx(100)
    assert store.percentile(octets(), T0 - 7200, T0 - 3600) is None
    assert store.total(octets(), T0 - 7200, T0 - 3600) is None


def test_hostile_names_and_values_come_back_as_they_went_in(store: SampleStore) -> None:
    nasty = Component("interface", 'a"b\\c,d =e\n\x00ñ', "l\u202ebel")
    store.write([reading(T0, {HEAT: [float("nan")], IN: [1.5]}, (nasty,))])
    store.write([reading(T0 + 60, {HEAT: [-273.15], IN: [3.0]}, (nasty,))])
    (series,) = store.series(metric=HEAT)
    assert series.component == nasty
    assert store.read(series, T0, T0 + 120).values.tolist() == [-273.15]


def test_a_column_of_the_wrong_length_is_refused_whole(store: SampleStore) -> None:
    with pytest.raises(ValueError, match="3 values"):
        store.write([reading(T0, {IN: [1, 2]}), reading(T0 + 60, {IN: [1, 2, 3]})])
    assert store.latest() == []
