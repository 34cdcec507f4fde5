"""Text from devices and people on its way to the screen: no controls, no markup, as wide as it is told to be."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from nms.text import clean

ELLIPSIS = "…"


def shown(text: str) -> str:
    """One harmless line. The daemon has cleaned it at entry; a terminal trusts nobody."""
    return text if text.isprintable() else clean(text, limit=4000)


def fit(text: str, width: int, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: cut with an ellipsis, or filled with spaces."""
    if width <= 0:
        return ""
    text = shown(text)
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + ELLIPSIS
    filling = " " * (width - length)
    return filling + text if right else text + filling


def abbreviated(text: str, width: int) -> str:
    """A name of several words made shorter from its front, so that names that begin alike stay apart: Des. Urbano."""
    *others, last = shown(text).split() or [""]
    for at, word in enumerate(others):
        if cell_len(" ".join([*others, last])) <= width:
            break
        others[at] = f"{word[:3]}." if len(word) > 4 else word
    if cell_len(" ".join([*others, last])) > width:
        others = [word for word in others if len(word) > 3]
    return " ".join([*others, last])


def wrap(text: str, width: int, lines: int) -> list[str]:
    """`text` broken at spaces into `lines` lines at the most; the last one says with an ellipsis that more follows."""
    found: list[str] = []
    words = shown(text).split()
    while words and len(found) < lines:
        line = words.pop(0)
        while words and cell_len(line) + 1 + cell_len(words[0]) <= width:
            line = f"{line} {words.pop(0)}"
        if words and len(found) == lines - 1:
            line = f"{line} {' '.join(words)}"
        elif cell_len(line) > width:
            words.insert(0, line[max(1, width) :])
            line = line[: max(1, width)]
        found.append(fit(line, width).rstrip())
    return found
