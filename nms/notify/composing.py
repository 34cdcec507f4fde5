"""The words of a message, in its receiver's language, from incidents and what has happened to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nms.calendars import OFFICE_ZONE, wall_time
from nms.i18n import render
from nms.model import Message, Number, Severity
from nms.notify.planning import ENDINGS
from nms.notify.stories import Story
from nms.text import clean

_MOST_LINES = 60
_MOST_EVIDENCE = 5
_LONGEST_SUBJECT = 150
_LONGEST_LINE = 500

_SEVERITIES = {
    Severity.INFO: Message("INFORMATION"),
    Severity.WARNING: Message("WARNING"),
    Severity.CRITICAL: Message("CRITICAL"),
}
_MARKS = {
    "reopened": Message("AGAIN"),
    "worsened": Message("WORSE"),
    "released": Message("STILL"),
    "unacknowledged": Message("UNATTENDED"),
    "escalated": Message("ESCALATED"),
    "reminder": Message("REMINDER"),
    "merged": Message("EXPLAINED"),
    "resolved": Message("RESOLVED"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One incident in a message: its story, and the kinds of deliveries that brought it there, in order."""

    story: Story
    kinds: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        return self.kinds[-1] in ENDINGS


@dataclass(frozen=True, slots=True)
class Text:
    """A message as people read it: plain text, no markup of any channel in it."""

    subject: str
    body: str
    severity: Severity
    is_over: bool


@dataclass(frozen=True)
class Composer:
    """Writes messages. `departments` are names by id; `link` is the address at which a person acknowledges."""

    municipality: str = ""
    zone: ZoneInfo = OFFICE_ZONE
    departments: Mapping[str, str] | None = None
    link: Callable[[int, str], str] | None = None

    def compose(self, told: Sequence[Told], receiver: str, language: str) -> Text:
        """One message about one incident or more."""
        if not told:
            raise ValueError("a message needs something to tell")
        going_on = [one for one in told if not one.is_over]
        gravest = max(going_on or told, key=lambda one: one.story.case.severity)
        subject = self._subject(told, gravest, language)
        if len(told) == 1:
            body = self._whole(told[0], receiver, language)
        else:
            ordered = sorted(told, key=lambda one: (one.is_over, -one.story.case.severity, one.story.case.opened_at))
            body = [line for one in ordered[:_MOST_LINES] for line in (*self._short(one, receiver, language), "")]
            if len(ordered) > _MOST_LINES:
                body.append(render(Message("and {n} more", {"n": len(ordered) - _MOST_LINES}), language))
        text = "\n".join(clean(line, limit=_LONGEST_LINE) for line in body).strip()
        return Text(clean(subject, limit=_LONGEST_SUBJECT), text, gravest.story.case.severity, not going_on)

    def _subject(self, told: Sequence[Told], gravest: Told, language: str) -> str:
        first = self._headline(gravest, language)
        if len(told) == 1:
            return first
        over = sum(one.is_over for one in told)
        counts: dict[str, str | Number] = {"open": len(told) - over, "over": over, "first": first}
        return render(Message("{open} open, {over} over: {first}", counts), language)

    def _headline(self, told: Told, language: str) -> str:
        case = told.story.case
        mark = _MARKS.get(told.kinds[-1])
        words = [render(mark, language)] if mark else []
        if not told.is_over:
            words.append(render(_SEVERITIES[case.severity], language))
        if case.simulated:
            words.insert(0, render(Message("SIMULATED"), language))
        headline = f"{' · '.join(words)}: {render(case.summary, language)}"
        if case.symptoms:
            headline += f" (+{case.symptoms})"
        return headline

    def _short(self, told: Told, receiver: str, language: str) -> list[str]:
        case = told.story.case
        facts = [self._department(case.department), self._since(told, language), case.ticket]
        lines = [self._headline(told, language), "  " + " · ".join(fact for fact in facts if fact)]
        return lines if told.is_over else [*lines, *self._links(told, receiver, language)]

    def _whole(self, told: Told, receiver: str, language: str) -> list[str]:
        case = told.story.case
        facts = [
            Message("Device: {name}", {"name": case.device}) if case.device else None,
            Message("Department: {name}", {"name": self._department(case.department)}) if case.department else None,
            Message("Symptoms: {n}", {"n": case.symptoms}) if case.symptoms else None,
            Message("Ticket: {folio}", {"folio": case.ticket}) if case.ticket else None,
            Message("Explained by incident {number}", {"number": case.merged_into}) if case.merged_into else None,
        ]
        lines = [self._headline(told, language), "", self._since(told, language)]
        lines += [render(fact, language) for fact in facts if fact is not None]
        if told.story.root is not None and not told.is_over:
            lines += ["", *(f"- {render(one, language)}" for one in told.story.root.evidence[:_MOST_EVIDENCE])]
        if not told.is_over:
            lines += ["", *self._links(told, receiver, language)]
        return [*lines, "", self.municipality]

    def _links(self, told: Told, receiver: str, language: str) -> list[str]:
        url = self.link(told.story.case.id, receiver) if self.link else ""
        return [render(Message("Acknowledge: {url}", {"url": url}), language)] if url else []

    def _department(self, department: str) -> str:
        return (self.departments or {}).get(department, department)

    def _since(self, told: Told, language: str) -> str:
        case = told.story.case
        since = self._clock(case.opened_at)
        if case.resolved_at is None or not told.is_over:
            return render(Message("Since {since}", {"since": since}), language)
        lasted = duration(case.resolved_at - case.opened_at)
        ended = self._clock(case.resolved_at)
        return render(
            Message("From {since} to {end} ({lasted})", {"since": since, "end": ended, "lasted": lasted}), language
        )

    def _clock(self, at: float) -> str:
        return f"{wall_time(at, self.zone):%Y-%m-%d %H:%M:%S}"


def duration(seconds: float) -> str:
    """`1 d 2 h`, `3 min`, `12 s`: the two largest units, the same in every language."""
    left = max(0, round(seconds))
    words: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not words):
            words.append(f"{count} {unit}")
    return " ".join(words[:2])
