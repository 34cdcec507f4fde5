"""`?`: what this screen is for and every key that works on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.tui.safe import fit
from nms.views.tui.screens.base import OF_TEXTUAL, Page
from nms.views.tui.screens.whole import PaintedWhole

WIDE = 100
"""From so many cells on there are two columns."""


class HelpScreen(PaintedWhole, ModalScreen[None]):
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll { width: 92; max-width: 95%; height: auto; max-height: 90%; background: $surface;
        border: round $line; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", N_("close"))]

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content(_(self.page.HELP)))
            columns = 2 if self.app.size.width >= WIDE else 1
            for title, keys in self._groups():
                yield Static(Content.assemble("\n", (title, "bold")))
                yield Static(Content("\n").join(_columns(keys, columns)))

    def _groups(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """What only this screen does first, then what works everywhere."""
        here: dict[str, list[str]] = {}
        everywhere: dict[str, list[str]] = {}
        for active in self.page.active_bindings.values():
            binding = active.binding
            if active.enabled and binding.description and binding.action not in OF_TEXTUAL:
                keys = everywhere if active.node is self.app or binding.action.startswith("app.") else here
                keys.setdefault(_(binding.description), []).append(self.app.get_key_display(binding))
        here[_("move and open")] = [f"↑↓ {self.app.get_key_display(Binding('enter', ''))}"]
        for title, found in ((_("On this screen"), here), (_("Everywhere"), everywhere)):
            yield title, [(" ".join(dict.fromkeys(keys)), text) for text, keys in found.items()]


def _columns(keys: list[tuple[str, str]], columns: int) -> list[Content]:
    """Read downwards."""
    rows = -(-len(keys) // columns)
    width = 50 if columns == 1 else 29
    lines = []
    for i in range(rows):
        pairs = [((fit(key, 11, right=True), "bold $accent"), f"  {fit(text, width)}") for key, text in keys[i::rows]]
        lines.append(Content.assemble(*(part for pair in pairs for part in pair)))
    return lines
