"""The configuration of a device: its versions, and under them what the chosen one changed, or a whole text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from nms.i18n import N_, ngettext
from nms.i18n import gettext as _
from nms.queries.configuration_rows import ConfigurationPage, ConfigurationRow, ConfigurationVersionRow
from nms.queries.rows import Attention
from nms.views.client import Client
from nms.views.configuration_words import reason_word, remark, text_word
from nms.views.connection import ClientError
from nms.views.times import clock
from nms.views.tui.lists.columns import Column, instant_column, plain
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage, Subject
from nms.views.tui.screens.form import Answers, Field, FormScreen
from nms.views.tui.values import age
from nms.views.tui.widgets.prose import Prose
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.widgets.sections import Sections

CHANGE, RUNNING, UNSAVED, DRIFT = "change", "running", "unsaved", "drift"
_STYLES = {"+": "fine", "-": "unattended", "@": "accent"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text or of a difference."""

    number: int
    text: str
    style: str = "plain"


class TextCame(Message):
    """A worker has read what is to be shown below."""

    def __init__(self, wanted: tuple[str, str], lines: Sequence[Line], note: str) -> None:
        super().__init__()
        self.wanted, self.lines, self.note = wanted, lines, note


class ConfigurationScreen(ActPage):
    HELP = N_(
        "Above, the versions that were kept; below, what the one under the cursor changed. tab goes on to the running "
        "configuration, to what is not saved, and to what differs from the baseline; space goes between above and "
        "below. Secrets are never shown: <secret:...> stays the same while the secret does."
    )
    KEYS_FIRST = ("view(1)", "side", "fetch", "accept")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,n", "view(1)", N_("view"), key_display="tab"),
        Binding("shift+tab,N", "view(-1)", N_("view before"), show=False),
        Binding("space", "side", N_("above or below")),
        Binding("f", "fetch", N_("fetch now")),
        Binding("B", "accept", N_("accept as baseline")),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.view: str = place.memory.get("view", CHANGE)
        self._wanted: tuple[str, str] = ("", "")

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"ssh", "ticket", "fetch", "accept"})

    @property
    def page(self) -> ConfigurationPage | None:
        found: ConfigurationPage | None = self.nms.mirror.get(self.place.topic)
        return found

    def body(self) -> Iterable[Widget]:
        yield Prose(id="headline")
        versions = RowList(id="versions", empty=_("nothing was fetched yet"))
        versions.key = lambda row: str(row.id)
        yield versions
        yield Sections()
        lines = RowList(id="lines", heading=False)
        lines.key = lambda row: str(row.number)
        yield lines
        yield Prose(id="whole")

    def begin(self) -> None:
        self.query_one("#versions", RowList).focus()
        self.on_resize()

    def on_resize(self) -> None:
        self.query_one("#versions").styles.height = max(5, self.size.height // 4)

    def take(self, topics: frozenset[str]) -> None:
        page = self.page
        if page is None or self.place.topic not in topics:
            return
        said = headline(page.row, self.cx.now, self.cx.zone)
        self.query_one("#headline", Prose).show(said, lines=len(said))
        self.query_one("#versions", RowList).show(page.versions, self.cx, columns=columns())
        views = self._views(page)
        if self.view not in views:
            self.view = next(iter(views))
        self.query_one(Sections).show(views, self.view)
        self._read()

    def _views(self, page: ConfigurationPage) -> dict[str, str]:
        found = {CHANGE: _("Change"), RUNNING: _("Running")}
        if "startup" in page.texts:
            found[UNSAVED] = _("Not saved")
        if "baseline" in page.texts:
            found[DRIFT] = _("Against the baseline")
        return found

    def subject(self) -> Subject:
        page = self.page
        name = page.row.device_name if page else self.place.argument
        title = _("Configuration of {device}").format(device=name)
        return Subject(devices=(self.place.argument,), title=title, department=page.row.department if page else "")

    def remember(self) -> None:
        self.place.memory["view"] = self.view

    def action_view(self, step: int) -> None:
        if self.page is not None:
            names = list(self._views(self.page))
            self._to_view(names[(names.index(self.view) + step) % len(names)])

    @on(Sections.Chosen)
    def _chosen(self, message: Sections.Chosen) -> None:
        self._to_view(message.name)

    def _to_view(self, name: str) -> None:
        self.view = name
        self.query_one("#lines", RowList).cursor = 0
        if self.page is not None:
            self.query_one(Sections).show(self._views(self.page), name)
        self._read()

    def action_side(self) -> None:
        versions, lines = self.query_one("#versions", RowList), self.query_one("#lines", RowList)
        (lines if versions.has_focus else versions).focus()

    def action_fetch(self) -> None:
        client, device = self.nms.mirror.client, self.place.argument
        self.nms.say(_("asking {device} …").format(device=device))

        async def fetch() -> str:
            page = await client.fetch_configuration(device)
            return page.row.problem or _("the configuration of {device} was fetched").format(device=device)

        self.nms.perform(fetch())

    def action_accept(self) -> None:
        client, device = self.nms.mirror.client, self.place.argument

        async def send(answers: Answers) -> str:
            await client.accept_configuration(device, answers["note"])
            return _("the configuration of {device} is its baseline now").format(device=device)

        title = _("Accept what runs as the baseline: {device}").format(device=device)
        self.ask(
            FormScreen(
                title, [Field("note", _("Why is this the configuration to keep to?"), required=True)], send=_("Accept")
            ),
            send,
        )

    @on(RowList.Moved, "#versions")
    def _moved(self) -> None:
        self._read()

    @on(RowList.Moved, "#lines")
    def _show_whole(self) -> None:
        row = self.query_one("#lines", RowList).row
        is_cut = row is not None and len(row.text) > self.size.width - 9
        self.query_one("#whole", Prose).show([(row.text, "plain")] if row and is_cut else [], lines=4)

    def _read(self) -> None:
        """Reads what is to be shown, when that is another thing than before."""
        version = self.query_one("#versions", RowList).row
        page = self.page
        if page is None or version is None:
            return
        named = str(version.id) if self.view == CHANGE else f"{page.row.kept_at}"
        wanted = (self.view, named)
        if wanted != self._wanted:
            self._wanted = wanted
            self._text(wanted, version)

    @work(exclusive=True, group="text")
    async def _text(self, wanted: tuple[str, str], version: ConfigurationVersionRow) -> None:
        client, device = self.nms.mirror.client, self.place.argument
        try:
            lines, note = await _lines(client, device, wanted[0], version)
        except ClientError as error:
            lines, note = [], str(error)
        self.post_message(TextCame(wanted, lines, note))

    @on(TextCame)
    def _text_came(self, message: TextCame) -> None:
        if message.wanted == self._wanted:
            lines = self.query_one("#lines", RowList)
            lines.empty = message.note
            lines.cursor = 0
            lines.show(message.lines, self.cx, columns=line_columns())
            self._show_whole()


async def _lines(client: Client, device: str, view: str, version: ConfigurationVersionRow) -> tuple[list[Line], str]:
    """What a view shows, and what is said when it is nothing."""
    if view == RUNNING:
        found = await client.configuration_text(device)
        return [Line(i, _flat(text)) for i, text in enumerate(found.text.splitlines(), 1)], ""
    sides = {CHANGE: ("previous", str(version.id)), UNSAVED: ("startup", "running"), DRIFT: ("baseline", "running")}
    if view == CHANGE and version.kind == "baseline":
        sides[CHANGE] = (str(version.id), "running")
    diff = await client.configuration_diff(device, *sides[view])
    lines = [Line(i, _flat(text), _STYLES.get(text[:1], "plain")) for i, text in enumerate(diff.lines, 1)]
    return lines, _("there is no difference")


def _flat(text: str) -> str:
    return text.replace("\t", "    ")


def headline(row: ConfigurationRow, now: float, zone: ZoneInfo | None = None) -> list[tuple[str, str]]:
    """What is to be said first: how old the copy is, and what is wrong."""
    copy = _("never fetched") if row.kept_at is None else _("copy {age} old").format(age=age(row.kept_at, now))
    said = [(f"{row.device_name} · {row.platform} · {copy}", "strong")]
    if text := remark(row):
        said.append((f"△ {text}", row.attention if row.attention is not Attention.FINE else "plain"))
    if row.baseline_at is not None:
        lines = ngettext("{n} line differs", "{n} lines differ", row.drift).format(n=row.drift)
        text = _("baseline of {time} by {person}").format(time=clock(row.baseline_at, zone), person=row.baseline_by)
        said.append((f"{text} · {lines}" if row.drift else text, "dim"))
    return said


def columns() -> tuple[Column[Any], ...]:
    """Of the versions."""

    def changed(row: ConfigurationVersionRow) -> str:
        return f"+{row.added} -{row.removed}" if row.added + row.removed else ""

    return (
        instant_column("at", _("kept"), keep=70),
        Column("kind", _("text"), 10, lambda row, _c: text_word(row.kind), keep=20),
        Column("lines", _("lines"), 10, lambda row, _c: changed(row), style=lambda _r: "strong", right=True, keep=60),
        plain("author", _("by"), 14, keep=50, style="accent"),
        plain("ticket", _("ticket"), 15, keep=40),
        Column("reason", _("why"), 22, lambda row, _c: reason_word(row.reason), style=lambda _r: "dim", keep=10),
        plain("note", _("remark"), 20, grow=1, keep=30, style="dim"),
    )


def line_columns() -> tuple[Column[Any], ...]:
    return (
        Column("number", "", 5, lambda row, _c: str(row.number), style=lambda _r: "dim", right=True, keep=10),
        Column("text", "", 20, lambda row, _c: row.text, style=lambda row: row.style, grow=1, keep=90),
    )
