"""Three themes. Colour says whether a thing needs a human; shape and word always say it too."""

from __future__ import annotations

from textual.theme import Theme

from nms.queries.rows import Attention

DEFAULT = "dark"
OWN = "own"
"""For `cursor_text`: the texts of the line under the cursor keep their colours."""


def _theme(name: str, *, dark: bool, base: dict[str, str], attention: dict[Attention, str]) -> Theme:
    return Theme(
        name=name,
        primary=base["accent"],
        secondary=base["dim"],
        accent=base["accent"],
        foreground=base["foreground"],
        background=base["background"],
        surface=base["surface"],
        panel=base["panel"],
        error=attention[Attention.UNATTENDED],
        warning=attention[Attention.ATTENDED],
        success=attention[Attention.FINE],
        dark=dark,
        variables={
            "dim": base["dim"],
            "line": base["line"],
            "cursor": base["cursor"],
            "cursor-text": base.get("cursor_text", OWN),
            **{f"attention-{name}": colour for name, colour in attention.items()},
        },
    )


def themes() -> dict[str, Theme]:
    """By name: dark, light, high-contrast."""
    return {theme.name: theme for theme in (_dark(), _light(), _high_contrast())}


def _dark() -> Theme:
    return _theme(
        "dark",
        dark=True,
        base={
            "accent": "#7cc4ff",
            "dim": "#9daab9",
            "foreground": "#dde3ea",
            "background": "#0e1218",
            "surface": "#151b23",
            "panel": "#1d2530",
            "line": "#2b3644",
            "cursor": "#1f354d",
        },
        attention={
            Attention.UNATTENDED: "#ff6b66",
            Attention.ATTENDED: "#f0c541",
            Attention.MAINTENANCE: "#69aaff",
            Attention.UNKNOWN: "#a3afbb",
            Attention.FINE: "#54c486",
        },
    )


def _light() -> Theme:
    return _theme(
        "light",
        dark=False,
        base={
            "accent": "#0b5cad",
            "dim": "#56616d",
            "foreground": "#1b2128",
            "background": "#fbfbf9",
            "surface": "#f1f2ef",
            "panel": "#e4e7e6",
            "line": "#c9cfd4",
            "cursor": "#cfe3f7",
        },
        attention={
            Attention.UNATTENDED: "#c01722",
            Attention.ATTENDED: "#805300",
            Attention.MAINTENANCE: "#0b57c4",
            Attention.UNKNOWN: "#57616b",
            Attention.FINE: "#15692f",
        },
    )


def _high_contrast() -> Theme:
    return _theme(
        "high-contrast",
        dark=True,
        base={
            "accent": "#00e5ff",
            "dim": "#d0d0d0",
            "foreground": "#ffffff",
            "background": "#000000",
            "surface": "#000000",
            "panel": "#1a1a1a",
            "line": "#8a8a8a",
            "cursor": "#ffffff",
            "cursor_text": "#000000",
        },
        attention={
            Attention.UNATTENDED: "#ff8880",
            Attention.ATTENDED: "#ffe600",
            Attention.MAINTENANCE: "#7fb8ff",
            Attention.UNKNOWN: "#d0d0d0",
            Attention.FINE: "#3dff8f",
        },
    )
