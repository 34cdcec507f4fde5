"""Time, parts, files and watchers of a ticket, and what its steps ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType

from nms.i18n import N_
from nms.i18n import gettext as _
from nms.queries import rows
from nms.views.connection import ClientError
from nms.views.tui.screens.acting import ActPage
from nms.views.tui.screens.form import Field as Asked
from nms.views.tui.screens.form import FormScreen

NEEDS: Mapping[str, str] = {
    "time": "work-ticket",
    "part": "work-ticket",
    "file": "note-ticket",
    "watch": "read",
    "fetch": "read",
}
"""What each act needs; the daemon checks again."""


class DossierPage(ActPage):
    """A page about one ticket, whose folio is its argument."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("T", "dossier('time')", N_("time spent"), show=False),
        Binding("P", "dossier('part')", N_("part used"), show=False),
        Binding("F", "dossier('file')", N_("attach a file"), show=False),
        Binding("G", "dossier('fetch')", N_("save a file"), show=False),
        Binding("W", "dossier('watch')", N_("watch"), show=False),
    ]

    @property
    def ticket_page(self) -> rows.TicketPage | None:
        found: rows.TicketPage | None = self.nms.mirror.get(self.place.topic)
        return found

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "dossier":
            wanted, page = str(parameters[0]), self.ticket_page
            there = page is not None and (wanted != "fetch" or bool(page.dossier.attachments))
            return there and self.nms.mirror.may(NEEDS[wanted])
        return super().check_action(action, parameters)

    def action_dossier(self, act: str) -> None:
        {
            "time": self._spend,
            "part": self._part,
            "file": lambda: self.ask_for_file(0, _("Attach a file")),
            "fetch": self._fetch,
            "watch": self._watch,
        }[act]()

    def ask_for_file(self, step: int, title: str) -> None:
        client, folio = self.nms.mirror.client, self.place.argument
        fields = [
            Asked("path", _("File on this machine"), required=True, hint="~/foto.jpg"),
            Asked("remark", _("Remark")),
        ]

        async def send(answers: Mapping[str, str]) -> str:
            name, content = await asyncio.to_thread(_read, answers["path"])
            await client.attach(folio, name, content, step, answers["remark"])
            return _("attached {name}").format(name=name)

        self.ask(
            FormScreen(title, fields if step else fields[:1], send=_("Attach")), lambda found: send({**_NO, **found})
        )

    def ask_for_value(self, step: rows.StepRow) -> None:
        """A measurement or a tick with a remark, which an earlier value outside its limits needs."""
        client, folio = self.nms.mirror.client, self.place.argument
        limits = [f"{limit:g}" for limit in (step.minimum, step.maximum) if limit is not None]
        hint = _("between {least} and {most}").format(least=limits[0], most=limits[1]) if len(limits) == 2 else ""
        label = _("Value in {unit}").format(unit=step.unit) if step.unit else _("What did you find?")
        remark = Asked("remark", _("Remark (needed outside the limits)"), required=not step.settled)
        by_hand = bool(step.obstacle)
        fields = [Asked("value", label, required=bool(step.unit) or by_hand, hint=step.obstacle or hint), remark]

        async def send(answers: Mapping[str, str]) -> str:
            await client.complete_step(folio, step.number, answers["value"], answers["remark"])
            return _("step {n} is entered").format(n=step.number)

        self.ask(FormScreen(f"{step.number}. {step.text}", fields), send)

    def _spend(self) -> None:
        client, folio = self.nms.mirror.client, self.place.argument
        fields = [
            Asked("minutes", _("Minutes"), required=True),
            Asked("note", _("What was done")),
            Asked("person", _("By whom"), value=self.nms.mirror.name),
            Asked("cost", _("Cost, where it is paid for")),
        ]

        async def send(answers: Mapping[str, str]) -> str:
            minutes, cost = _number(answers["minutes"]), _number(answers["cost"] or "0")
            await client.spend_time(folio, minutes, person=answers["person"], cost=cost, note=answers["note"])
            return _("{folio}: {minutes} minutes noted").format(folio=folio, minutes=f"{minutes:g}")

        self.ask(FormScreen(f"{folio}: {_('time spent')}", fields, send=_("Note down")), send)

    def _part(self) -> None:
        client, folio = self.nms.mirror.client, self.place.argument
        fields = [
            Asked("name", _("Part"), required=True),
            Asked("quantity", _("Quantity"), value="1", required=True),
            Asked("unit_cost", _("Cost of one")),
            Asked("serial", _("Serial number")),
        ]

        async def send(answers: Mapping[str, str]) -> str:
            quantity, cost = _number(answers["quantity"]), _number(answers["unit_cost"] or "0")
            await client.use_part(folio, answers["name"], quantity=quantity, unit_cost=cost, serial=answers["serial"])
            return _("{folio}: {part} noted").format(folio=folio, part=answers["name"])

        self.ask(FormScreen(f"{folio}: {_('part used')}", fields, send=_("Note down")), send)

    def _fetch(self) -> None:
        client, folio, page = self.nms.mirror.client, self.place.argument, self.ticket_page
        kept = {str(one.number): one.name for one in page.dossier.attachments} if page else {}
        fields = [Asked("number", _("Which?"), choices=list(kept.items())), Asked("folder", _("Where to"), value=".")]

        async def send(answers: Mapping[str, str]) -> str:
            content = await client.attachment(folio, int(answers["number"]))
            path = await asyncio.to_thread(_write, answers["folder"], kept[answers["number"]], content)
            return _("saved as {path}").format(path=path)

        self.ask(FormScreen(f"{folio}: {_('save a file')}", fields, send=_("Save")), send)

    def _watch(self) -> None:
        client, folio, page = self.nms.mirror.client, self.place.argument, self.ticket_page
        watching = page is None or self.nms.mirror.name not in page.dossier.watchers

        async def send() -> str:
            await client.watch(folio, watching=watching)
            said = _("you watch {folio}") if watching else _("you do not watch {folio} any more")
            return said.format(folio=folio)

        self.nms.perform(send())


_NO = {"remark": ""}


def summary(page: rows.TicketPage) -> str:
    """One line of what belongs to the ticket beside its log; empty where there is nothing."""
    more = page.dossier
    minutes = _("{minutes} min of work").format(minutes=f"{more.minutes:g}") if more.minutes else ""
    cost = f"{more.cost:,.2f} {more.currency}" if more.cost else ""
    spent = [minutes, ", ".join(f"{one.quantity:g} × {one.name}" for one in more.parts), cost]
    files = _("files: {names}").format(names=", ".join(one.name for one in more.attachments))
    watchers = _("watched by {people}").format(people=", ".join(more.watchers))
    found = [*spent, files if more.attachments else "", watchers if more.watchers else ""]
    return " · ".join(part for part in found if part)


def _read(text: str) -> tuple[str, bytes]:
    path = Path(text).expanduser()
    try:
        return path.name, path.read_bytes()
    except OSError as error:
        said = _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)
        raise ClientError(said) from None


def _write(folder: str, name: str, content: bytes) -> Path:
    """A new file: what is there is never written over."""
    path = Path(folder).expanduser() / name
    try:
        with path.open("xb") as file:
            file.write(content)
    except OSError as error:
        said = _("{path} cannot be written: {reason}").format(path=path, reason=error.strerror)
        raise ClientError(said) from None
    return path


def _number(text: str) -> float:
    try:
        return float(text.replace(" ", "").replace(",", "." if text.count(",") == 1 and "." not in text else ""))
    except ValueError:
        raise ClientError(_("“{text}” is not a number: write it as 13.6").format(text=text)) from None
