"""Roll-ups: a matrix of samples folded into buckets of 5 minutes and of 1 hour.

Four figures for each bucket, kept as blocks of their own: the sum of the samples of a gauge or the increase of a
counter, the number of samples or the seconds known, and the smallest and largest value (of a counter: rate).
Sums and extremes keep six decimals (twelve where all is below 0.01), rates about three digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nms.store.samples.aggregate import Steps, chosen, counter_steps, gauge_steps, steps_of
from nms.store.samples.blocks import Mask
from nms.store.samples.series import Floats, Integers, Raw
from nms.store.samples.sheets import Column

TIERS = (300, 3600)
SUM, COVERED, LOW, HIGH = range(4)
_FOLD = TIERS[1] // TIERS[0]
_DIGITS = 10


def figure(metric: int, which: int) -> int:
    """The number under which one figure of a metric is kept in a roll-up tier."""
    return metric << 2 | which


@dataclass(frozen=True, slots=True)
class Span:
    """The samples of a day of one group, with one more on each side where there is one.

    `since` and `times` in milliseconds, `edges` the borders of the buckets of 5 minutes.
    """

    times: Integers
    since: Integers
    edges: Integers


def distinct(column: Column, is_counter: bool) -> tuple[Column, npt.NDArray[np.intp] | slice]:
    """Rows that fold to different figures, and which of them stands for each row of the column.

    Most ports are idle and most states never change: those without a gap that are alike are folded once.
    """
    values, present = column
    still = (values == values[:, :1]).all(axis=1) & present.all(axis=1)
    alike = np.flatnonzero(still)
    if len(alike) < 2:
        return column, slice(None)
    levels = values[alike, 0]
    _, first, which = np.unique(np.zeros_like(levels) if is_counter else levels, return_index=True, return_inverse=True)
    moving = np.flatnonzero(~still)
    kept = np.concatenate([moving, alike[first]])
    rows = np.empty(len(values), np.intp)
    rows[moving] = np.arange(len(moving))
    rows[alike] = len(moving) + which
    return (values[kept], present[kept]), rows


def folded(span: Span, column: Column, is_counter: bool) -> Steps:
    """One metric of a group in buckets of 5 minutes; shape (components, buckets)."""
    values, present = column
    whole = present.all(axis=1)
    if whole.all():
        return _steps(span, values, present, is_counter)
    shape = (values.shape[0], len(span.edges) - 1)
    steps = Steps(np.zeros(shape), np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan))
    if whole.any():
        _place(steps, np.asarray(whole), _steps(span, values[whole], present[whole], is_counter))
    for row in np.flatnonzero(present.any(axis=1) & ~whole).tolist():
        raw = Raw(span.times, values[row], present[row], span.since)
        _place(steps, row, steps_of(raw, is_counter, span.edges))
    return steps


def _steps(span: Span, values: npt.NDArray[np.generic], present: Mask, is_counter: bool) -> Steps:
    if is_counter:
        return counter_steps(span.times, values, present, span.since, span.edges)
    return gauge_steps(span.times, values.astype(np.float64), present, span.edges)


def _place(steps: Steps, rows: int | npt.NDArray[np.bool_], part: Steps) -> None:
    for whole, piece in zip(_figures(steps), _figures(part), strict=True):
        whole[rows] = piece


def _figures(steps: Steps) -> tuple[Floats, Floats, Floats, Floats]:
    return steps.increase, steps.covered, steps.low, steps.high


def hours(steps: Steps) -> Steps:
    """Buckets of 5 minutes folded to hours."""
    rows = steps.covered.shape[0]

    def cells(values: Floats) -> Floats:
        return values.reshape(rows, -1, _FOLD)

    low = np.where(np.isnan(cells(steps.low)), np.inf, cells(steps.low)).min(axis=2)
    high = np.where(np.isnan(cells(steps.high)), -np.inf, cells(steps.high)).max(axis=2)
    low[np.isinf(low)] = np.nan
    high[np.isinf(high)] = np.nan
    return Steps(cells(steps.increase).sum(axis=2), cells(steps.covered).sum(axis=2), low, high)


def columns(metric: int, steps: Steps, is_counter: bool) -> Iterator[tuple[int, Column]]:
    """The four blocks of a metric, rounded so that they pack well."""
    known = steps.covered > 0
    mean = chosen(steps, "avg")
    low = np.where(np.isnan(steps.low), mean, steps.low)
    high = np.where(np.isnan(steps.high), mean, steps.high)
    if is_counter:
        total = np.rint(np.cumsum(steps.increase, axis=1))
        yield figure(metric, SUM), (np.diff(total, axis=1, prepend=0.0), known)
        low, high = _few_digits(low), _few_digits(high)
    else:
        yield figure(metric, SUM), (_rounded(steps.increase), known)
    yield figure(metric, COVERED), (np.round(steps.covered, 3), known)
    yield figure(metric, LOW), (_rounded(np.where(known, low, 0.0)), known)
    yield figure(metric, HIGH), (_rounded(np.where(known, high, 0.0)), known)


def _few_digits(values: Floats) -> Floats:
    """Rounded to `_DIGITS` binary digits: within a thousandth of the value."""
    mantissa, exponent = np.frexp(values)
    rounded: Floats = np.ldexp(np.rint(mantissa * 2.0**_DIGITS), exponent - _DIGITS)
    return rounded


def _rounded(values: Floats) -> Floats:
    largest = np.abs(values).max(initial=0.0)
    if largest >= 4096:
        return np.round(values, 3)
    return np.round(values, 6 if largest >= 0.01 else 12)
