"""One change of the book while it is being worked out: what is remembered, and what would differ.

Nothing here touches the records: a draft is written whole or thrown away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nms.alerts import life
from nms.alerts.blankets import Blankets
from nms.alerts.changes import AlertChange, AlertContext, AlertPolicy
from nms.alerts.held import CAUSE, Case, Held
from nms.model import Message, Verdict


@dataclass
class Memory:
    """What the book remembers of the records, as of one revision of them."""

    revision: int = 0
    next_alert: int = 1
    next_incident: int = 1
    held: dict[str, Held] = field(default_factory=dict)
    cases: dict[int, Case] = field(default_factory=dict)
    """Open incidents, and those that may still be reopened."""
    case_of_root: dict[str, int] = field(default_factory=dict)
    """The latest incident of each root key among `cases`."""


class Draft:
    """What the alerts and incidents become at one instant."""

    def __init__(self, memory: Memory, now: float, policy: AlertPolicy, context: AlertContext) -> None:
        self.memory = memory
        self.now = now
        self.policy = policy
        self.context = context
        self.held: dict[str, Held] = {}
        self.cases: dict[int, Case] = {}
        self.next_alert = memory.next_alert
        self.next_incident = memory.next_incident
        self.reasons: dict[str, Message] = {}
        """Why alerts ended, where it is not that their condition is gone."""
        self.notes: list[AlertChange] = []
        """What is only to be remembered."""
        self._new_roots: dict[str, int] = {}

    def alert(self, key: str) -> Held | None:
        """The open alert of a key."""
        held = self.held.get(key) or self.memory.held.get(key)
        return held if held is not None and held.is_open else None

    def case(self, number: int) -> Case | None:
        return self.cases.get(number) or self.memory.cases.get(number)

    def put(self, held: Held) -> None:
        self.held[held.key] = held

    def open_alerts(self) -> Iterator[Held]:
        for key in list(self.memory.held):
            if (held := self.alert(key)) is not None:
                yield held
        for key, held in list(self.held.items()):
            if key not in self.memory.held and held.is_open:
                yield held

    def hear(self, verdict: Verdict) -> None:
        """One verdict. Most say that nothing is wrong where nothing was: those cost one look-up."""
        held = self.alert(verdict.key)
        if held is not None:
            heard = life.listen(held, verdict, self.now)
            if heard is not held:
                self.put(heard)
        elif verdict.severity is not None and not verdict.unknown:
            device = self.context.devices.get(verdict.device)
            first = life.first_sight(verdict, self.now, device, self.next_alert)
            if first is not None:
                self.next_alert += 1
                self.put(first)

    def settle(self, blankets: Blankets) -> None:
        """What follows from verdicts, time, causes and blankets: firing, silence, incidents, ends."""
        for held in self.open_alerts():
            settled = life.settle(held, self.now, self.policy)
            if settled is not held:
                self.put(settled)
        for held in self.open_alerts():
            if held.fired_at is not None:
                self._explain(held, blankets)
        for held in list(self.open_alerts()):
            if held.speaks:
                self._found_incident(held)
        for held in list(self.open_alerts()):
            if held.suppressed_by.startswith(CAUSE):
                self._join_incident(held)
        self._count_symptoms()
        self._end_incidents()

    def root_of(self, held: Held) -> str | None:
        """The key of the open alert at the end of the chain of explanations; None when nothing open explains it."""
        seen, at = {held.key}, held
        while at.because_of and (above := self.alert(at.because_of)) is not None:
            if above.key in seen:
                return None
            seen.add(above.key)
            at = above
        return at.key if at is not held else None

    def _explain(self, held: Held, blankets: Blankets) -> None:
        suppressed_by, alone_since = life.explained(held, self.root_of(held), self.now, self.policy)
        suppressed_by = suppressed_by or blankets.over(held)
        if (suppressed_by, alone_since) != (held.suppressed_by, held.alone_since):
            self.put(replace(held, suppressed_by=suppressed_by, alone_since=alone_since))

    def _found_incident(self, held: Held) -> None:
        """An alert that speaks for itself is the root of an incident: its own, a recent one again, or a new one."""
        case = self.case(held.incident) if held.incident is not None else None
        if case is None or case.root_key != held.key or case.resolved_at is not None:
            case = self._case_for_root(held)
        if (case.severity, case.summary.template) != (held.severity, held.summary.template):
            case = self.cases[case.id] = replace(case, severity=held.severity, summary=held.summary)
        if held.incident != case.id:
            self.put(replace(held, incident=case.id))

    def _case_for_root(self, held: Held) -> Case:
        number = self._new_roots.get(held.key) or self.memory.case_of_root.get(held.key)
        former = self.case(number) if number is not None else None
        if former is not None and former.resolved_at is None:
            return former
        if former is not None and former.resolved_at is not None and former.merged_into is None:
            ended_ago = max(0.0, held.opened_at - former.resolved_at)
            if ended_ago <= self.policy.reopen_seconds:
                case = self.cases[former.id] = replace(former, resolved_at=None, reopened=former.reopened + 1)
                return case
        return self._new_case(held)

    def _new_case(self, held: Held) -> Case:
        case = Case(
            id=self.next_incident,
            root_key=held.key,
            summary=held.summary,
            severity=held.severity,
            device=held.device,
            department=held.department,
            site=held.site,
            opened_at=held.opened_at if held.fired_at == self.now else self.now,
            simulated=held.simulated,
        )
        self.next_incident += 1
        self._new_roots[held.key] = case.id
        self.cases[case.id] = case
        return case

    def _join_incident(self, held: Held) -> None:
        """A symptom belongs to the incident of its root; one that was an incident of its own is merged into it."""
        root = self.alert(held.suppressed_by.removeprefix(CAUSE))
        if root is None or root.key == held.key:
            if held.alone_since is not None and self.now - held.alone_since >= self.policy.orphan_seconds:
                self._leave(held)
            return
        target = root.incident
        if held.incident == target or target is None:
            return
        own = self.case(held.incident) if held.incident is not None else None
        if own is not None and own.root_key == held.key and own.resolved_at is None:
            self.cases[own.id] = replace(own, resolved_at=self.now, merged_into=target)
        self.put(replace(held, incident=target))

    def _leave(self, held: Held) -> None:
        """A symptom whose cause is long gone, and of which nothing is known, keeps no incident open."""
        if held.incident is not None and (case := self.case(held.incident)) and case.root_key != held.key:
            self.put(replace(held, incident=None))

    def _count_symptoms(self) -> None:
        counts = Counter(held.incident for held in self.open_alerts() if held.suppressed_by.startswith(CAUSE))
        for number, count in counts.items():
            case = self.case(number) if number is not None else None
            if case is not None and case.resolved_at is None and count > case.symptoms:
                self.cases[case.id] = replace(case, symptoms=count)

    def _end_incidents(self) -> None:
        """An incident is over when none of its alerts is open any more."""
        living = {held.incident for held in self.open_alerts()}
        ends: dict[int, float] = {}
        for held in self.held.values():
            if held.incident is not None and held.resolved_at is not None:
                ends[held.incident] = max(held.resolved_at, ends.get(held.incident, 0.0))
        for number in [*self.memory.cases, *self._new_roots.values()]:
            case = self.case(number)
            if case is not None and case.resolved_at is None and number not in living:
                self.cases[number] = replace(case, resolved_at=max(case.opened_at, ends.get(number, self.now)))
