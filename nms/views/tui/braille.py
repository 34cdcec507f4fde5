"""Graphs out of braille dots and blocks: two columns and four rows of dots in each cell, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence

Values = Sequence[float | None]

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell (Unicode block U+2800): left and right column, from the top."""
_BLOCKS = "▁▂▃▄▅▆▇█"


def spark(values: Values, width: int) -> str:
    """One line of blocks, the newest at the right; a gap is a space."""
    found = resample(values, width)
    known = [value for value in found if value is not None]
    if not known:
        return " " * width
    top = max(*known, 1e-12)
    return "".join(" " if v is None else _BLOCKS[min(7, int(max(0.0, v) / top * 7.999))] for v in found).rjust(width)


def bar(ratio: float, width: int) -> str:
    """A filled bar; a remainder is drawn in eighths."""
    eighths = round(max(0.0, min(1.0, ratio)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + ("▏▎▍▌▋▊▉"[rest - 1] if rest else "")).ljust(width, "·")


def resample(values: Values, width: int) -> list[float | None]:
    """The mean of what falls on each of `width` columns; None where nothing does."""
    if not values:
        return [None] * width
    if len(values) <= width:
        return [values[i * len(values) // width] for i in range(width)] if len(values) > 1 else list(values)
    found: list[float | None] = []
    for i in range(width):
        start, end = i * len(values) // width, max((i + 1) * len(values) // width, i * len(values) // width + 1)
        known = [value for value in values[start:end] if value is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def place(times: Sequence[float], values: Values, start: float, end: float, columns: int) -> list[float | None]:
    """The mean of the values whose instants fall into each of `columns` parts of [start, end)."""
    sums, counts = [0.0] * columns, [0] * columns
    span = max(end - start, 1e-9)
    for at, value in zip(times, values, strict=True):
        column = int((at - start) / span * columns)
        if value is not None and 0 <= column < columns:
            sums[column] += value
            counts[column] += 1
    return [total / count if count else None for total, count in zip(sums, counts, strict=True)]


def joined(values: Sequence[float | None], longest_gap: int) -> list[float | None]:
    """Short holes between two values filled along a straight line: a poll each minute is no gap on a fine graph."""
    found = list(values)
    last: int | None = None
    for i, value in enumerate(values):
        if value is None:
            continue
        if last is not None and 1 < i - last <= longest_gap + 1:
            first = values[last] or 0.0
            for j in range(last + 1, i):
                found[j] = first + (value - first) * (j - last) / (i - last)
        last = i
    return found


def curve(values: Sequence[float | None], rows: int, low: float, high: float, *, filled: bool) -> list[str]:
    """Lines of braille, the top first: two values a cell, as a filled area or as a line."""
    height = rows * 4
    cells = [[0] * ((len(values) + 1) // 2) for _ in range(rows)]
    scale = (height - 1) / max(high - low, 1e-12)
    before: int | None = None
    for x, value in enumerate(values):
        if value is None:
            before = None
            continue
        y = height - 1 - round((min(max(value, low), high) - low) * scale)
        near = before if before is not None else y
        bottom = height - 1 if filled else max(y, near)
        for dot in range(min(y, near) if not filled else y, bottom + 1):
            cells[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        before = y
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in cells]
