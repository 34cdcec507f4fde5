"""A robust straight line through a series with cycles, outliers, resets and correlated noise, and how sure it is.

The slope is the median of slopes between values of the same season (hour of the day, or of the week where three weeks
are known): the seasonal Kendall slope (Hirsch and others 1982; Sen 1968; Theil 1950), which neither a daily cycle
nor a third of wrong values can bend. Its error counts correlated residuals as fewer values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0

_MOST_POINTS = 260
_MAD = 1.4826
"""From the median absolute deviation to the standard deviation of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Line:
    """`level` at the end of the series, without season; `slope` a second, give or take `error` (one sigma).

    `high` and `low`: how far the season reaches above and below; `noise`: sigma of what is left.
    """

    slope: float
    error: float
    level: float
    high: float
    low: float
    noise: float
    drift: float
    span: float
    points: int


@dataclass(frozen=True, slots=True)
class Binned:
    """Medians (or another quantile) over equal bins: instants of their middle, values, and the bins of one cycle."""

    times: Floats
    values: Floats
    width: float
    cycle: int


def binned(times: Floats, values: Floats) -> Binned:
    """Medians in at most a few hundred bins, each a whole part of the cycle that the length allows to know."""
    width, cycle = _grid(float(times[-1] - times[0]))
    return bins(times, values, width, cycle, 0.5)


def busy_days(times: Floats, values: Floats, quantile: float) -> Binned:
    """A high quantile of each day, of the days that are busy: at least 0.8 of the busiest in the week around them.

    Nights and weekends grow little where the working day does: they would hide the growth of what fills.
    """
    days = bins(times, values, DAY, 1, quantile)
    if len(days.values) < 7:
        return days
    around = np.lib.stride_tricks.sliding_window_view(np.pad(days.values, 3, mode="edge"), 7)
    floor = np.median(days.values) - np.abs(days.values).max()
    busiest = np.sort(around, axis=1)[:, -2]
    kept = days.values >= np.where(busiest > 0, 0.8 * busiest, floor)
    return Binned(days.times[kept], days.values[kept], DAY, 1)


def bins(times: Floats, values: Floats, width: float, cycle: int, quantile: float) -> Binned:
    """A quantile of the values in each bin of `width` seconds from the first instant on; empty bins are left out."""
    places = np.floor((times - times[0]) / width).astype(np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(places)) + 1))
    counts = np.diff(np.concatenate((starts, [len(places)])))
    ordered = values[np.lexsort((values, places))]
    levels = ordered[starts + np.round(quantile * (counts - 1)).astype(np.int64)]
    middles = times[0] + (places[starts] + 0.5) * width
    return Binned(middles, levels, width, cycle)


def _grid(span: float) -> tuple[float, int]:
    """Width of a bin and bins of a cycle: weekly from three weeks on, daily from three days on, else none."""
    if span >= 3 * WEEK:
        width = DAY / 4
        while span / width > _MOST_POINTS and width < WEEK:
            width *= 2 if width < DAY else 7
        return width, max(1, round(WEEK / width))
    if span >= 3 * DAY:
        return 3 * HOUR, 8
    return max(60.0, span / 48), 1


def line(series: Binned) -> Line | None:
    """The line through a series; None where there are too few values."""
    times, values = series.times - series.times[-1], series.values
    if len(times) < 8:
        return None
    seasons = np.round((series.times - series.times[0]) / series.width).astype(np.int64) % series.cycle
    slope = _slope(times, values, seasons)
    if slope is None:
        return None
    flat = values - slope * times
    profile = {season: float(np.median(flat[seasons == season])) for season in np.unique(seasons).tolist()}
    level = float(np.median(list(profile.values())))
    residuals = flat - np.array([profile[season] for season in seasons.tolist()])
    offsets = np.array(list(profile.values())) - level
    noise = _MAD * float(np.median(np.abs(residuals)))
    effective = _effective(residuals)
    spread = float(np.std(times)) or 1.0
    error = 1.2 * max(noise, 1e-12) / (np.sqrt(effective) * spread)
    recent = residuals[-max(3, len(residuals) // 5) :]
    return Line(
        slope, float(error), level, float(offsets.max()), float(offsets.min()), noise,
        float(np.median(recent)), float(-times[0]), len(times),
    )  # fmt: skip


def _slope(times: Floats, values: Floats, seasons: NDArray[np.int64]) -> float | None:
    slopes = []
    for season in np.unique(seasons).tolist():
        at, held = times[seasons == season], values[seasons == season]
        first, second = np.triu_indices(len(at), 1)
        slopes.append((held[second] - held[first]) / (at[second] - at[first]))
    every = np.concatenate(slopes)
    return float(np.median(every)) if len(every) >= 6 else None


def _effective(residuals: Floats) -> float:
    """How many independent values correlated residuals are worth (first-order autoregression)."""
    clipped = np.clip(residuals, *np.quantile(residuals, (0.05, 0.95)))
    centred = clipped - clipped.mean()
    power = float((centred**2).sum())
    if power <= 0:
        return float(len(residuals))
    correlation = min(0.98, max(0.0, float((centred[1:] * centred[:-1]).sum()) / power))
    return max(2.0, len(residuals) * (1 - correlation) / (1 + correlation))


def last_shifts(series: Binned, least: float) -> list[int]:
    """Where the level jumps for good: positions of the first bin after each jump, in order.

    A jump is larger than `least`, and than six times what the series moves otherwise, and it lasts: the medians of
    the bins on either side (up to four) are as far apart.
    """
    values = series.values
    steps = np.diff(values)
    usual = _MAD * float(np.median(np.abs(steps - np.median(steps)))) if len(steps) else 0.0
    found: list[int] = []
    for at in (np.flatnonzero(np.abs(steps) > max(least, 6 * usual)) + 1).tolist():
        before, after = values[max(0, at - 4) : at], values[at : at + 4]
        shift = float(np.median(after) - np.median(before))
        if abs(shift) > 0.7 * abs(float(steps[at - 1])) and len(after) >= 2:
            found.append(at)
    return found
