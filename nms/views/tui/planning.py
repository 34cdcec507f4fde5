"""Forms for planned work, silences and corrections: filled in, looked at, then done; `esc` leads back, not away."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.model import State
from nms.queries.ports import MaintenancePlan, PastCorrection, QuietPlan
from nms.views.client import Client
from nms.views.connection import ClientError
from nms.views.foreseen import Line, correction_lines, quiet_lines
from nms.views.moments import length_of, matchers_of, moment_of, names_of, rule_of
from nms.views.times import clock
from nms.views.tui.screens.foreseen import ForeseenScreen
from nms.views.tui.screens.form import Answers, Field, FormScreen
from nms.views.tui.words import state_word

if TYPE_CHECKING:
    from nms.views.tui.app import NmsApp


class Unclear(ValueError):
    """An answer cannot be understood; the sentence says what to write."""


@dataclass
class Proposal(ABC):
    """One thing to be made. `given` fills the form in."""

    client: Client
    given: Answers = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    wrong: str = ""
    """Why the last answers would not do."""

    @property
    @abstractmethod
    def title(self) -> str: ...

    @property
    @abstractmethod
    def send(self) -> str: ...

    async def prepare(self) -> None:  # noqa: B027 (most forms need nothing)
        """Asks for what the form offers. Raises: ClientError."""

    @abstractmethod
    def fields(self) -> Sequence[Field]: ...

    @abstractmethod
    async def look(self, answers: Answers) -> Iterable[Line]:
        """Raises: Unclear, ClientError."""

    @abstractmethod
    async def make(self, answers: Answers) -> str:
        """What to say when it is done. Raises: ClientError."""

    def value(self, name: str, otherwise: str = "") -> str:
        return self.given.get(name, otherwise)

    def moment(self, text: str) -> float:
        found = moment_of(text, self.zone)
        if found is None:
            hint = _("“{text}” is not a moment; write it as 2026-12-05 22:00, on the office's clock, or as now")
            raise Unclear(hint.format(text=text))
        return found

    def period(self, answers: Answers) -> tuple[float, float]:
        """Start and end, of which the end may be a length (4h)."""
        start = self.moment(answers["start"])
        lasts = length_of(answers["end"])
        end = start + lasts if lasts else self.moment(answers["end"])
        if end <= start:
            raise Unclear(_("it ends before it starts"))
        return start, end

    def times(self, start: str, end: str) -> list[Field]:
        hint = _("2026-12-05 22:00, 22:00 or now")
        return [
            Field(
                "start", _("From, on the office's clock"), value=self.value("start", start), required=True, hint=hint
            ),
            Field("end", _("Until, or for how long (4h)"), value=self.value("end", end), required=True, hint=hint),
        ]

    def about(self) -> Field:
        label = _("About: device=rt-a,sw-* department=obras site= role= tag= key=")
        return Field("about", label, value=self.value("about"), required=True)

    def why(self, *, required: bool = True) -> Field:
        return Field("reason", _("Why?"), value=self.value("reason"), required=required)


class Work(Proposal):
    @property
    def title(self) -> str:
        return _("Plan work")

    @property
    def send(self) -> str:
        return _("Plan it")

    def fields(self) -> Sequence[Field]:
        repeats = (
            ("", _("once")),
            ("daily", _("every day")),
            ("weekly", _("every week, on this weekday")),
            ("monthly", _("every month, on this weekday of its week")),
        )
        return [
            Field("title", _("What will be done"), value=self.value("title"), required=True),
            self.about(),
            *self.times("", "4h"),
            Field("repeats", _("Repeats"), value=self.value("repeats"), choices=repeats),
            self.why(required=False),
        ]

    def _rule(self, answers: Answers, start: float) -> str:
        return rule_of(answers["repeats"], start, self.zone)

    async def look(self, answers: Answers) -> Iterable[Line]:
        start, end = self.period(answers)
        plan = QuietPlan(matchers_of(answers["about"]), start, end - start, self._rule(answers, start))
        return quiet_lines(await self.client.preview_quiet("maintenance", plan), self.zone, is_work=True)

    async def make(self, answers: Answers) -> str:
        start, end = self.period(answers)
        matchers, rule = matchers_of(answers["about"]), self._rule(answers, start)
        plan = MaintenancePlan(answers["title"], matchers, answers["reason"], start, end - start, rule)
        number = await self.client.plan_maintenance(plan)
        text = _("maintenance {number}: {start} – {end}; what is still down then alerts")
        return text.format(number=number, start=clock(start, self.zone), end=clock(end, self.zone))


class Quiet(Proposal):
    @property
    def title(self) -> str:
        return _("Keep alerts quiet")

    @property
    def send(self) -> str:
        return _("Keep quiet")

    def fields(self) -> Sequence[Field]:
        return [self.why(), self.about(), *self.times("now", "4h")]

    async def look(self, answers: Answers) -> Iterable[Line]:
        start, end = self.period(answers)
        plan = QuietPlan(matchers_of(answers["about"]), start, end - start)
        return quiet_lines(await self.client.preview_quiet("silences", plan), self.zone, is_work=False)

    async def make(self, answers: Answers) -> str:
        start, end = self.period(answers)
        matchers = matchers_of(answers["about"])
        starts_at = None if answers["start"] == "now" else start
        number = await self.client.silence(answers["reason"], end, matchers=matchers, starts_at=starts_at)
        return _("silence {number} until {end}").format(number=number, end=clock(end, self.zone))


class Word(Proposal):
    """A word on a past time."""

    @property
    def title(self) -> str:
        return _("Correct a past time")

    @property
    def send(self) -> str:
        return _("Correct it")

    def fields(self) -> Sequence[Field]:
        states = [(state.value, state_word(state)) for state in State]
        label = _("What: device/ID, link/ID or department/ID; several with commas")
        return [
            Field("subject", label, value=self.value("subject"), required=True),
            *self.times("", ""),
            Field("state", _("What it really was"), value=self.value("state", State.MAINTENANCE.value), choices=states),
            self.why(),
        ]

    def _words(self, answers: Answers) -> list[PastCorrection]:
        period, state = self.period(answers), State(answers["state"])
        return [PastCorrection(one, state, *period, answers["reason"]) for one in names_of(answers["subject"])]

    async def look(self, answers: Answers) -> Iterable[Line]:
        found = [await self.client.preview_correction(one) for one in self._words(answers)]
        return [line for one in found for line in correction_lines(one, self.zone)]

    async def make(self, answers: Answers) -> str:
        numbers = [await self.client.correct(one) for one in self._words(answers)]
        return _("correction {number} counts from now on").format(number=", ".join(map(str, numbers)))


async def converse(app: NmsApp, proposal: Proposal) -> None:
    """The form, the look at what it does, the act. A mistake, or `esc` at the look, leads back to the form."""
    try:
        proposal.zone = app.mirror.zone or ZoneInfo(await proposal.client.timezone())
        await proposal.prepare()
        while True:
            form = FormScreen(proposal.title, proposal.fields(), send=_("Look"), wrong=proposal.wrong)
            answers = await app.push_screen_wait(form)
            if answers is None:
                return
            proposal.given = answers
            if await _did(app, proposal, answers):
                return
    except ClientError as error:
        app.say(str(error), is_bad=True)


async def _did(app: NmsApp, proposal: Proposal, answers: Answers) -> bool:
    proposal.wrong = ""
    try:
        lines = list(await proposal.look(answers))
        if not await app.push_screen_wait(ForeseenScreen(lines, send=proposal.send)):
            return False
        app.say(await proposal.make(answers))
    except (Unclear, ClientError) as error:
        proposal.wrong = str(error)
        return False
    app.follower.poke()
    return True
