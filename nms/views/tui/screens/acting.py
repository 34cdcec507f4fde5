"""The acts that lists and pages share: acknowledge, ticket, silence, assign, poll, ssh, why."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from nms.i18n import N_, ngettext
from nms.i18n import gettext as _
from nms.views.tui.many import for_all, one_by_one
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.safe import shown
from nms.views.tui.screens.base import Page, asking
from nms.views.tui.screens.form import Answers, Field, FormScreen

if TYPE_CHECKING:
    from nms.views.tui.planning import Proposal

PERMISSION = {
    "acknowledge": "acknowledge",
    "unacknowledge": "acknowledge",
    "silence": "silence",
    "ticket": "open-ticket",
    "assign": "assign-ticket",
    "poll": "poll",
    "configuration": "read-configuration",
    "fetch": "run-command",
    "accept": "accept-configuration",
    "ssh": "run-command",
    "note": "note-ticket",
    "start": "work-ticket",
    "hold": "work-ticket",
    "resolve": "work-ticket",
    "close": "close-ticket",
    "reopen": "work-ticket",
    "step": "work-ticket",
    "release": "work-ticket",
    "prioritise": "prioritise-ticket",
}
"""What each act needs; the daemon checks again."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an act is for: alert keys, devices and folios behind the chosen rows."""

    alerts: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()
    title: str = ""
    department: str = ""
    links: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """What work on it is about, as planned work is written."""
        if self.links:
            return "key=" + ",".join(f"link-down/{link}" for link in self.links)
        return "device=" + ",".join(self.devices) if self.devices else ""

    @property
    def corrected(self) -> str:
        """What a correction is about."""
        found = [f"link/{one}" for one in self.links] or [f"device/{one}" for one in self.devices]
        return ",".join(found)


MOST_ALERTS = 2000
MOST_IN_A_SILENCE = 200
"""What the daemon takes in one request."""


def few(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" (+{more})" if more > 0 else "")


MOST_NAMED = 3


def hours(number: int) -> str:
    return ngettext("{n} hour", "{n} hours", number).format(n=number)


class ActPage(Page):
    """A page whose rows can be acted upon. `acts` are the ones that make sense on it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "acknowledge", N_("acknowledge")),
        Binding("A", "unacknowledge", N_("take the acknowledgement back"), show=False),
        Binding("t", "ticket", N_("ticket")),
        Binding("i", "assign", N_("assign")),
        Binding("m", "silence", N_("silence")),
        Binding("w", "why", N_("why")),
        Binding("p", "poll", N_("poll now")),
        Binding("s", "ssh", N_("ssh")),
        Binding("M", "plan", N_("plan work"), show=False),
        Binding("K", "correct", N_("correct the past"), show=False),
    ]

    @property
    def acts(self) -> frozenset[str]:
        return frozenset()

    @property
    def is_heard(self) -> bool:
        """Whether what the acts are for has come from the daemon yet."""
        return self.topics <= self.nms.mirror.held.keys()

    @abstractmethod
    def subject(self) -> Subject: ...

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of acts that make no sense here, or that this person may not use, are not there."""
        if action in PERMISSION or action == "why":
            wanted = "acknowledge" if action == "unacknowledge" else action
            needed = PERMISSION.get(action)
            return wanted in self.acts and (needed is None or self.nms.mirror.may(needed))
        return super().check_action(action, parameters)

    def ask(self, form: FormScreen, then: Callable[[Answers], Awaitable[str]]) -> None:
        """Shows a form; what it is sent with is done in a worker, whose sentence is then shown."""

        def answered(answers: Answers | None) -> None:
            if answers is not None:
                self.nms.perform(then(answers))

        self.app.push_screen(form, answered)

    def action_acknowledge(self) -> None:
        subject = self.subject()
        if not subject.alerts:
            return
        client, n = self.nms.mirror.client, len(subject.alerts)
        title = ngettext("Acknowledge {n} alert", "Acknowledge {n} alerts", n).format(n=n)
        fields = [Field("note", _("What are you doing about it?")), _until_field()]
        if self.nms.mirror.may("open-ticket"):
            fields.append(Field("ticket", _("open a ticket as well"), flag=True))

        async def send(answers: Answers) -> str:
            until = time.time() + float(answers["hours"]) * 3600 if answers["hours"] != "0" else None
            tally = await for_all(
                subject.alerts, lambda keys: client.acknowledge(keys, answers["note"], until), at_once=MOST_ALERTS
            )
            said = ngettext("{n} alert acknowledged", "{n} alerts acknowledged", tally.done).format(n=tally.done)
            if answers.get("ticket"):
                folio = await client.open_ticket(
                    shown(subject.title or subject.alerts[0])[:300],
                    subject.department,
                    _one(subject.devices),
                    subject.alerts[0],
                )
                said = f"{said}; {_('ticket {folio} opened').format(folio=folio)}"
            return tally.said(said)

        self.ask(FormScreen(f"{title}: {subject.title}", fields, send=_("Acknowledge")), send)

    def action_unacknowledge(self) -> None:
        subject, client = self.subject(), self.nms.mirror.client

        async def send() -> str:
            tally = await for_all(subject.alerts, client.unacknowledge, at_once=MOST_ALERTS)
            said = ngettext("{n} acknowledgement taken back", "{n} acknowledgements taken back", tally.done)
            return tally.said(said.format(n=tally.done))

        if subject.alerts:
            self.nms.perform(send())

    def action_ticket(self) -> None:
        """To the ticket that is there; else a form with everything filled in, so that `t enter` opens one."""
        if not self.is_heard:
            self.nms.say(asking())
            return
        subject = self.subject()
        if subject.tickets:
            self.post_message(Go(Place("ticket", subject.tickets[0])))
            return
        client = self.nms.mirror.client

        async def send(answers: Answers) -> str:
            folio = await client.open_ticket(
                answers["title"], answers["department"], _one(subject.devices), _one(subject.alerts)
            )
            self.post_message(Go(Place("ticket", folio)))
            return _("ticket {folio} opened").format(folio=folio)

        departments = sorted(self.nms.mirror.departments.items(), key=lambda pair: pair[1])
        fields = [
            Field("title", _("What is to be done?"), value=shown(subject.title)[:300], required=True),
            Field("department", _("Department"), value=subject.department, choices=departments, required=True),
        ]
        self.ask(FormScreen(_("Open a ticket"), fields, send=_("Open")), send)

    def action_silence(self) -> None:
        subject, client = self.subject(), self.nms.mirror.client
        fields = [Field("reason", _("Why?"), required=True), _until_field(("1", "4", "8", "24", "72", "168"))]
        label, names = ("key", subject.alerts) if subject.alerts else ("device", subject.devices)

        async def send(answers: Answers) -> str:
            until = time.time() + float(answers["hours"]) * 3600

            async def silence(part: Sequence[str]) -> int:
                await client.silence(answers["reason"], until, matchers={label: part})
                return len(part)

            tally = await for_all(names, silence, at_once=MOST_IN_A_SILENCE)
            return tally.said(_("silent for {time}").format(time=hours(int(answers["hours"]))))

        if names:
            self.ask(FormScreen(f"{_('Silence')}: {few(names)}", fields, send=_("Silence")), send)

    def action_plan(self) -> None:
        from nms.views.tui.planning import Work

        self._propose(Work(self.nms.mirror.client, {"about": self.subject().about}))

    def action_correct(self) -> None:
        from nms.views.tui.planning import Word

        self._propose(Word(self.nms.mirror.client, {"subject": self.subject().corrected}))

    def _propose(self, proposal: Proposal) -> None:
        from nms.views.tui.planning import converse

        self.nms.run_worker(converse(self.nms, proposal), group="planning", exclusive=True)

    def action_assign(self) -> None:
        subject, client = self.subject(), self.nms.mirror.client
        fields = [
            Field("assignee", _("To whom?"), value=self.nms.mirror.name, required=True),
            Field("note", _("Note")),
        ]

        async def send(answers: Answers) -> str:
            who, note = answers["assignee"], answers["note"]
            tally = await one_by_one(
                subject.tickets, lambda folio: client.act_on_ticket(folio, "assign", assignee=who, note=note)
            )
            text = ngettext("{n} ticket assigned to {who}", "{n} tickets assigned to {who}", tally.done)
            return tally.said(text.format(n=tally.done, who=who))

        if subject.tickets:
            self.ask(FormScreen(f"{_('Assign')}: {few(subject.tickets)}", fields, send=_("Assign")), send)
        else:
            self.nms.say(_("there is no ticket yet: t opens one"))

    def action_poll(self) -> None:
        subject, client = self.subject(), self.nms.mirror.client

        async def send() -> str:
            tally = await for_all(subject.devices, lambda part: client.poll_now(part[0]), at_once=1)
            text = ngettext("{n} device is being polled", "{n} devices are being polled", tally.done)
            return tally.said(text.format(n=tally.done))

        if subject.devices:
            self.nms.perform(send())

    def action_ssh(self) -> None:
        device = _one(self.subject().devices)
        if device:
            self.nms.open_ssh(device)

    def action_why(self) -> None:
        subject = self.subject()
        key = _one(subject.alerts) or _one(subject.devices)
        if key:
            self.post_message(Go(Place("why", key)))


def _until_field(choices: tuple[str, ...] = ("0", "1", "4", "8", "24")) -> Field:
    words = [(value, hours(int(value)) if value != "0" else _("until it is over")) for value in choices]
    return Field("hours", _("For how long?"), choices=words)


def _one(found: tuple[str, ...]) -> str:
    return found[0] if found else ""
