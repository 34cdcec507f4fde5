"""Tools get at the samples: CSV that a spreadsheet may open, Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nms.model import Component
from nms.store.samples import MemorySamples, SamplesError, export_csv, export_parquet
from tests.store.samples_data import HEAT, IN, T0, reading


@pytest.fixture
def store() -> MemorySamples:
    filled = MemorySamples()
    formula = (Component("interface", "=cmd|calc"),)
    filled.write([reading(T0, {IN: [2**64 - 1], HEAT: [1.5]}, formula), reading(T0 + 60.25, {IN: [None]}, formula)])
    return filled


def test_csv_holds_every_sample_exactly_and_no_formula(store: MemorySamples, tmp_path: Path) -> None:
    target = tmp_path / "samples.csv"
    assert export_csv(store, store.series(), T0, T0 + 3600, target) == 2
    with target.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["value"] for row in rows} == {str(2**64 - 1), "1.5"}
    assert {row["component"] for row in rows} == {"'=cmd|calc"}
    assert rows[0]["time"] == "2023-11-14T22:00:00.000+00:00"


def test_parquet_holds_counters_exactly(store: MemorySamples, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the optional extra 'export' is not installed")
    import pyarrow.parquet

    target = tmp_path / "samples.parquet"
    assert export_parquet(store, store.series(), T0, T0 + 3600, target) == 2
    rows = pyarrow.parquet.read_table(target).to_pylist()
    assert {row["metric"]: row["exact"] for row in rows} == {IN: 2**64 - 1, HEAT: None}


def test_a_target_that_cannot_be_written_is_one_sentence(store: MemorySamples, tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="cannot be written"):
        export_csv(store, store.series(), T0, T0 + 60, tmp_path / "nowhere" / "x.csv")
