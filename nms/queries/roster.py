"""Who is on call, what would leave a call unheard, and the rota as a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from nms.i18n import gettext as _
from nms.i18n import render
from nms.model import Message
from nms.notify.ical import shifts_out
from nms.notify.receivers import Directory
from nms.notify.rota import Duty
from nms.queries.ports import NO_PERSON, NotFound
from nms.queries.rows import RotaProblemRow, ShiftRow


@dataclass(frozen=True, slots=True)
class Roster:
    """Reads over the directory, whose rota may change at any time."""

    directory: Directory

    def shifts(self, start: float, end: float) -> Sequence[ShiftRow]:
        """Everybody's duties in [start, end), in order of time."""
        return [self._shift(duty) for duty in self.directory.rota.duties(start, end)]

    def problems(self, start: float, end: float, language: str) -> Sequence[RotaProblemRow]:
        """Hours without anybody, turns of people who are away, and people whom no message can reach."""
        found = self.directory.rota.problems(start, end, self.directory.reachable())
        return [
            RotaProblemRow(one.kind, one.interval.start, one.interval.end, render(self._named(one.message), language))
            for one in found
        ]

    def calendar(self, start: float, end: float, now: float, person: str = "") -> bytes:
        """The duties of all, or of one person by id, as iCalendar (RFC 5545). Raises: NotFound."""
        people = self.directory.people.people
        if person and person not in people:
            raise NotFound(NO_PERSON, person=person)
        duties = [one for one in self.directory.rota.duties(start, end) if not person or one.person == person]
        return shifts_out(duties, people, now, _("On call"))

    def _shift(self, duty: Duty) -> ShiftRow:
        return ShiftRow(
            person=self._name(duty.person),
            start=duty.interval.start,
            end=duty.interval.end,
            role=duty.layer,
            contact=self._contact(duty.person),
            stands_in_for=self._name(duty.stands_in_for),
            backup=duty.backup,
        )

    def _named(self, message: Message) -> Message:
        params = {
            key: self._name(str(value)) if key in ("person", "other") else value
            for key, value in message.params.items()
        }
        return replace(message, params=params)

    def _name(self, person: str) -> str:
        known = self.directory.people.people.get(person)
        return known.name if known else person

    def _contact(self, person: str) -> str:
        """By which ways somebody is reached: their kinds, since addresses are nobody's business here."""
        receiver = self.directory.receiver(person)
        return ", ".join(way.channel for way in receiver.ways) if receiver else ""
