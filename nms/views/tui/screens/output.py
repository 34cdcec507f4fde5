"""What a device said to a command of a playbook, in the columns in which it said it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries import rows
from nms.text import clean_columns
from nms.views.times import clock
from nms.views.tui.safe import shown
from nms.views.tui.screens.whole import PaintedWhole
from nms.views.tui.words import verdict_word

STYLES = {"ok": "bold $success", "waived": "bold", "outside": "bold $error", "failed": "bold $error"}


class OutputScreen(PaintedWhole, ModalScreen[None]):
    """The entries of one step, the newest first."""

    DEFAULT_CSS = """
    OutputScreen { align: center middle; }
    OutputScreen VerticalScroll { width: 96%; height: auto; max-height: 92%; background: $surface;
        border: round $line; padding: 0 1; }
    OutputScreen Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,v", "dismiss", N_("close"))]

    def __init__(self, title: str, entries: Sequence[rows.EvidenceRow]) -> None:
        super().__init__()
        self.step_title, self.entries = title, entries

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Content.styled(shown(self.step_title), "bold"))
            for entry in reversed(self.entries):
                yield Static(_head(entry))
                for line in (*entry.failures, entry.remark):
                    if line:
                        yield Static(Content(f"  {shown(line)}"))
                yield Static(Content(clean_columns(entry.text)))
            if not self.entries:
                yield Static(Content(_("nothing was entered for this step yet")))


def _head(entry: rows.EvidenceRow) -> Content:
    value = f"  {entry.value:g}" if entry.value is not None and not entry.command else ""
    return Content.assemble(
        (f"{clock(entry.at)}  {shown(entry.actor)}  ", "$dim"),
        (verdict_word(entry.verdict), STYLES.get(entry.verdict, "")),
        f"{value}  {shown(entry.command)}",
    )
