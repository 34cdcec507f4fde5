"""What an act would do, before it is done: lines to read, and a button to go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Label

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.foreseen import Line
from nms.views.tui.safe import shown
from nms.views.tui.screens.whole import PaintedWhole


class ForeseenScreen(PaintedWhole, ModalScreen[bool]):
    """True: do it; False: back to the form."""

    DEFAULT_CSS = """
    ForeseenScreen { align: center middle; }
    ForeseenScreen > Vertical { width: 90; max-width: 95%; height: auto; max-height: 95%; background: $surface;
        border: round $line; padding: 0 2; }
    ForeseenScreen VerticalScroll { height: auto; max-height: 14; }
    ForeseenScreen Label { width: 100%; height: auto; }
    ForeseenScreen #title { text-style: bold; margin: 0 0 1 0; }
    ForeseenScreen .strong { text-style: bold; }
    ForeseenScreen .unattended { color: $error; }
    ForeseenScreen .attended { color: $warning; }
    ForeseenScreen .dim { color: $dim; }
    ForeseenScreen Horizontal { height: 3; align-horizontal: right; margin: 1 0 0 0; }
    ForeseenScreen Button { margin: 0 0 0 2; min-width: 12; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", N_("back")),
        Binding("ctrl+s", "answer(True)", N_("send")),
    ]

    def __init__(self, lines: Sequence[Line], *, send: str) -> None:
        super().__init__()
        self.lines, self.send_word = tuple(lines), send

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Content(_("What it would do")), id="title")
            with VerticalScroll():
                for text, style in self.lines:
                    yield Label(Content(shown(text)), classes=style)
            with Horizontal():
                yield Button(Content(_("Back")), id="back")
                yield Button(Content(self.send_word), id="send", variant="primary")

    def on_mount(self) -> None:
        self.query_one("#send", Button).focus()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "send")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
