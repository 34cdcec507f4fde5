"""One line under a list: how many rows of how many, the filter, the marks, the column set, the order."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from nms.i18n import gettext as _
from nms.i18n import ngettext
from nms.views.tui.listing import Listing
from nms.views.tui.safe import shown
from nms.views.tui.widgets.drawn import Drawn, Piece, line


class StatusLine(Drawn):
    DEFAULT_CSS = "StatusLine { height: 1; overflow: hidden; scrollbar-size: 0 0; }"

    pieces: tuple[tuple[str, str], ...] = ()

    def show(self, listing: Listing) -> None:
        total, found = len(listing.rows), len(listing.shown)
        count = str(total) if found == total else _("{found} of {total}").format(found=found, total=total)
        marks = len(listing.marked)
        pieces = [(f" {count}", "strong")]
        if listing.filter and not listing.broken:
            pieces.append((f"   / {shown(listing.filter)}", "accent"))
        if listing.broken:
            said = _("“{text}” is no regular expression: looked for as it stands").format(text=shown(listing.broken))
            pieces.append((f"   △ {said}", "attended"))
        if marks:
            pieces.append(("   " + ngettext("{n} marked", "{n} marked", marks).format(n=marks), "marked"))
        if len(listing.spec.sets) > 1:
            sets = list(listing.spec.sets)
            at = sets.index(listing.set_name) + 1
            pieces.append(("   " + _("columns {n} of {all}").format(n=at, all=len(sets)), "dim"))
        self.pieces = tuple(pieces)
        self.refresh()

    def draw_line(self, y: int) -> Strip:
        pieces: list[Piece] = [(text, self.palette.of(style)) for text, style in self.pieces]
        return line([*pieces, ("", Style())], self.size.width)
