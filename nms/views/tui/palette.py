"""The colours of the present theme as styles for widgets that draw their own lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style

from nms.model import State
from nms.queries.rows import Attention
from nms.views.tui.themes import OWN

STATE_COLOUR = {
    State.UP: Attention.FINE,
    State.DEGRADED: Attention.ATTENDED,
    State.DOWN: Attention.UNATTENDED,
    State.UNKNOWN: Attention.UNKNOWN,
    State.MAINTENANCE: Attention.MAINTENANCE,
}
"""The past needs nobody any more: there colour says what the state was."""


def over(background: Style, style: Style) -> Style:
    """A style upon a background; a background that has a colour for texts gives it to all of them."""
    return style + background if background.color else background + style


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles by their purpose. `of` takes the names that columns give: plain, dim, strong, accent, or an attention."""

    text: Style
    dim: Style
    strong: Style
    accent: Style
    line: Style
    cursor: Style
    marked: Style
    heading: Style
    bar: Style
    attention: Mapping[Attention, Style]
    states: Mapping[State, Style]

    @classmethod
    def of_theme(cls, colours: Mapping[str, str]) -> Palette:
        """`colours` are the variables of a Textual theme."""
        text, dim, panel = colours["foreground"], colours["dim"], colours["panel"]
        under_cursor = None if colours["cursor-text"] == OWN else colours["cursor-text"]
        attention = {
            kind: Style(color=colours[f"attention-{kind}"], bold=kind is Attention.UNATTENDED) for kind in Attention
        }
        return cls(
            text=Style(color=text),
            dim=Style(color=dim),
            strong=Style(color=text, bold=True),
            accent=Style(color=colours["accent"]),
            line=Style(color=colours["line"]),
            cursor=Style(bgcolor=colours["cursor"], color=under_cursor),
            marked=Style(color=colours["accent"], bold=True),
            heading=Style(color=dim, bgcolor=panel),
            bar=Style(bgcolor=panel),
            attention=attention,
            states={state: attention[kind] for state, kind in STATE_COLOUR.items()},
        )

    def of(self, name: str) -> Style:
        if name in ("", "plain"):
            return self.text
        if name in ("dim", "strong", "accent", "marked"):
            style: Style = getattr(self, name)
            return style
        return self.attention[Attention(name)]
