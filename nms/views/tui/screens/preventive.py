"""The plan of preventive work, with the keys that move it and leave it out."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries.dossier import PlanRow
from nms.views.tui.places import Place
from nms.views.tui.replanning import LeaveOut, Move, Replanned
from nms.views.tui.screens.lists import ListScreen


class PreventiveScreen(ListScreen):
    HELP = N_(
        "What is to be done when and by whom. M gives the work under the cursor another person or time, e leaves it "
        "out this time: a form, then what it would do, then the button that does it. enter opens its ticket or device."
    )
    KEYS_FIRST = ("move", "leave_out", "filter")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("M", "move", N_("move")),
        Binding("e", "leave_out", N_("leave out this time")),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("move", "leave_out"):
            return self.nms.mirror.may("plan")
        return super().check_action(action, parameters)

    def _place_of(self, row: Any) -> Place | None:
        return Place("ticket", row.folio) if row.folio else super()._place_of(row)

    def action_move(self) -> None:
        self._change(Move)

    def action_leave_out(self) -> None:
        self._change(LeaveOut)

    def _change(self, kind: type[Replanned]) -> None:
        row: PlanRow | None = self.table.row
        if row is None:
            return
        if row.state == "planned":
            self._propose(kind(self.nms.mirror.client, row=row))
        elif row.folio:
            said = _("the ticket {folio} of this work is open already: assign that, or put it on hold")
            self.nms.say(said.format(folio=row.folio), is_bad=True)
        else:
            self.nms.say(_("this work is not planned any more"), is_bad=True)
