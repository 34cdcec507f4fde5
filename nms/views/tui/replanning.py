"""Planned preventive work gets another person or time, or is left out once: form, look at what it does, act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nms.i18n import gettext as _
from nms.queries.dossier import PlanRow, TechnicianRow
from nms.views.foreseen import Line, move_lines, skip_lines
from nms.views.tui.planning import Proposal
from nms.views.tui.screens.form import Answers, Field


@dataclass
class Replanned(Proposal):
    """A change to one piece of planned work."""

    row: PlanRow = field(kw_only=True)


@dataclass
class Move(Replanned):
    technicians: Sequence[TechnicianRow] = ()

    @property
    def title(self) -> str:
        return _("Move: {title}").format(title=self.row.title)

    @property
    def send(self) -> str:
        return _("Move it")

    async def prepare(self) -> None:
        self.technicians = await self.client.technicians()

    def fields(self) -> Sequence[Field]:
        room = _("between {start} and {end}").format(
            start=self._written(self.row.due_from), end=self._written(self.row.due_until)
        )
        start = self.value("start", self._written(self.row.start) if self.row.start is not None else "")
        return [
            self._person(),
            Field("start", _("When it begins, on the office's clock"), value=start, hint=room, required=True),
        ]

    def _person(self) -> Field:
        label, mine = _("Who does it"), self.value("technician", self.row.technician)
        words = {one.id: f"{one.name} ({one.id})" for one in self.technicians}
        if not words:
            return Field("technician", label, value=mine, required=True)
        return Field("technician", label, value=mine if mine in words else next(iter(words)), choices=[*words.items()])

    def _written(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.zone):%Y-%m-%d %H:%M}"

    def _wanted(self, answers: Answers) -> tuple[str, float | None]:
        """What was left as it is does not change: a start keeps its seconds."""
        text = answers["start"]
        is_same = self.row.start is not None and text == self._written(self.row.start)
        return answers["technician"], self.row.start if is_same else self.moment(text)

    async def look(self, answers: Answers) -> Iterable[Line]:
        technician, start = self._wanted(answers)
        found = await self.client.preview_move(self.row.number, technician=technician, start=start)
        return move_lines(found, self.zone)

    async def make(self, answers: Answers) -> str:
        technician, start = self._wanted(answers)
        await self.client.move_work(self.row.number, technician=technician, start=start)
        return _("planned work {number}: moved").format(number=self.row.number)


@dataclass
class LeaveOut(Replanned):
    @property
    def title(self) -> str:
        return _("Leave out this time: {title}").format(title=self.row.title)

    @property
    def send(self) -> str:
        return _("Leave it out")

    def fields(self) -> Sequence[Field]:
        return [self.why()]

    async def look(self, answers: Answers) -> Iterable[Line]:
        return skip_lines(await self.client.preview_skip(self.row.number), self.zone)

    async def make(self, answers: Answers) -> str:
        await self.client.skip_work(self.row.number, answers["reason"])
        return _("planned work {number}: left out").format(number=self.row.number)
