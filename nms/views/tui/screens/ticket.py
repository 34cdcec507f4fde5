"""One ticket: its playbook as a checklist to work through, its log, and what may be done to it now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries import rows
from nms.tickets.codes import offered, word
from nms.views.tui.lists import parts
from nms.views.tui.messages import Go
from nms.views.tui.places import Place
from nms.views.tui.screens.acting import PERMISSION, Subject
from nms.views.tui.screens.dossier import DossierPage, summary
from nms.views.tui.screens.form import Answers, Field, FormScreen
from nms.views.tui.screens.output import OutputScreen
from nms.views.tui.widgets.headline import Headline, ticket_headline
from nms.views.tui.widgets.prose import Prose
from nms.views.tui.widgets.rowlist import RowList
from nms.views.tui.words import verdict_word

WIDE = 120
LEAST_LOG = 4
"""Lines of the log worth showing below the steps."""

LIFE = frozenset({"note", "start", "hold", "resume", "resolve", "close", "reopen", "release", "prioritise"})


class TicketScreen(DossierPage):
    HELP = N_(
        "Work through the steps: enter ticks the step under the cursor, asks for the value that it wants, or has the "
        "monitor run its command on the device; v shows what was entered. tab goes between the steps and the log. "
        "T notes time down, P a part; F attaches a file, W watches."
    )
    KEYS_FIRST = ("step", "assign", "life('start')", "life('note')", "life('resolve')")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "step", N_("tick the step"), key_display="enter"),
        Binding("tab", "side", N_("steps or log"), show=False),
        Binding("v", "evidence", N_("evidence")),
        Binding("n", "life('note')", N_("note")),
        Binding("S", "life('start')", N_("start")),
        Binding("h", "life('hold')", N_("put on hold")),
        Binding("H", "life('resume')", N_("resume")),
        Binding("r", "life('resolve')", N_("resolve")),
        Binding("C", "life('close')", N_("close")),
        Binding("O", "life('reopen')", N_("open again")),
        Binding("I", "life('release')", N_("give back"), show=False),
        Binding("Y", "life('prioritise')", N_("priority"), show=False),
        Binding("d", "device", N_("device")),
        Binding("y", "copy", N_("copy"), show=False),
    ]

    @property
    def topics(self) -> frozenset[str]:
        return frozenset({"overview", self.place.topic})

    @property
    def acts(self) -> frozenset[str]:
        return frozenset({"assign", "poll", "ssh"})

    @property
    def page(self) -> rows.TicketPage | None:
        found: rows.TicketPage | None = self.nms.mirror.get(self.place.topic)
        return found

    def body(self) -> Iterable[Widget]:
        yield Headline()
        yield Prose(id="safety")
        with Horizontal():
            yield RowList(id="steps", empty=_("no playbook belongs to this ticket"))
            yield RowList(id="log")
        yield Prose(id="detail")

    def begin(self) -> None:
        self.query_one("#steps", RowList).focus()

    def on_resize(self) -> None:
        """Side by side where there is room; else the log below the steps, or alone while one reads it."""
        wide = self.size.width >= WIDE
        self.set_class(not wide, "narrow")
        steps, log = self.query_one("#steps"), self.query_one("#log")
        count = len(self.page.steps) if self.page is not None else 0
        room = self.query_one(Horizontal).size.height - count - 1
        steps.styles.height = "1fr" if wide or room < LEAST_LOG else count + 1
        steps.display = count > 0 and (wide or not log.has_focus or room >= LEAST_LOG)
        log.display = wide or log.has_focus or not count or room >= LEAST_LOG

    def take(self, topics: frozenset[str]) -> None:
        page = self.page
        if page is None or self.place.topic not in topics:
            return
        device = self.nms.mirror.device_name(page.ticket.device)
        self.query_one(Headline).show(ticket_headline(page, self.cx, device))
        self._show_safety(page)
        steps, log = self.query_one("#steps", RowList), self.query_one("#log", RowList)
        steps.key = lambda row: str(row.number)
        steps.show(page.steps, self.cx, columns=parts.steps())
        log.key = lambda row: f"{row.at}/{row.action}/{row.text}"
        log.show(list(reversed(page.log)), self.cx, columns=parts.log())
        if not page.steps:
            log.focus()
        self.on_resize()
        self._show_detail()
        self.refresh_bindings()

    def _show_safety(self, page: rows.TicketPage) -> None:
        said = []
        if page.playbook_title:
            done = sum(step.done for step in page.steps)
            said.append((f"{page.playbook_title}  {done}/{len(page.steps)}", "strong"))
        if page.safety:
            said.append(("△ " + " · ".join(page.safety), "attended"))
        if page.tools:
            said.append((_("tools: {tools}").format(tools=", ".join(page.tools)), "dim"))
        if spent := summary(page):
            said.insert(min(1, len(said)), (spent, "accent"))
        self.query_one("#safety", Prose).show(said, lines=4 if self.size.height >= 30 else 2)

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._show_detail()

    def _show_detail(self) -> None:
        """The whole text of the row under the cursor: lists cut it."""
        log = self.query_one("#log", RowList)
        row = log.row if log.has_focus else self.query_one("#steps", RowList).row or log.row
        text = getattr(row, "text", "")
        ready = getattr(row, "command", "") or getattr(row, "obstacle", "")
        evidence = getattr(row, "evidence", "")
        said = [(text, "plain"), *((part, style) for part, style in ((ready, "dim"), (evidence, "accent")) if part)]
        self.query_one("#detail", Prose).show(said, lines=4)

    def subject(self) -> Subject:
        ticket = self.page.ticket if self.page else None
        return Subject(
            devices=(ticket.device,) if ticket and ticket.device else (),
            tickets=(self.place.argument,),
            title=ticket.title if ticket else "",
            department=ticket.department if ticket else "",
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "life":
            wanted = str(parameters[0])
            allowed = self.page is not None and wanted in self.page.allowed_actions
            return allowed and self.nms.mirror.may(PERMISSION.get(wanted, "work-ticket"))
        if action == "evidence":
            return self.page is not None and bool(self.page.steps)
        if action == "step":
            return self.page is not None and bool(self.page.steps) and self.nms.mirror.may("work-ticket")
        return super().check_action(action, parameters)

    def action_side(self) -> None:
        steps, log = self.query_one("#steps", RowList), self.query_one("#log", RowList)
        if self.page is None or not self.page.steps:
            return
        target = log if steps.has_focus else steps
        target.display = True
        target.focus()
        self.call_after_refresh(self.on_resize)
        self.call_after_refresh(self._show_detail)

    @on(RowList.Opened, "#steps")
    def _step_opened(self) -> None:
        self.action_step()

    def action_step(self) -> None:
        """A step that only wants to be done is ticked; one that wants a value or a remark asks for it."""
        step = self.query_one("#steps", RowList).row
        if not isinstance(step, rows.StepRow) or not self.nms.mirror.may("work-ticket"):
            return
        client, folio = self.nms.mirror.client, self.place.argument

        async def tick() -> str:
            await client.complete_step(folio, step.number)
            return _("step {n} is done").format(n=step.number)

        if step.kind == "attach":
            self.ask_for_file(step.number, f"{step.number}. {step.text}")
        elif step.kind == "command" and not step.obstacle:
            self._run(step)
        elif step.kind == "check" and step.settled:
            self.nms.perform(tick())
        else:
            self.ask_for_value(step)

    def _run(self, step: rows.StepRow) -> None:
        """Has the monitor run the step's command; what it asks for is asked first, and the output shown."""
        if not self.nms.mirror.may("run-command"):
            self.nms.say(_("running commands is not among your permissions"))
            return
        client, folio = self.nms.mirror.client, self.place.argument

        async def send(answers: Answers) -> str:
            remark = answers.pop("remark", "")
            self.nms.say(_("{command} runs on the device ...").format(command=step.command))
            entry = await client.run_step(folio, step.number, answers, remark)
            self.app.push_screen(OutputScreen(f"{step.number}. {step.text}", [entry]))
            return _("step {n}: {verdict}").format(n=step.number, verdict=verdict_word(entry.verdict))

        fields = [Field(name, name, required=True) for name in step.parameters]
        if step.evidence and not step.done:
            fields.append(Field("remark", _("What does an output that is not as expected mean?")))
        if fields:
            self.ask(FormScreen(f"{step.number}. {step.command}", fields, send=_("Run")), send)
        else:
            self.nms.perform(send({}))

    def action_evidence(self) -> None:
        """All that was entered for the step under the cursor."""
        step = self.query_one("#steps", RowList).row
        if not isinstance(step, rows.StepRow):
            return
        client, folio = self.nms.mirror.client, self.place.argument

        async def show() -> str:
            entries = await client.evidence(folio, step.number)
            self.app.push_screen(OutputScreen(f"{step.number}. {step.text}", entries))
            return ""

        self.nms.perform(show())

    def action_life(self, action: str) -> None:
        client, folio = self.nms.mirror.client, self.place.argument

        async def send(answers: Answers) -> str:
            await client.act_on_ticket(folio, action, **answers)
            return _("{folio}: done").format(folio=folio)

        self.ask(FormScreen(f"{folio}: {_life_word(action)}", _life_fields(action), send=_life_word(action)), send)

    def action_device(self) -> None:
        devices = self.subject().devices
        if devices:
            self.post_message(Go(Place("device", devices[0])))

    def action_copy(self) -> None:
        self.nms.copy_to_clipboard(self.place.argument)
        self.nms.say(_("copied: {text}").format(text=self.place.argument))


def _life_word(action: str) -> str:
    words = {
        "note": _("Note"),
        "start": _("Start"),
        "hold": _("Put on hold"),
        "resume": _("Resume"),
        "resolve": _("Resolve"),
        "close": _("Close"),
        "reopen": _("Open again"),
        "release": _("Give back"),
        "prioritise": _("Change the priority"),
    }
    return words[action]


def _life_fields(action: str) -> list[Field]:
    note = Field("note", _("Note"), required=action in ("note", "reopen", "resolve"))
    if action == "hold":
        return [Field("reason", _("What does it wait for?"), choices=_choices("reason")), note]
    if action == "resolve":
        return [
            Field("cause", _("What was wrong?"), choices=_choices("cause")),
            Field("solution", _("What helped?"), choices=_choices("solution")),
            note,
        ]
    if action == "prioritise":
        return [Field("priority", _("Priority"), choices=[(str(n), f"P{n}") for n in range(1, 5)]), note]
    return [note]


def _choices(of: str) -> list[tuple[str, str]]:
    return [(code, _(word(of, code))) for code in offered(of)]
