"""A list: filter, sort, mark, open; what can be done to its rows stands in `acts`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.tui.listing import Listing
from nms.views.tui.lists.columns import Context
from nms.views.tui.lists.registry import LISTS
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import ActPage, Subject
from nms.views.tui.screens.base import asking
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.widgets.status import StatusLine

WARM_EVERY = 0.02
WARM_ROWS = 200
"""About three milliseconds of work at a time, so that the first letter of a filter finds its texts ready."""
HASTY_ROWS = 800
"""When a filter is already waiting for them."""


class ListScreen(ActPage):
    HELP = N_(
        "Type / to filter: words that must be there, !word for one that must not, column:word for one column, "
        "regular expressions anywhere, alerts:>2 for numbers. Space marks rows; an act is for all marked ones."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", N_("back"), show=False),
        Binding("slash", "filter", N_("filter"), key_display="/"),
        Binding("space", "mark", N_("mark"), show=False),
        Binding("ctrl+a", "mark_all", N_("mark all"), show=False),
        Binding("less_than_sign", "sort_step(-1)", N_("sort by the column before"), key_display="<", show=False),
        Binding("greater_than_sign", "sort_step(1)", N_("sort by the next column"), key_display=">", show=False),
        Binding("r", "reverse", N_("reverse"), show=False),
        Binding("c", "columns(1)", N_("columns")),
        Binding("C", "columns(-1)", N_("columns before"), show=False),
        Binding("v", "app.views", N_("views")),
        Binding("y", "copy", N_("copy"), show=False),
        Binding("d", "device", N_("device"), show=False),
    ]

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        memory = place.memory
        self._given = memory.setdefault("given", memory.get("filter", ""))
        """The filter that one came with: leaving the screen, not emptying it, undoes that."""
        self.listing = Listing(
            LISTS[place.kind](),
            Context(0.0),
            filter=memory.get("filter", ""),
            order=memory.get("order", ""),
            descending=memory.get("descending", False),
            set_name=memory.get("set", ""),
            marked=set(memory.get("marked", ())),
        )

        self._warming = self.set_interval(WARM_EVERY, self._warm)
        self._is_filter_due = False

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.listing.spec.topic})

    @property
    def table(self) -> RowList:
        return self.query_one("#rows", RowList)

    def body(self) -> Iterable[Widget]:
        rows = RowList(id="rows", empty=asking())
        rows.key = self.listing.spec.key
        yield rows
        yield Input(id="filter", placeholder=_("filter: words, !not, column:word, regular expressions"))
        yield StatusLine()

    def begin(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.value = self.listing.filter
        self.table.focus()
        if "cursor" in self.place.memory:
            self.table.put_cursor(self.place.memory["cursor"])

    def _warm(self) -> None:
        if not self.listing.rows or self.listing.warm(HASTY_ROWS if self._is_filter_due else WARM_ROWS):
            return
        self._warming.pause()
        if self._is_filter_due:
            self._is_filter_due = False
            self.listing.arrange()
            self._show()

    def take(self, topics: frozenset[str]) -> None:
        spec = self.listing.spec
        self.listing.texts = self.nms.mirror.texts.setdefault(spec.topic, {})
        found = self.nms.mirror.get(spec.topic)
        if spec.topic in topics and found is not None:
            self.listing.take(found, self.cx)
            self._warming.resume()
            self._show()

    def _show(self) -> None:
        listing, rows = self.listing, self.table
        rows.marked, rows.order, rows.descending = listing.marked, listing.order, listing.descending
        rows.empty = _("nothing matches the filter") if listing.filter and listing.rows else listing.spec.empty
        rows.show(listing.shown, listing.context, columns=listing.columns)
        self.query_one(StatusLine).show(listing)

    def remember(self) -> None:
        listing, row = self.listing, self.table.row
        self.place.memory.update(
            filter=listing.filter,
            order=listing.order,
            descending=listing.descending,
            set=listing.set_name,
            marked=tuple(listing.marked),
            cursor=listing.spec.key(row) if row is not None else "",
        )

    def on_unmount(self) -> None:
        self.listing.release()

    @property
    def acts(self) -> frozenset[str]:
        return self.listing.spec.acts

    def subject(self) -> Subject:
        """The marked rows, or the one under the cursor, as acts see them."""
        spec, rows = self.listing.spec, self.listing.chosen(self.table.row)

        def all_of(of: Callable[[Any], str] | None) -> tuple[str, ...]:
            return tuple(dict.fromkeys(found for row in rows if of is not None and (found := of(row))))

        first = rows[0] if rows else None
        title = next(
            (str(t) for name in ("summary", "problem", "title", "name") if (t := getattr(first, name, ""))), ""
        )
        return Subject(
            alerts=all_of(spec.alert),
            devices=all_of(spec.device),
            tickets=all_of(spec.ticket),
            title=title,
            department=next(iter(all_of(spec.department)), ""),
            links=all_of(spec.key) if spec.name == "links" else (),
        )

    def action_filter(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.display = True
        entry.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        self.set_filter(event.value)

    def set_filter(self, text: str) -> None:
        """At once; ten thousand rows that just came follow a moment later, so that the letter is not kept waiting."""
        self.listing.filter = text
        if self.listing.cold > HASTY_ROWS:
            self._is_filter_due = True
            return
        self.listing.arrange()
        self._show()

    @on(Input.Submitted, "#filter")
    def _entered(self) -> None:
        self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).display = False
        self.table.focus()

    def action_leave(self) -> None:
        """`esc`: first the entry, then the filter, then the marks, then the screen."""
        entry = self.query_one("#filter", Input)
        if entry.has_focus:
            self._close_filter()
        elif self.listing.filter and self.listing.filter != self._given:
            entry.value = self._given
            self.set_filter(self._given)
        elif self.listing.marked:
            self.listing.marked = set()
            self._show()
        else:
            self.nms.action_up()

    def action_mark(self) -> None:
        row = self.table.row
        if row is not None:
            self.listing.toggle(self.listing.spec.key(row))
            self._show()
            self.table.action_move(1)

    def action_mark_all(self) -> None:
        self.listing.toggle_all()
        self._show()

    @on(RowList.HeadingClicked)
    def _heading(self, message: RowList.HeadingClicked) -> None:
        self.listing.sort_by(message.column)
        self._show()

    def action_sort_step(self, step: int) -> None:
        names = [column.name for column in self.listing.columns]
        at = names.index(self.listing.order) if self.listing.order in names else 0
        self.listing.sort_by(names[(at + step) % len(names)])
        self._show()

    def action_reverse(self) -> None:
        self.listing.sort_by(self.listing.order)
        self._show()

    def action_columns(self, step: int) -> None:
        self.listing.next_set(step)
        self._show()

    def action_copy(self) -> None:
        row = self.table.row
        if row is not None:
            self.nms.copy_to_clipboard(self.listing.spec.key(row))
            self.nms.say(_("copied: {text}").format(text=self.listing.spec.key(row)))

    @on(RowList.Opened, "#rows")
    def _opened(self, message: RowList.Opened) -> None:
        place = self._place_of(message.row)
        if place is not None:
            self.post_message(Go(place))

    def _place_of(self, row: Any) -> Place | None:
        """Where `enter` leads: a ticket for a ticket, its past for a station, else the device behind the row."""
        spec = self.listing.spec
        if spec.name == "tickets":
            return Place("ticket", spec.key(row))
        if spec.name == "presence" and row.mac:
            return Place("station", row.mac, title=row.name)
        device = spec.device(row) if spec.device else ""
        return Place("device", device) if device else None

    def action_device(self) -> None:
        row = self.table.row
        device = self.listing.spec.device(row) if row is not None and self.listing.spec.device else ""
        if device:
            self.post_message(Go(Place("device", device)))
