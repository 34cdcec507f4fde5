"""Charts as SVG: a few small functions. Colours by attribute, so that they need no style sheet and no script.

What a chart says by colour it says by a sign too; the numbers stand beside the bars, and in a table below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from nms.queries.reports.document import Chart

WIDTH = 720
ROW = 26
LABELS = 268
VALUES = 110
GOOD, BAD, TRACK, MARK, INK, MUTED = "#1d6a96", "#b3261e", "#e8edf2", "#1a1a1a", "#1a1a1a", "#5b6670"
FONT = 'font-family="system-ui, sans-serif" font-size="12.5"'


_ROUND = 'stroke-width="1.8" stroke-linecap="round"'


def bars(chart: Chart, shown: Sequence[str], axis: Callable[[float], str]) -> str:
    """Horizontal bars; `shown` are the values in words, `axis` says the ends of the scale, which may not begin at 0."""
    high = chart.high if chart.high is not None else max((bar.value or 0.0 for bar in chart.bars), default=1.0)
    span = (high - chart.low) or 1.0
    room = WIDTH - LABELS - VALUES
    height = ROW * len(chart.bars) + 24
    parts = [
        _text(LABELS, height - 5, axis(chart.low), fill=MUTED),
        _text(LABELS + room, height - 5, axis(high), anchor="end", fill=MUTED),
    ]
    for number, (bar, words) in enumerate(zip(chart.bars, shown, strict=True)):
        top = number * ROW + 5
        length = max(0.0, min(1.0, ((bar.value or 0.0) - chart.low) / span)) * room
        parts.append(_text(LABELS - 10, top + 13, _cut(bar.label, 34), anchor="end"))
        parts.append(_rect(LABELS, top, room, 16, TRACK))
        if bar.value:
            parts.append(_rect(LABELS, top, max(1.5, length), 16, BAD if bar.bad else GOOD))
        if bar.mark is not None and chart.low <= bar.mark <= high:
            at = LABELS + (bar.mark - chart.low) / span * room
            parts.append(f'<path d="M{at:.1f} {top - 3}v22" stroke="{MARK}" stroke-width="2"/>')
        sign = "▼ " if bar.bad else ""
        parts.append(_text(WIDTH - VALUES + 8, top + 13, sign + words, fill=BAD if bar.bad else INK))
    return _svg(WIDTH, height, chart.title, "".join(parts))


def line(
    times: Sequence[float],
    values: Sequence[float | None],
    title: str,
    *,
    top_label: str,
    bottom_label: str,
    ticks: Sequence[tuple[float, str]],
    width: int = WIDTH,
    height: int = 180,
) -> str:
    """One series over time, gaps left open. The axis begins at 0 unless values lie below it."""
    known = [value for value in values if value is not None]
    if not known or times[-1] <= times[0]:
        return ""
    low, high = min(0.0, *known), max(known)
    span = (high - low) or 1.0
    left, right, bottom, head = 70, width - 10, height - 24, 12

    def x(at: float) -> float:
        return left + (at - times[0]) / (times[-1] - times[0]) * (right - left)

    def y(value: float) -> float:
        return bottom - (value - low) / span * (bottom - head)

    parts = [
        f'<path d="M{left} {head}H{right}M{left} {bottom}H{right}" stroke="{TRACK}"/>',
        _text(left - 6, head + 5, top_label, anchor="end", fill=MUTED),
        _text(left - 6, bottom + 4, bottom_label, anchor="end", fill=MUTED),
        f'<path d="{_path(times, values, x, y)}" fill="none" stroke="{GOOD}" {_ROUND}/>',
    ]
    for number, (at, label) in enumerate(ticks):
        anchor = "start" if number == 0 else "end" if number == len(ticks) - 1 else "middle"
        parts.append(_text(x(at), height - 6, label, anchor=anchor, fill=MUTED))
    return _svg(width, height, title, "".join(parts))


def strip(colours: Sequence[tuple[str, str]], title: str, *, width: int = WIDTH, height: int = 28) -> str:
    """A row of days, each a colour and what it says when pointed at."""
    each = width / max(1, len(colours))
    parts = (
        f'<rect x="{number * each:.2f}" y="0" width="{max(1.0, each - 1.2):.2f}" height="{height}" rx="1.5" '
        f'fill="{colour}"><title>{escape(words)}</title></rect>'
        for number, (colour, words) in enumerate(colours)
    )
    return _svg(width, height, title, "".join(parts), stretch=True)


Scale = Callable[[float], float]


def _path(times: Sequence[float], values: Sequence[float | None], x: Scale, y: Scale) -> str:
    drawn, pen = [], "M"
    for at, value in zip(times, values, strict=True):
        if value is None:
            pen = "M"
            continue
        # A point of no length, so that a value between two gaps shows as a dot.
        drawn.append(f"{pen}{x(at):.1f} {y(value):.1f}" + ("h0" if pen == "M" else ""))
        pen = "L"
    return "".join(drawn)


def _svg(width: float, height: float, title: str, body: str, *, stretch: bool = False) -> str:
    fit = ' preserveAspectRatio="none"' if stretch else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}"{fit} role="img" aria-label="{escape(title)}">{body}</svg>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" fill="{fill}"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'


def _cut(label: str, length: int) -> str:
    return label if len(label) <= length else label[: length - 1].rstrip() + "…"
