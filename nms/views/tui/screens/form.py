"""A small form over the screen: a few fields, `enter` or ctrl+s to send, `esc` to think again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Label, Select

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.tui.safe import shown
from nms.views.tui.screens.whole import PaintedWhole


@dataclass(frozen=True, slots=True)
class Field:
    """One thing asked for. `choices` makes it a choice (value, word); `flag` a yes or no ("1" or "")."""

    name: str
    label: str
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    flag: bool = False
    required: bool = False
    hint: str = ""


Answers = dict[str, str]


class FormScreen(PaintedWhole, ModalScreen[Answers | None]):
    """Gives the answers by field name, or None."""

    DEFAULT_CSS = """
    FormScreen { align: center middle; }
    FormScreen > Vertical { width: 72; max-width: 95%; height: auto; max-height: 90%; background: $surface;
        border: round $line; padding: 0 2; }
    FormScreen VerticalScroll { height: auto; max-height: 16; }
    FormScreen #title { text-style: bold; width: 100%; margin: 0 0 1 0; }
    FormScreen #wrong { color: $error; height: auto; width: 100%; }
    FormScreen .label { color: $dim; }
    FormScreen Input, FormScreen Select { width: 100%; height: 3; }
    FormScreen Input, FormScreen SelectCurrent, FormScreen Tick { border: tall $line; }
    FormScreen Input:focus, FormScreen Select:focus > SelectCurrent, FormScreen Tick:focus { border: tall $accent; }
    FormScreen Tick .toggle--button { color: $background; background: $dim; }
    FormScreen Tick.-on .toggle--button { color: $background; background: $accent; }
    FormScreen Horizontal { height: 3; align-horizontal: right; }
    FormScreen Button { margin: 0 0 0 2; min-width: 12; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", N_("cancel")),
        Binding("ctrl+s", "send", N_("send")),
    ]

    def __init__(self, title: str, fields: Sequence[Field], *, send: str = "", wrong: str = "") -> None:
        """`wrong`: why what was sent before could not be."""
        super().__init__()
        self.form_title, self.fields, self.send_word, self.wrong = title, tuple(fields), send, wrong

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Label(Content(shown(self.form_title)), id="title")
            with VerticalScroll(can_focus=False):
                for field in self.fields:
                    yield from _widgets(field)
            yield Label(Content(shown(self.wrong)), id="wrong")
            with Horizontal():
                yield Button(Content(_("Cancel")), id="cancel")
                yield Button(Content(self.send_word or _("Send")), id="send", variant="primary")

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_send()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "send":
            self.action_send()
        else:
            self.dismiss(None)

    def action_cancel(self) -> None:
        self.dismiss(None)

    def action_send(self) -> None:
        answers = {field.name: self._answer(field) for field in self.fields}
        missing = [field for field in self.fields if field.required and not answers[field.name]]
        if missing:
            text = _("“{field}” is needed").format(field=missing[0].label)
            self.query_one("#wrong", Label).update(Content(text))
            self.query_one(f"#field-{missing[0].name}").focus()
            return
        self.dismiss(answers)

    def _answer(self, field: Field) -> str:
        widget = self.query_one(f"#field-{field.name}")
        if isinstance(widget, Checkbox):
            return "1" if widget.value else ""
        if isinstance(widget, Select):
            return "" if widget.is_blank() else str(widget.value)
        return widget.value.strip() if isinstance(widget, Input) else ""


class Tick(Checkbox):
    """Says yes by a mark and no by its absence: Textual's own differs by colour alone."""

    @property
    def BUTTON_INNER(self) -> str:  # type: ignore[override]  # noqa: N802 (Textual's name)
        return "✔" if self.value else " "


def _widgets(field: Field) -> Iterable[Widget]:
    name = f"field-{field.name}"
    if field.flag:
        yield Tick(Content(field.label), value=bool(field.value), id=name)
        return
    yield Label(Content(field.label), classes="label")
    if field.choices:
        options = [(Content(word), value) for value, word in field.choices]
        yield Select(options, id=name, value=field.value or field.choices[0][0], allow_blank=False)
    else:
        yield Input(value=shown(field.value), placeholder=field.hint, id=name)
