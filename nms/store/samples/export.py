"""Samples as files that other programs read: CSV always, Parquet with the optional extra `export`.

One row a sample: time (UTC), device, kind, component, metric, value. Counters are exact integers in both.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nms.store.samples.errors import SamplesError
from nms.store.samples.series import Raw, Series

COLUMNS = ("time", "device", "kind", "component", "metric", "value")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RawSource(Protocol):
    """Any store of samples."""

    def raw(self, series: Series, start: float, end: float) -> Raw: ...


def export_csv(source: RawSource, wanted: Iterable[Series], start: float, end: float, target: Path) -> int:
    """Writes a CSV file with a header; returns the number of samples. Raises: SamplesError.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    rows = 0
    try:
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for series, raw in _parts(source, wanted, start, end):
                names = [_harmless(text) for text in (series.device, series.kind, series.key, series.metric)]
                for at, value in zip(raw.times.tolist(), raw.values.tolist(), strict=True):
                    writer.writerow((_iso(at), *names, value))
                rows += len(raw.times)
    except OSError as error:
        raise SamplesError(f"{target} cannot be written: {error.strerror}") from error
    return rows


def export_parquet(source: RawSource, wanted: Iterable[Series], start: float, end: float, target: Path) -> int:
    """Writes a Parquet file; returns the number of samples. Raises: SamplesError.

    Beside `value` (double) stands `exact` (64-bit unsigned), which only counters have.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SamplesError("Parquet needs the package pyarrow: install nms with the extra 'export'") from error
    texts = [(name, pyarrow.dictionary(pyarrow.int32(), pyarrow.string())) for name in COLUMNS[1:5]]
    time = ("time", pyarrow.timestamp("ms", "UTC"))
    schema = pyarrow.schema([time, *texts, ("value", pyarrow.float64()), ("exact", pyarrow.uint64())])
    rows = 0
    try:
        with pyarrow.parquet.ParquetWriter(target, schema, compression="zstd") as writer:
            for series, raw in _parts(source, wanted, start, end):
                writer.write_table(pyarrow.table(_columns(pyarrow, series, raw), schema))
                rows += len(raw.times)
    except OSError as error:
        raise SamplesError(f"{target} cannot be written: {error}") from error
    return rows


def _columns(pyarrow: Any, series: Series, raw: Raw) -> list[Any]:
    count = len(raw.times)
    names = (series.device, series.kind, series.key, series.metric)
    zeros = pyarrow.array(np.zeros(count, np.int32))
    texts = [pyarrow.DictionaryArray.from_arrays(zeros, pyarrow.array([name])) for name in names]
    exact = pyarrow.array(raw.values) if raw.values.dtype == np.uint64 else pyarrow.nulls(count, pyarrow.uint64())
    times = pyarrow.array(raw.times.astype("datetime64[ms]")).cast(pyarrow.timestamp("ms", "UTC"))
    return [times, *texts, pyarrow.array(raw.values.astype(np.float64)), exact]


def _parts(source: RawSource, wanted: Iterable[Series], start: float, end: float) -> Iterator[tuple[Series, Raw]]:
    for series in wanted:
        raw = source.raw(series, start, end)
        if len(raw.times):
            yield series, raw


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
