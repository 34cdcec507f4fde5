"""The lists of planned work, silences and corrections, with the keys that make, extend and end them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.binding import Binding, BindingType

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.views.client import Client
from nms.views.moments import length_of, moment_of
from nms.views.times import clock
from nms.views.tui.planning import Proposal, Quiet, Word, Work
from nms.views.tui.screens.form import Answers, Field, FormScreen
from nms.views.tui.screens.lists import ListScreen

PERMISSION = {"maintenance": "plan", "silences": "silence", "corrections": "annotate"}
PROPOSALS: dict[str, type[Proposal]] = {"maintenance": Work, "silences": Quiet, "corrections": Word}


class QuietScreen(ListScreen):
    HELP = N_(
        "n makes a new one: a form, then what it would do, then a button that does it; esc leads back to the form. "
        "e ends the one under the cursor (a correction is withdrawn), E moves the end of planned work."
    )
    KEYS_FIRST = ("new", "end", "extend", "filter")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", N_("new")),
        Binding("e", "end", N_("end or withdraw")),
        Binding("E", "extend", N_("move the end")),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("new", "end", "extend"):
            may = self.nms.mirror.may(PERMISSION[self.place.kind])
            return may and (action != "extend" or self.place.kind == "maintenance")
        return super().check_action(action, parameters)

    def action_new(self) -> None:
        self._propose(PROPOSALS[self.place.kind](self.nms.mirror.client))

    def action_end(self) -> None:
        row = self.table.row
        if row is None:
            return
        if not row.id:
            self.nms.say(_("this work stands in config.yaml: it is changed there"), is_bad=True)
            return
        ends = {
            "maintenance": (_("End or cancel this work? What is still down alerts then."), Client.end_maintenance),
            "silences": (_("End this silence?"), Client.end_silence),
            "corrections": (_("Withdraw this correction? What was observed counts again."), Client.withdraw_correction),
        }
        title, act = ends[self.place.kind]
        self._ask_and(title, [], lambda _answers: self._ended(act, row))

    async def _ended(self, act: Callable[[Client, int], Awaitable[None]], row: Any) -> str:
        await act(self.nms.mirror.client, row.id)
        return _("{number} has ended").format(number=row.id)

    def action_extend(self) -> None:
        row = self.table.row
        if row is not None and row.id:
            fields = [Field("end", _("New end: 2026-12-06 02:00, or from now on 2h"), required=True)]
            self._ask_and(_("Move the end: {title}").format(title=row.title), fields, lambda a: self._extended(row, a))

    async def _extended(self, row: Any, answers: Answers) -> str:
        client, zone = self.nms.mirror.client, self.nms.mirror.zone or ZoneInfo("UTC")
        lasts = length_of(answers["end"])
        until = time.time() + lasts if lasts else moment_of(answers["end"], zone)
        if until is None:
            hint = _("“{text}” is not a moment; write it as 2026-12-05 22:00, on the office's clock, or as now")
            return hint.format(text=answers["end"])
        await client.extend_maintenance(row.id, until)
        return _("maintenance {number} ends {end}").format(number=row.id, end=clock(until, zone))

    def _ask_and(self, title: str, fields: list[Field], then: Callable[[Answers], Awaitable[str]]) -> None:
        self.ask(FormScreen(title, fields, send=_("Do it")), then)
