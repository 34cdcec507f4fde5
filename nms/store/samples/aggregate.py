"""Arithmetic over raw samples: rates of counters, steps, percentiles, totals. The same for every store.

A counter that falls was reset, and so was one whose agent says so: that interval is a gap. An interval longer than
a few usual ones is a gap too, because nobody was there to see what happened in it. Inside a step, counters are
shared out over the borders of the steps, so that the averages of steps add up to the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from nms.store.samples.series import Floats, Function, Integers, Raw, Samples

GAP_INTERVALS = 3.5
_Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Steps:
    """Increase, seconds covered, smallest and largest rate in each step; shape (rows, steps)."""

    increase: Floats
    covered: Floats
    low: Floats
    high: Floats


def usual_interval(times: Integers) -> float:
    """The median distance between samples, in milliseconds; infinite for fewer than two."""
    return float(np.median(np.diff(times))) if len(times) > 1 else float("inf")


def increases(
    times: Integers, values: npt.NDArray[np.generic], present: _Mask, since: Integers
) -> tuple[Floats, _Mask]:
    """What counters grew by, and where that is known.

    Shape: `values` and `present` (rows, times); the result (rows, times - 1), one column an interval. Every gap
    must have been taken out by the caller for a row to bridge it; here an interval needs both its ends.
    """
    if values.dtype == np.uint64:
        exact = cast("npt.NDArray[np.uint64]", values)
        grown = (exact[:, 1:] - exact[:, :-1]).astype(np.float64)
        known = exact[:, 1:] >= exact[:, :-1]
    else:
        floats = values.astype(np.float64)
        grown = np.diff(floats, axis=1)
        known = grown >= 0
    lengths = np.diff(times)
    sound = (lengths > 0) & (lengths <= GAP_INTERVALS * usual_interval(times))
    restarted = (since[1:] > times[:-1]) & (since[1:] <= times[1:])
    known = known & present[:, 1:] & present[:, :-1] & (sound & ~restarted)
    return np.where(known, grown, 0.0), known


def rates(raw: Raw) -> Samples:
    """The rate over each interval per second, at the interval's end."""
    raw = without_gaps(raw)
    if len(raw.times) < 2:
        return Samples(np.empty(0), np.empty(0))
    grown, known = increases(raw.times, raw.values[None], raw.present[None], raw.since)
    seconds = np.maximum(np.diff(raw.times), 1) / 1000.0
    return Samples(raw.times[1:] / 1000.0, np.where(known[0], grown[0] / seconds, np.nan))


def without_gaps(raw: Raw) -> Raw:
    """Only the samples that have a value, so that an interval can bridge a single missing one."""
    if raw.present.all():
        return raw
    keep = raw.present
    return Raw(raw.times[keep], raw.values[keep], raw.present[keep], raw.since[keep])


def floats_of(raw: Raw) -> Samples:
    """The values as they are, NaN at gaps."""
    return Samples(raw.times / 1000.0, np.where(raw.present, raw.values.astype(np.float64), np.nan))


def borders(start: float, end: float, step: float) -> Floats:
    """The borders of the steps of [start, end); the last step may reach beyond the end."""
    count = max(1, int(np.ceil((end - start) / step - 1e-9)))
    return start + step * np.arange(count + 1, dtype=np.float64)


def counter_steps(
    times: Integers, values: npt.NDArray[np.generic], present: _Mask, since: Integers, edges: Integers
) -> Steps:
    """Counters (rows, times) shared out over steps with the borders `edges`, all in milliseconds."""
    rows, count = values.shape[0], len(edges) - 1
    empty = np.full((rows, count), np.nan)
    if len(times) < 2:
        return Steps(np.zeros((rows, count)), np.zeros((rows, count)), empty, empty.copy())
    grown, known = increases(times, values, present, since)
    lengths = np.diff(times) / 1000.0
    increase = _shared_out(np.cumsum(grown, axis=1), times, edges)
    covered = _shared_out(np.cumsum(known * lengths, axis=1), times, edges)
    rate = grown / np.maximum(lengths, 1e-3)
    low = _extreme(np.where(known, rate, np.inf), times[1:], edges, np.minimum)
    high = _extreme(np.where(known, rate, -np.inf), times[1:], edges, np.maximum)
    return Steps(increase, covered, low, high)


def _shared_out(sums: Floats, times: Integers, edges: Integers) -> Floats:
    """The part of a running sum (rows, intervals) that falls between each pair of edges."""
    sums = np.concatenate([np.zeros((sums.shape[0], 1)), sums], axis=1)
    right = np.clip(np.searchsorted(times, edges, side="right"), 1, len(times) - 1)
    left = right - 1
    share = (edges - times[left]) / np.maximum(times[right] - times[left], 1)
    at_edges = sums[:, left] + (sums[:, right] - sums[:, left]) * np.clip(share, 0.0, 1.0)
    return cast("Floats", np.diff(at_edges, axis=1))


def _extreme(values: Floats, times: Integers, edges: Integers, pick: np.ufunc) -> Floats:
    """The smallest or largest value in each step [edge, next edge); NaN where there is none."""
    result = _folded(values, times, edges, pick)
    result[np.isinf(result)] = np.nan
    return result


def _folded(values: Floats, times: Integers, edges: Integers, pick: np.ufunc) -> Floats:
    """The values in each step [edge, next edge) folded to one; NaN where there is none."""
    result = np.full((values.shape[0], len(edges) - 1), np.nan)
    places = np.searchsorted(times, edges)
    filled = np.flatnonzero(np.diff(places) > 0)
    if len(filled):
        inside = values[:, places[filled[0]] : places[filled[-1] + 1]]
        result[:, filled] = pick.reduceat(inside, places[filled] - places[filled[0]], axis=1)
    return result


def gauge_steps(times: Integers, values: Floats, present: _Mask, edges: Integers) -> Steps:
    """Gauges and states (rows, times): `increase` is the sum and `covered` the number of samples in each step."""
    sums = _folded(np.where(present, values, 0.0), times, edges, np.add)
    counts = _folded(present.astype(np.float64), times, edges, np.add)
    low = _extreme(np.where(present, values, np.inf), times, edges, np.minimum)
    high = _extreme(np.where(present, values, -np.inf), times, edges, np.maximum)
    return Steps(np.nan_to_num(sums), np.nan_to_num(counts), low, high)


def steps_of(raw: Raw, is_counter: bool, edges: Integers) -> Steps:
    """The steps of one series, one row."""
    raw = without_gaps(raw)
    values, present = raw.values[None], raw.present[None]
    if is_counter:
        return counter_steps(raw.times, values, present, raw.since, edges)
    return gauge_steps(raw.times, values.astype(np.float64), present, edges)


def chosen(steps: Steps, function: Function) -> Floats:
    """The figure asked for, NaN where a step has no samples."""
    if function == "min":
        return steps.low
    if function == "max":
        return steps.high
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(steps.covered > 0, steps.increase / steps.covered, np.nan)


def last_values(raw: Raw, edges: Integers) -> Floats:
    """The newest value in each step, as it was read; NaN where a step has none."""
    raw = without_gaps(raw)
    places = np.searchsorted(raw.times, edges)
    filled = np.diff(places) > 0
    result = np.full(len(edges) - 1, np.nan)
    result[filled] = raw.values[places[1:][filled] - 1].astype(np.float64)
    return result


def merged(parts: list[Raw]) -> Raw:
    """Parts of one series in order of arrival as one: sorted, one sample an instant.

    Of two samples of the same instant the later arrival counts, unless it has no value.
    """
    if not parts:
        nothing = np.empty(0, np.int64)
        return Raw(nothing, np.empty(0), np.empty(0, np.bool_), nothing)
    times = np.concatenate([part.times for part in parts])
    present = np.concatenate([part.present for part in parts])
    values, since = _joined(parts), np.concatenate([part.since for part in parts])
    if len(times) > 1 and not (times[1:] > times[:-1]).all():
        order = np.lexsort((np.arange(len(times)), present, times))
        keep = order[np.append(times[order][1:] != times[order][:-1], True)]
        times, values, present, since = times[keep], values[keep], present[keep], since[keep]
    return Raw(times, values, present, since)


def _joined(parts: list[Raw]) -> npt.NDArray[np.generic]:
    """Values of one type: integers stay integers unless one part has floats."""
    kinds = {part.values.dtype for part in parts}
    if len(kinds) > 1:
        dtype = np.float64 if np.dtype(np.float64) in kinds else np.uint64
        return np.concatenate([part.values.astype(dtype) for part in parts])
    return np.concatenate([part.values for part in parts])
