"""How the terminal tells of a new red when nobody looks at it: the bell, or a notice on the desktop.

A notice is an escape sequence that terminals turn into one of the desktop: OSC 9 (iTerm2, Windows Terminal, WezTerm,
kitty, ghostty) and OSC 777 (urxvt, foot, VTE). A terminal that knows neither ignores both. Inside tmux they are
wrapped for its `allow-passthrough`, screen passes none on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum

from nms.views.tui.safe import shown

LONGEST = 200

_ESC, _BEL = "\x1b", "\a"


class Notice(StrEnum):
    """What a new red does besides being on the screen."""

    NONE = "none"
    BELL = "bell"
    DESKTOP = "desktop"

    @property
    def following(self) -> Notice:
        kinds = list(Notice)
        return kinds[(kinds.index(self) + 1) % len(kinds)]


def sequence(kind: Notice, title: str, body: str, environment: Mapping[str, str] = os.environ) -> str:
    """What is written to the terminal; the texts come from devices and cannot end or begin a sequence."""
    if kind is Notice.NONE:
        return ""
    if kind is Notice.BELL:
        return _BEL
    head, text = _harmless(title), _harmless(body)
    # The space keeps OSC 9 from being read as one of ConEmu's commands, which begin with a digit.
    told = (f"{_ESC}]9; {head}: {text}{_BEL}", f"{_ESC}]777;notify;{head};{text}{_BEL}")
    return _BEL + "".join(_through_tmux(one) if environment.get("TMUX") else one for one in told)


def _harmless(text: str) -> str:
    """Printable, on one line, and without the separator of OSC 777."""
    return "".join(c for c in shown(text) if c.isprintable()).replace(";", ",")[:LONGEST]


def _through_tmux(told: str) -> str:
    return f"{_ESC}Ptmux;{told.replace(_ESC, _ESC + _ESC)}{_ESC}\\"
