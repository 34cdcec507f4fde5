"""Forecasts on generated degradations: lead time, false alarms and misses, against plain linear regression.

    python bench/forecast.py [--seeds 4] [--days 90]

Every series is asked once a day whether its limit is reached within the lead of 14 days, by this project's
forecast and by least squares over the last day, week and 28 days (what Prometheus `predict_linear` and
Zabbix `timeleft` do with a window of that length).

  lead      days between the alarm that stands at the crossing (or at the reset) and the crossing, median
  missed    series that cross their limit without such an alarm two days ahead, of all that do
  false     alarms a series-year: runs of alarm days without a crossing in the next 28 days
  covered   share of dates given whose interval held the true crossing; width: median of the intervals, days
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from nms.rules.forecast import Forecast, Question, forecast

START, STEP, DAY = 1_790_000_000.0, 3600.0, 86_400.0
AFTER = 60
"""Days of truth beyond the last question, so that every alarm can be judged."""
LEAD = 14.0
Floats = np.ndarray


def noise(rng: np.random.Generator, count: int, sigma: float, memory: float = 0.6) -> Floats:
    """First-order autoregressive noise with two per cent of gross outliers and half a per cent of gaps."""
    shocks = rng.normal(0, sigma * np.sqrt(1 - memory**2), count)
    out = np.empty(count)
    level = 0.0
    for n, shock in enumerate(shocks):
        level = memory * level + shock
        out[n] = level
    return out


def spoilt(rng: np.random.Generator, values: Floats, size: float) -> Floats:
    values = values.copy()
    values[rng.random(len(values)) < 0.02] += rng.choice([-1, 1]) * size
    values[rng.random(len(values)) < 0.005] = np.nan
    return values


def daily(hours: Floats) -> Floats:
    """Busy from eight to four."""
    return np.clip(np.sin((hours % 24 - 6) / 12 * np.pi), 0, 1)


BUSY = float(np.sort(daily(np.arange(24.0)))[22])
"""The 95th percentile of the hours of a busy day, as a share of its peak: what fills a link is its busy hour."""


def weekly(hours: Floats) -> Floats:
    return np.where((hours // 24) % 7 < 5, 1.0, 0.25)


@dataclass(frozen=True)
class Kind:
    name: str
    make: Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]
    question: Question


def disk(rng, hours):
    """Grows steadily, with a daily wave of temporary files."""
    true = rng.uniform(0.3, 0.55) + hours / 24 * rng.uniform(0.004, 0.012)
    return true, spoilt(rng, true + 0.02 * daily(hours) + noise(rng, len(hours), 0.004), 0.15)


def disk_faster(rng, hours):
    """Growth that doubles at a moment nobody announced."""
    slow = rng.uniform(0.002, 0.004)
    turn = rng.uniform(25, 50) * 24
    true = 0.35 + hours / 24 * slow + np.clip(hours - turn, 0, None) / 24 * slow * 4
    return true, spoilt(rng, true + 0.01 * daily(hours) + noise(rng, len(hours), 0.003), 0.1)


def disk_cleaned(rng, hours):
    """Somebody cleans it up once in the middle, and it grows on."""
    rate = rng.uniform(0.009, 0.013)
    true = 0.4 + hours / 24 * rate
    true = np.where(hours > rng.uniform(20, 25) * 24, true - 0.25, true)
    return true, spoilt(rng, true + 0.015 * daily(hours) + noise(rng, len(hours), 0.004), 0.1)


def toner(rng, hours):
    """Falls in working hours, read in whole per cent; the cartridge is changed at two per cent."""
    use = daily(hours) * weekly(hours) * rng.uniform(0.8, 1.2, len(hours)) * rng.uniform(0.0016, 0.003)
    level, out = 1.0, np.empty(len(hours))
    for n, step in enumerate(use):
        level = 1.0 if level < 0.02 else level - step
        out[n] = level
    return out, spoilt(rng, np.round(out, 2), 0.0)


def pool(rng, hours):
    """Addresses leased: office hours, working days, and more devices every week."""
    true = 0.45 + hours / 24 * rng.uniform(0.004, 0.008)
    return true + 0.2 * BUSY, spoilt(rng, true + 0.2 * daily(hours) * weekly(hours) + noise(rng, len(hours), 0.01), 0.1)


def link(rng, hours):
    """A link's busy hour grows three per cent a week; nights and weekends are quiet."""
    peak = 0.35 * np.exp(hours / (24 * 7) * rng.uniform(0.05, 0.09))
    return peak * BUSY, spoilt(
        rng, np.clip(peak * daily(hours) * weekly(hours) + noise(rng, len(hours), 0.02), 0, 1), 0.1
    )


def optic(rng, hours):
    """Received power falls by tenths of a decibel a week, and breathes with the temperature of the day."""
    true = rng.uniform(-14, -12) - hours / 24 * rng.uniform(0.06, 0.12)
    return true, spoilt(rng, true + 0.3 * np.sin(hours / 24 * 2 * np.pi) + noise(rng, len(hours), 0.1), 3.0)


def battery(rng, hours):
    """Runtime at the reference load decays faster and faster, as lead-acid does near its end."""
    age = hours / (85 * 24)
    true = 3600 * (1 - rng.uniform(0.5, 0.8) * age**2)
    return true, spoilt(rng, true + 60 * np.sin(hours / 24 * 2 * np.pi) + noise(rng, len(hours), 40), 600)


def steady(rng, hours):
    return np.full(len(hours), 0.6), spoilt(
        rng, 0.6 + 0.2 * daily(hours) * weekly(hours) + noise(rng, len(hours), 0.02), 0.2
    )


def wandering(rng, hours):
    """Goes up and down over days without going anywhere."""
    moved = noise(rng, len(hours), 0.08, memory=0.99)
    return 0.6 + moved, 0.6 + moved + noise(rng, len(hours), 0.005)


def purged(rng, hours):
    """Fills over the week and is emptied every Sunday."""
    true = 0.4 + 0.3 * ((hours / 24 + rng.uniform(0, 7)) % 7) / 7
    return true, true + noise(rng, len(hours), 0.005)


def stepped(rng, hours):
    """Somebody puts 200 GB there at once, and that is all."""
    true = np.where(hours > rng.uniform(20, 60) * 24, 0.72, 0.5)
    return true, spoilt(rng, true + noise(rng, len(hours), 0.005), 0.1)


UP, DOWN = Question(0.95), Question(0.02, rising=False)
KINDS = (
    Kind("disk, steady growth", disk, UP),
    Kind("disk, growth that turns", disk_faster, UP),
    Kind("disk, cleaned once", disk_cleaned, UP),
    Kind("toner, changed when empty", toner, Question(0.05, rising=False)),
    Kind("address pool", pool, Question(0.95, busy=0.95)),
    Kind("link, busy hour", link, Question(0.9, busy=0.95)),
    Kind("optical power", optic, Question(-20.0, rising=False)),
    Kind("UPS battery", battery, Question(1800.0, rising=False)),
    Kind("calm, daily and weekly wave", steady, UP),
    Kind("calm, wandering", wandering, Question(0.98)),
    Kind("calm, emptied weekly", purged, UP),
    Kind("calm, one step", stepped, UP),
)


Answer = tuple[float, float, float] | None | str
"""Earliest, likely and latest instant; None: no danger; HOLD: not known, so that a warning stays."""

HOLD = "hold"


def robust(times: Floats, values: Floats, question: Question, now: float) -> Answer:
    found = forecast(times, values, question, now)
    if isinstance(found, Forecast):
        return found.earliest, found.likely, found.latest
    return None if found.over else HOLD


def least_squares(days: float) -> Callable[..., Answer]:
    def predict(times: Floats, values: Floats, question: Question, now: float) -> Answer:
        kept = (times > now - days * DAY) & np.isfinite(values)
        slope, level = np.polyfit(times[kept] - now, values[kept], 1)
        gap = question.limit - level
        if gap * (1 if question.rising else -1) <= 0:
            return now, now, now
        if slope == 0 or gap / slope < 0:
            return None
        likely = now + gap / slope
        return likely, likely, likely

    return predict


@dataclass
class Tally:
    leads: list[float] = field(default_factory=list)
    crossings: int = 0
    missed: int = 0
    false_runs: int = 0
    days: int = 0
    held: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    seconds: float = 0.0


def crossings(true: Floats, question: Question) -> list[int]:
    """Hours at which the true value passes its limit."""
    beyond = true >= question.limit if question.rising else true <= question.limit
    return (np.flatnonzero(beyond[1:] & ~beyond[:-1]) + 1).tolist()


def play(kind: Kind, predict: Callable[..., Answer], seed: int, days: int, tally: Tally) -> None:
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    hours = np.arange((days + AFTER) * 24, dtype=float)
    true, seen = kind.make(rng, hours)
    times, ahead = START + hours * STEP, crossings(true, kind.question)
    alarms = np.zeros(days, dtype=bool)
    beyond = true >= kind.question.limit if kind.question.rising else true <= kind.question.limit
    for day in range(10, days):
        hour = day * 24
        if beyond[hour]:
            continue
        begun = time.process_time()
        answer = predict(times[:hour], seen[:hour], kind.question, times[hour])
        tally.seconds += time.process_time() - begun
        tally.days += 1
        following = next((at for at in ahead if at >= hour), None)
        if answer == HOLD:
            alarms[day] = alarms[day - 1]
        elif answer is not None:
            alarms[day] = answer[1] - times[hour] <= LEAD * DAY
            if (
                following is not None
                and answer[2] > answer[0]
                and not reset_between(true, kind.question, hour, following)
            ):
                tally.held.append(answer[0] - DAY / 2 <= times[following] <= answer[2] + DAY / 2)
                tally.widths.append((answer[2] - answer[0]) / DAY)
    score(alarms, ahead, tally)


def reset_between(true: Floats, question: Question, first: int, last: int) -> bool:
    """Whether people undid the degradation before it came to its end: no forecast can know that."""
    steps = np.diff(true[first:last]) * (1 if question.rising else -1)
    return bool(len(steps)) and bool(steps.min() < -0.05)


def score(alarms: np.ndarray, ahead: list[int], tally: Tally) -> None:
    for at in ahead:
        day = at // 24
        if not 12 <= day < len(alarms):
            continue
        tally.crossings += 1
        first = day - 2
        if not alarms[first]:
            tally.missed += 1
            continue
        while first > 0 and alarms[first - 1]:
            first -= 1
        tally.leads.append(day - first)
    runs = np.flatnonzero(alarms & ~np.concatenate(([False], alarms[:-1]))).tolist()
    tally.false_runs += sum(not any(run * 24 <= at <= (run + 28) * 24 for at in ahead) for run in runs)


METHODS = {
    "this forecast": robust,
    "least squares 1 d": least_squares(1),
    "least squares 7 d": least_squares(7),
    "least squares 28 d": least_squares(28),
}


def row(name: str, tally: Tally) -> str:
    lead = f"{np.median(tally.leads):.0f}" if tally.leads else "-"
    missed = f"{tally.missed}/{tally.crossings}" if tally.crossings else "-"
    yearly = tally.false_runs / (tally.days / 365) if tally.days else 0.0
    covered = f"{np.mean(tally.held):.0%}" if tally.held else "-"
    width = f"{np.median(tally.widths):.0f}" if tally.widths else "-"
    cost = tally.seconds / max(1, tally.days) * 1000
    return f"  {name:<20} {lead:>5} {missed:>8} {yearly:>7.1f} {covered:>8} {width:>6} {cost:>9.1f}"


def merged(tallies: list[Tally]) -> Tally:
    whole = Tally()
    for one in tallies:
        whole.leads += one.leads
        whole.held += one.held
        whole.widths += one.widths
        whole.crossings += one.crossings
        whole.missed += one.missed
        whole.false_runs += one.false_runs
        whole.days += one.days
        whole.seconds += one.seconds
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--days", type=int, default=90)
    given = parser.parse_args()
    print(f"  {'':<20} {'lead':>5} {'missed':>8} {'false':>7} {'covered':>8} {'width':>6} {'ms each':>9}")
    totals: dict[str, list[Tally]] = {name: [] for name in METHODS}
    for kind in KINDS:
        print(kind.name)
        for name, predict in METHODS.items():
            tally = Tally()
            for seed in range(given.seeds):
                play(kind, predict, seed, given.days, tally)
            totals[name].append(tally)
            print(row(name, tally))
    print("all")
    for name, tallies in totals.items():
        print(row(name, merged(tallies)))


if __name__ == "__main__":
    main()
