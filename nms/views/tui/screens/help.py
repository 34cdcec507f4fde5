"""`?`: what this screen is for and every key that works on it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.tui.screens.base import Page


class HelpScreen(ModalScreen[None]):
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen VerticalScroll { width: 84; max-width: 95%; height: auto; max-height: 90%; background: $surface;
        border: round $line; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", N_("close"))]

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content(_(self.page.HELP)))
            yield Static(Content(""))
            yield Static(Content("\n").join(self._lines()))

    def _lines(self) -> list[Content]:
        found: dict[str, list[str]] = {}
        for active in self.page.active_bindings.values():
            if active.enabled and active.binding.description:
                keys = found.setdefault(_(active.binding.description), [])
                keys.append(self.app.get_key_display(active.binding))
        return [
            Content.assemble((f"{' '.join(dict.fromkeys(keys)):>14}  ", "bold $accent"), text)
            for text, keys in found.items()
        ]
