"""Entering evidence for the steps of tickets (see `nms.tickets.evidence`); commands in `nms.tickets.running`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from nms.access import Actor, Permission
from nms.model import Message
from nms.store.tables.tickets import ticket_evidence
from nms.text import clean
from nms.tickets.case import Case
from nms.tickets.codes import word
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NotNow, Unusable
from nms.tickets.evidence import StepState, StepVerdict, evidence_of, states
from nms.tickets.life import Moved
from nms.tickets.playbooks import Playbook, Step, kept_output
from nms.tickets.ways import Way, has_way, judged_output, way_to
from nms.tickets.work import attachment_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that may be sent: a line of the catalogue with its parameters filled in."""

    way: Way
    step: str
    line: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StepDesk:
    """Enters evidence for the steps of tickets."""

    desk: TicketDesk

    def enter(
        self, connection: sa.Connection, actor: Actor, folio: str, step: str, value: str, now: float, remark: str = ""
    ) -> StepState:
        """A tick (any text) or a measured number, with a remark where it needs one.

        Where the monitor cannot run a step's command, what somebody read on the device by hand is taken instead.
        Raises: Unusable for a value that does not fit, or a step that takes a file or a command.
        """
        case, playbook, found = self._step(connection, actor, folio, step, Permission.WORK_TICKET)
        if found.kind == "attach":
            raise Unusable("the step {step} takes a file, not a value", step=step)
        if found.kind == "command":
            self._require_by_hand(case, found, value)
        number = _number(value) if found.measure else None
        verdict = StepVerdict.OK
        if found.measure and number is not None and not found.measure.accepts(number):
            verdict = StepVerdict.OUTSIDE
        row = {"kind": found.kind, "value": number, "text": clean(value, limit=2000, keep_newlines=True)}
        return self._write(connection, actor, case, playbook, found, {**row, "verdict": verdict}, now, remark)

    def attach(
        self,
        connection: sa.Connection,
        actor: Actor,
        folio: str,
        step: str,
        attachment: int,
        now: float,
        remark: str = "",
    ) -> StepState:
        """A photo or file already attached to the ticket (see `nms.tickets.work.attach`)."""
        case, playbook, found = self._step(connection, actor, folio, step, Permission.WORK_TICKET)
        kept = attachment_of(connection, case, attachment)
        require_fitting(found, kept["media_type"])
        row = {"kind": "attach", "attachment": attachment, "text": kept["name"], "verdict": StepVerdict.OK}
        return self._write(connection, actor, case, playbook, found, row, now, remark)

    def waive(
        self, connection: sa.Connection, actor: Actor, folio: str, step: str, reason: str, now: float
    ) -> StepState:
        """A step that cannot be done here; the reason stays with the evidence."""
        case, playbook, found = self._step(connection, actor, folio, step, Permission.WAIVE_STEP)
        if not clean(reason):
            raise Unusable("say why the step {step} is left out", step=step)
        row = {"kind": found.kind, "verdict": StepVerdict.WAIVED}
        return self._write(connection, actor, case, playbook, found, row, now, reason)

    def ask(
        self, connection: sa.Connection, actor: Actor, folio: str, step: str, values: Mapping[str, str], now: float
    ) -> Asked:
        """What to run for a step, and where; who asked for it goes to the audit before anything is sent.

        Raises: NoSuchTicket, NotNow, Unusable, CommandRefused, Forbidden.
        """
        case, _playbook, found = self._step(connection, actor, folio, step, Permission.RUN_COMMAND)
        way = way_to(self.desk.office, case, found)
        catalogue = self.desk.office.playbooks.catalogue
        line = catalogue.line(way.platform, way.run, values)
        known = catalogue.find(way.platform, way.run)
        detail: Mapping[str, str] = {"step": step, "device": case.device, "command": line}
        self.desk.audit.append(connection, actor, "run-command", "ticket", folio, now, detail)
        return Asked(way, step, line, known.timeout_seconds if known else 30.0)

    def note_failure(
        self, connection: sa.Connection, actor: Actor, folio: str, asked: Asked, reason: str, now: float
    ) -> None:
        """A command that gave no output: the ticket's log says so, the step stays open."""
        case = self.desk.checkout(connection, actor, folio, Permission.RUN_COMMAND)
        params = {"command": asked.line, "device": asked.way.device.id}
        message = Message("{command} did not run on {device}", params)
        self.desk.commit(connection, actor, case, Moved(case, "run", message), now, reason)

    def keep_output(
        self,
        connection: sa.Connection,
        actor: Actor,
        folio: str,
        step: str,
        platform: str,
        line: str,
        output: str | bytes,
        now: float,
        remark: str = "",
    ) -> StepState:
        """Judges and keeps what a command said. Raises: Unusable where the line is not one of the catalogue's."""
        case, playbook, found = self._step(connection, actor, folio, step, Permission.RUN_COMMAND)
        if not self.desk.office.playbooks.catalogue.allows(platform, line):
            raise Unusable("this is not a command that playbooks may run")
        kept = kept_output(output)
        judged = judged_output(self.desk.office.playbooks.catalogue, found, platform, kept)
        row = {
            "kind": "command",
            "command": line,
            "text": kept,
            "value": judged.values[0] if judged.values and math.isfinite(judged.values[0]) else None,
            "verdict": StepVerdict.OK if judged.passed else StepVerdict.FAILED,
        }
        return self._write(connection, actor, case, playbook, found, row, now, remark)

    def _require_by_hand(self, case: Case, step: Step, text: str) -> None:
        if has_way(self.desk.office, case, step):
            raise Unusable("the step {step} takes its command, which the monitor runs, not a value", step=step.id)
        if not clean(text):
            raise Unusable("write what the device says at the step {step}", step=step.id)

    def _step(
        self, connection: sa.Connection, actor: Actor, folio: str, step: str, permission: Permission
    ) -> tuple[Case, Playbook, Step]:
        case = self.desk.checkout(connection, actor, folio, permission)
        return case, *self._found(connection, case, step)

    def _found(self, connection: sa.Connection, case: Case, step: str) -> tuple[Playbook, Step]:
        folio = case.folio
        if not case.is_active:
            status = word("status", case.status.value)
            raise NotNow("{folio} is {status_msgid}: its steps stand as they are", folio=folio, status_msgid=status)
        playbook = self.desk.playbook_of(connection, case)
        found = playbook.step(step) if playbook else None
        if playbook is None or found is None:
            raise Unusable("{folio} has no step {step}", folio=folio, step=clean(step, limit=60))
        return playbook, found

    def _write(
        self,
        connection: sa.Connection,
        actor: Actor,
        case: Case,
        playbook: Playbook,
        step: Step,
        row: Mapping[str, object],
        now: float,
        remark: str,
    ) -> StepState:
        empty = {"value": None, "text": "", "command": "", "attachment": None}
        said = clean(remark, limit=2000, keep_newlines=True)
        common = {"ticket": case.id, "step": step.id, "at": now, "actor": clean(actor.name, limit=120), "remark": said}
        values = {**empty, **row, **common, "verdict": str(row["verdict"])}
        connection.execute(ticket_evidence.insert().values(**values))
        params = {"step": step.id, "verdict_msgid": word("verdict", str(row["verdict"]))}
        message = Message("step {step}: {verdict_msgid}", params)
        self.desk.commit(connection, actor, case, Moved(case, "step", message), now, said)
        return next(one for one in states(playbook, evidence_of(connection, case.id)) if one.step.id == step.id)


def require_fitting(step: Step, media_type: str) -> None:
    """Raises: Unusable for a step that takes no file, and for a file that is no photo where one is asked for."""
    if step.attach is None:
        raise Unusable("the step {step} does not take a file", step=step.id)
    if step.attach.kind == "photo" and not media_type.startswith("image/"):
        raise Unusable("the step {step} wants a photo: PNG, JPEG or WebP", step=step.id)


def _number(text: str) -> float:
    """A number as people write it: `13.6`, `-7`, `345,678` (thousands, as in Mexico), `13,6`. Raises: Unusable."""
    written = text.strip().replace("−", "-")
    thousands = re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", written)
    try:
        number = float(written.replace(",", "" if thousands else "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Unusable("{value} is not a number: write it as 13.6", value=clean(text, limit=40) or "(nothing)")
    return number
