"""A procedure to be read: what it needs and its steps, over the page that named it."""

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
from nms.queries.rows import PlaybookRow
from nms.views.tui.safe import shown


class ProcedureScreen(ModalScreen[None]):
    DEFAULT_CSS = """
    ProcedureScreen { align: center middle; }
    ProcedureScreen VerticalScroll { width: 100; max-width: 96%; height: auto; max-height: 92%; background: $surface;
        border: round $line; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", N_("close"))]

    def __init__(self, playbook: PlaybookRow) -> None:
        super().__init__()
        self.playbook = playbook

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled(shown(self.playbook.title), "bold"))
            yield Static(Content.styled(" · ".join(_about(self.playbook)), "$dim"))
            for text in self.playbook.safety:
                yield Static(Content.styled(f"△ {shown(text)}", "$warning"))
            for number, text in enumerate(self.playbook.steps, 1):
                yield Static(Content(f"{number:>3}. {shown(text)}"))


def _about(playbook: PlaybookRow) -> Iterator[str]:
    yield f"{playbook.id} {playbook.version}"
    yield shown(playbook.owner)
    yield _("{n} min").format(n=playbook.minutes)
    if playbook.tools:
        yield _("tools: {tools}").format(tools=", ".join(map(shown, playbook.tools)))
