"""What was entered for the steps of a ticket's playbook: kept for ever, and required before the end.

The last entry of a step counts; earlier ones stay. An entry outside its limits counts as done once somebody has
written a remark about it (what it means, what was done); a step that cannot be done is waived by who may, with a
reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from nms.store.tables.tickets import ticket_evidence
from nms.tickets.case import Case
from nms.tickets.errors import StepsMissing
from nms.tickets.playbooks import Playbook, Step


class StepVerdict(StrEnum):
    """What an entry says of its step."""

    OK = "ok"
    OUTSIDE = "outside"
    FAILED = "failed"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One entry for a step."""

    id: int
    step: str
    at: float
    actor: str
    kind: str
    verdict: StepVerdict
    value: float | None = None
    text: str = ""
    command: str = ""
    attachment: int | None = None
    remark: str = ""

    @property
    def settles(self) -> bool:
        """Whether the step is done by it."""
        return self.verdict in (StepVerdict.OK, StepVerdict.WAIVED) or bool(self.remark)


@dataclass(frozen=True, slots=True)
class StepState:
    """A step with all that was entered for it, oldest first."""

    number: int
    step: Step
    evidence: tuple[Evidence, ...]

    @property
    def last(self) -> Evidence | None:
        return self.evidence[-1] if self.evidence else None

    @property
    def done(self) -> bool:
        if self.last is None or not self.last.settles:
            return False
        wanted = self.step.measure.times if self.step.measure else 1
        return self.last.verdict is StepVerdict.WAIVED or len(self.evidence) >= wanted


def states(playbook: Playbook, entered: Sequence[Evidence]) -> list[StepState]:
    """Each step of a playbook with its evidence, in the order of the playbook; numbers from 1."""
    by_step: dict[str, list[Evidence]] = {}
    for one in entered:
        by_step.setdefault(one.step, []).append(one)
    return [
        StepState(number, step, tuple(by_step.get(step.id, ()))) for number, step in enumerate(playbook.steps, start=1)
    ]


def evidence_of(connection: sa.Connection, ticket: int) -> list[Evidence]:
    """All that was entered for the steps of a ticket, oldest first."""
    query = sa.select(ticket_evidence).where(ticket_evidence.c.ticket == ticket).order_by(ticket_evidence.c.id)
    return [
        Evidence(
            row.id,
            row.step,
            row.at,
            row.actor,
            row.kind,
            StepVerdict(row.verdict),
            row.value,
            row.text,
            row.command,
            row.attachment,
            row.remark,
        )
        for row in connection.execute(query)
    ]


def require_complete(connection: sa.Connection, playbook: Playbook | None, case: Case) -> None:
    """Lets a ticket end whose mandatory steps are all done. Raises: StepsMissing."""
    if playbook is None:
        return
    entered = evidence_of(connection, case.id)
    missing = [one for one in states(playbook, entered) if not one.step.optional and not one.done]
    if missing:
        listed = ", ".join(f"{one.number} ({one.step.id})" for one in missing[:8])
        raise StepsMissing(
            tuple(one.step.id for one in missing),
            "{folio} has {count} mandatory steps without evidence: {listed}",
            folio=case.folio,
            count=len(missing),
            listed=listed,
        )
