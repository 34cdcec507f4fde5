"""When a thing that fills (or wears out) reaches its limit: a date with an interval, or silence and the reason for it.

The line of `nms.rules.trend` is drawn through the time since the last reset (a disk cleaned, a cartridge changed), over
the longest stretch that still moves as its end does. Silent are trends that may be none, intervals too wide to plan by,
dates farther off than the data carry, and what is reset regularly before it matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nms.metrics import title
from nms.model import Component, DeviceId, Message, Parameter, Severity, Verdict
from nms.rules.keys import part_key
from nms.rules.trend import DAY, HOUR, Binned, Floats, Line, binned, bins, busy_days, last_shifts, line
from nms.rules.words import part

RULE = "forecast"

_LEAST_VALUES = 24
_LEAST_SPAN = 2 * HOUR
_SURGES = (3.0, 6.0, 12.0)
"""Hours over which a sudden rise is looked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask of a series: when does it reach `limit`, coming from below (`rising`) or from above.

    `reach`: how far ahead a date may lie, in lengths of the data behind it. `surely`: sigmas by which a slope must
    differ from none. `busy`: ask of this quantile of the busy days (0.95 for
    links and address pools, whose peaks are what fills), not of the whole.
    """

    limit: float
    rising: bool = True
    reach: float = 2.0
    surely: float = 3.0
    widest: float = 4.0
    busy: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """The limit is reached at about `likely`, not before `earliest` and by `latest` (Unix seconds, about 90%)."""

    earliest: float
    likely: float
    latest: float
    slope_per_day: float
    level: float
    data_seconds: float


@dataclass(frozen=True, slots=True)
class Silence:
    """No date can be given, and why. `over`: what was warned of before is over; otherwise it is only not known."""

    reason: Message
    over: bool = False


def forecast(
    times: Sequence[float], values: Sequence[float | None], question: Question, now: float
) -> Forecast | Silence:
    """Ask a series (Unix seconds in ascending order; None or NaN is no value)."""
    at, held = _clean(times, values)
    if len(at) < _LEAST_VALUES or at[-1] - at[0] < _LEAST_SPAN:
        return Silence(Message("Too few values: {count}", {"count": len(at)}))
    sign = 1.0 if question.rising else -1.0
    held, limit = held * sign, question.limit * sign
    whole = binned(at, held)
    room = abs(limit - float(np.median(whole.values)))
    shifts = last_shifts(whole, least=0.1 * room)
    resets = [position for position in shifts if whole.values[position] < whole.values[position - 1]]
    since = float(whole.times[shifts[-1]] - whole.width / 2) if shifts else float(at[0])
    fitted = _surge(at, held, question) or _fit(at, held, since, question.busy)
    if fitted is None:
        return Silence(Message("Too little time since the last jump"), over=bool(resets) and resets[-1] == shifts[-1])
    if fitted.whole.span < 2 * DAY and not _unheard_of(at, held, fitted.whole.span):
        return Silence(Message("It has moved as much before: a cycle, not a trend"))
    return _answer(fitted, limit, sign, question, now, _usual_reset(whole, resets))


def _clean(times: Sequence[float], values: Sequence[float | None]) -> tuple[Floats, Floats]:
    at, held = np.array(times, dtype=np.float64), np.array(values, dtype=np.float64)
    kept = np.isfinite(at) & np.isfinite(held)
    order = np.argsort(at[kept], kind="stable")
    return at[kept][order], held[kept][order]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The line to go by, and the one through its last half where that is steeper: the trend may be bending."""

    whole: Line
    recent: Line | None

    @property
    def fastest(self) -> float:
        """The steepest slope to reckon with, but no more than twice the likely one."""
        slopes = [one.slope + 1.64 * one.error for one in (self.whole, self.recent) if one is not None]
        return max(slopes[0], min(max(slopes), 2 * self.whole.slope))


def _fit(at: Floats, held: Floats, since: float, busy: float | None) -> Fitted | None:
    """The longest stretch up to the end, halved until its line fits its own end and does not bend."""
    begin, whole = since, _line_since(at, held, since, busy)
    while float(at[-1] - begin) >= _LEAST_SPAN:
        middle = float(at[-1] + begin) / 2
        recent = _line_since(at, held, middle, busy)
        if whole is not None and not _bends(whole, recent):
            return Fitted(whole, recent)
        if recent is None:
            return Fitted(whole, None) if whole is not None and _fits_its_end(whole) else None
        begin, whole = middle, recent
    return None


def _line_since(at: Floats, held: Floats, begin: float, busy: float | None) -> Line | None:
    inside = at >= begin
    if inside.sum() < _LEAST_VALUES or at[-1] - begin < _LEAST_SPAN:
        return None
    chosen = at[inside], held[inside]
    return line(binned(*chosen) if busy is None else busy_days(*chosen, busy))


def _fits_its_end(one: Line) -> bool:
    return abs(one.drift) <= max(0.8 * one.noise, 1e-9)


def _bends(whole: Line, recent: Line | None) -> bool:
    if not _fits_its_end(whole):
        return True
    return recent is not None and abs(recent.slope - whole.slope) > 2.5 * (recent.error + whole.error)


def _surge(at: Floats, held: Floats, question: Question) -> Fitted | None:
    """A rise of the last hours such as was never seen: a runaway log, which days of calm would hide."""
    for hours in _SURGES:
        begin = float(at[-1]) - hours * HOUR
        if begin - at[0] < DAY:
            return None
        fitted = _line_since(at, held, begin, None)
        if fitted is None or fitted.slope <= question.surely * fitted.error or not _fits_its_end(fitted):
            continue
        if fitted.slope * fitted.span > 6 * fitted.noise and _unheard_of(at, held, fitted.span):
            return Fitted(fitted, None)
    return None


def _unheard_of(at: Floats, held: Floats, span: float) -> bool:
    """Whether the rise over the last `span` is well above any rise of that length before."""
    series = bins(-at[::-1], held[::-1], span / 4, 1, 0.5)
    numbers = np.round((series.times + at[-1]) / series.width - 0.5).astype(np.int64)
    levels = dict(zip(numbers.tolist(), series.values.tolist(), strict=True))
    rises = {number: levels[number] - levels[number + 3] for number in levels if number + 3 in levels}
    past = [rise for number, rise in rises.items() if number >= 4]
    return 0 in rises and len(past) >= 8 and rises[0] > 1.5 * max(0.0, *past)


def _usual_reset(series: Binned, resets: Sequence[int]) -> float | None:
    """When the next reset is due at the latest, where at least two were seen: half a cycle beyond the usual."""
    if len(resets) < 2:
        return None
    instants = series.times[list(resets)]
    return float(instants[-1] + 1.5 * np.median(np.diff(instants)))


def _answer(
    both: Fitted, limit: float, sign: float, question: Question, now: float, reset_due: float | None
) -> Forecast | Silence:
    fitted, slope, error = both.whole, both.whole.slope, both.whole.error
    if slope <= 0 or slope < question.surely * error:
        return Silence(Message("No trend towards the limit that is surely one"), over=slope < error)
    slowest = slope - 1.64 * error
    peak = fitted.level + max(0.0, fitted.high)
    earliest = now + max(0.0, limit - peak - 1.64 * fitted.noise) / both.fastest
    likely = now + max(0.0, limit - peak - 0.5 * fitted.noise) / slope
    trough = peak if question.busy is not None else fitted.level
    latest = now + max(0.0, limit - trough + fitted.noise) / slowest
    if likely - now > question.reach * fitted.span:
        return Silence(Message("The limit is farther off than the data carry"), over=True)
    if latest - now > question.widest * max(likely - now, DAY):
        return Silence(Message("The interval is too wide to plan by"))
    if reset_due is not None and likely > reset_due:
        return Silence(Message("It is reset regularly before it reaches the limit"), over=True)
    return Forecast(
        float(earliest), float(likely), float(latest), sign * slope * DAY, sign * fitted.level, fitted.span
    )  # fmt: skip


def runtime_at_one_load(runtime: Floats, load: Floats, exponent: float = 1.15) -> Floats:
    """The runtimes that a battery would give at the median of its loads (Peukert's law): wear shows in them, load
    does not. NaN where the load is not known; as they are where there never was one."""
    loads = np.where(load > 0, load, np.nan)
    if np.isnan(loads).all():
        return runtime
    found: Floats = runtime * (loads / np.nanmedian(loads)) ** exponent
    return found


@dataclass(frozen=True, slots=True)
class Subject:
    """The series that a forecast is about."""

    device: DeviceId
    component: Component
    metric: str


def verdict(
    subject: Subject, found: Forecast | Silence, lead_seconds: float, now: float, held: bool = False
) -> Verdict:
    """A warning while the limit is likely to be reached within `lead_seconds`; `held`: it was warned of before.

    A warning ends when the date has moved well beyond the lead, and not merely because the data fell silent.
    """
    names: dict[str, Parameter] = {
        "component": part(subject.device, subject.component),
        "metric_msgid": title(subject.metric),
    }
    key = part_key("forecast", subject.device, subject.component, subject.metric)
    silent = Verdict(
        key, RULE, subject.device, now, None,
        Message("{component}: no forecast of {metric_msgid}", names), subject.component,
    )  # fmt: skip
    if isinstance(found, Silence):
        return replace(silent, unknown=held and not found.over, evidence=(found.reason,))
    ahead = found.likely - now
    due = ahead <= lead_seconds * (1.25 if held else 1.0)
    params = {**names, **_in_days(found, now)}
    return replace(
        silent,
        severity=Severity.WARNING if due else None,
        summary=Message(
            "{component}: {metric_msgid} reaches its limit in {days} days ({earliest} to {latest})", params
        ),
        value=ahead,
        limit=lead_seconds,
        evidence=(Message("It moves by {slope} a day, seen over {over} days", params),),
    )


def _in_days(found: Forecast, now: float) -> dict[str, Parameter]:
    return {
        "days": round((found.likely - now) / DAY, 1),
        "earliest": round((found.earliest - now) / DAY, 1),
        "latest": round((found.latest - now) / DAY, 1),
        "slope": found.slope_per_day,
        "over": round(found.data_seconds / DAY, 1),
    }
