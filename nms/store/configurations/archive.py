"""The configurations kept: what a fetch brought is compared with what was there, and kept where it is another.

Comparisons are of masked texts, so that a changed secret shows while none is shown, and both sides go through the
present rules, so that a rule that was added is not taken for a change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from nms.collect.configuration.definitions import Definitions, Kind
from nms.collect.configuration.differences import changed_lines
from nms.collect.configuration.fetching import Fetched
from nms.collect.configuration.masking import Mask, Masked
from nms.collect.configuration.reading import without_volatile
from nms.store.configurations import book
from nms.store.configurations.book import ConfigurationState, ConfigurationVersion
from nms.store.configurations.repository import BASELINE, RUNNING, STARTUP, ConfigurationRepository
from nms.store.records import Records
from nms.text import clean


@dataclass(frozen=True, slots=True)
class _Change:
    """What is new in a fetched text; `ticket` was open for the device meanwhile, `during` was planned work on it."""

    is_first: bool
    is_change: bool
    author: str = ""
    ticket: str = ""
    during: str = ""
    added: int = 0
    removed: int = 0

    @property
    def is_new(self) -> bool:
        return self.is_first or self.is_change

    def told(self, device: str) -> str:
        if self.is_first:
            return f"{device}: first copy"
        if self.is_change:
            return f"{device}: changed (+{self.added} -{self.removed})"
        return f"{device}: the same, written another way"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a fetch came to: the state after it, and the version it added, if any."""

    state: ConfigurationState
    version: ConfigurationVersion | None = None


Agreed = Callable[[str, float, float], str]
"""The title of planned work on a device that went on at some time between two instants; empty where there was none."""


def _nothing_agreed(_device: str, _start: float, _end: float) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Archive:
    """Keeps configurations. `keeps_secrets`: the repository holds them as they are; nothing else ever does."""

    records: Records
    repository: ConfigurationRepository
    definitions: Definitions
    key: bytes = field(repr=False)
    keeps_secrets: bool = False
    agreed: Agreed = _nothing_agreed

    def take(self, device: str, fetched: Fetched, at: float, *, reason: str, noticed_by: str = "") -> Taken:
        """Keeps what was fetched. Raises: ConfigurationsError, RecordsError; what was kept before stays."""
        with self.records.read() as connection:
            before = book.state(connection, device)
        kind = self.definitions.kinds[fetched.kind]
        masked = self._masked(kind, fetched.running)
        change = self._change(before, masked.text)
        if change.is_change:
            change = self._explained(change, before, fetched.changed_by or noticed_by, at)
        after = self._after(before, fetched, kind, masked, change, at)
        texts = self._texts(kind, fetched)
        if not change.is_new and self._holds(before, texts):
            return Taken(self._written(after))
        message = _message(change, after, reason)
        author = f"{change.author or 'nms'}@{device}"
        kept = self.repository.keep(device, texts, author=author, message=message, at=at)
        after = replace(after, running=kept.blobs[RUNNING], startup=kept.blobs.get(STARTUP, before.startup))
        if not change.is_new:
            return Taken(self._written(after))
        version = ConfigurationVersion(
            id=0,
            device=device,
            kind=RUNNING,
            at=at,
            text=after.running,
            revision=kept.commit,
            author=change.author,
            reason=reason,
            note=after.device_says,
            ticket=change.ticket,
            during=change.during,
            added=change.added,
            removed=change.removed,
        )
        return Taken(self._written(after, version), version)

    def failed(self, device: str, kind: str, problem: str, at: float) -> ConfigurationState:
        """Notes that a fetch failed; what was kept stays. Raises: RecordsError."""
        with self.records.begin() as connection:
            before = book.state(connection, device)
            since = before.failing_since if before.failing_since is not None else at
            text = clean(problem, limit=400)
            after = replace(before, kind=kind, attempted_at=at, problem=text, failing_since=since)
            book.write(connection, after)
        return after

    def accept(self, device: str, by: str, at: float, note: str) -> ConfigurationState:
        """Makes what runs now the baseline. Raises: ConfigurationsError, RecordsError, LookupError without a text."""
        with self.records.read() as connection:
            before = book.state(connection, device)
        if not before.running:
            raise LookupError(device)
        text = self.repository.text(before.running)
        message = f"{device}: accepted as the baseline by {clean(by, limit=80)}\n\n{clean(note, limit=400)}\n"
        kept = self.repository.keep(device, {BASELINE: text}, author=f"{by}@nms", message=message, at=at)
        blob = kept.blobs[BASELINE]
        after = replace(before, baseline=blob, baseline_at=at, baseline_by=clean(by, limit=80), drift=0)
        note = clean(note, limit=400)
        version = ConfigurationVersion(0, device, BASELINE, at, blob, kept.commit, after.baseline_by, "accepted", note)
        return self._written(after, version)

    def running(self, state: ConfigurationState) -> str:
        """The running text kept last, without secrets; empty where there is none."""
        return self.shown(state.kind, state.running)

    def shown(self, kind: str, text: str) -> str:
        """A kept text as it may be shown: masked by the present rules, whatever the repository holds."""
        if not text:
            return ""
        raw, definition = self.repository.text(text), self.definitions.kinds.get(kind)
        return self._masked(definition, without_volatile(definition, raw) if definition else raw).text

    def former(self, device: str) -> str:
        """The running text kept last, for a fetcher to judge what it gets."""
        with self.records.read() as connection:
            state = book.state(connection, device)
        return self.repository.text(state.running) if state.running else ""

    def states(self) -> Mapping[str, ConfigurationState]:
        with self.records.read() as connection:
            return {str(device): one for device, one in book.states(connection).items()}

    def _masked(self, kind: Kind | None, text: str) -> Masked:
        """Without a definition (it was removed) the net for all platforms still holds."""
        return Mask.of(self.key, kind.secrets if kind else self.definitions.everywhere).apply(text)

    def _texts(self, kind: Kind, fetched: Fetched) -> dict[str, str]:
        texts = {RUNNING: fetched.running}
        if fetched.startup is not None:
            texts[STARTUP] = fetched.startup
        return texts if self.keeps_secrets else {name: self._masked(kind, text).text for name, text in texts.items()}

    def _holds(self, before: ConfigurationState, texts: Mapping[str, str]) -> bool:
        """Whether the repository has these texts already. Kept secrets may be salted: they differ each time."""
        if before.with_secrets != self.keeps_secrets:
            return False
        if self.keeps_secrets:
            return bool(before.startup) or STARTUP not in texts
        held = {RUNNING: before.running, STARTUP: before.startup}
        return all(held[name] and self.repository.text(held[name]) == text for name, text in texts.items())

    def _change(self, before: ConfigurationState, new: str) -> _Change:
        if not before.running:
            return _Change(is_first=True, is_change=False)
        added, removed = changed_lines(self.running(before), new)
        if not added and not removed:
            return _Change(is_first=False, is_change=False)
        return _Change(is_first=False, is_change=True, added=added, removed=removed)

    def _explained(self, change: _Change, before: ConfigurationState, author: str, at: float) -> _Change:
        """Who made a change, and what was agreed about the device since the copy before."""
        since = before.succeeded_at if before.succeeded_at is not None else at
        with self.records.read() as connection:
            ticket = book.ticket_between(connection, before.device, since, at)
        during = clean(self.agreed(before.device, since, at), limit=300)
        return replace(change, author=author, ticket=ticket, during=during)

    def _after(
        self,
        before: ConfigurationState,
        fetched: Fetched,
        kind: Kind,
        masked: Masked,
        change: _Change,
        at: float,
    ) -> ConfigurationState:
        after = replace(
            before,
            kind=fetched.kind,
            attempted_at=at,
            succeeded_at=at,
            problem=fetched.problem,
            failing_since=None,
            with_secrets=self.keeps_secrets,
            secrets=masked.count,
            device_says=said(fetched),
            unsaved_since=self._unsaved_since(before, fetched, kind, masked.text, at),
            drift=self._drift(before, kind, masked.text),
        )
        if change.is_change:
            return replace(
                after,
                changed_at=at,
                changed_by=change.author,
                changed_ticket=change.ticket,
                changed_during=change.during,
            )
        return after

    def _unsaved_since(
        self, before: ConfigurationState, fetched: Fetched, kind: Kind, running: str, at: float
    ) -> float | None:
        """None where it is saved, or where nobody can tell."""
        if fetched.startup is None:
            return before.unsaved_since if fetched.problem else None
        if self._masked(kind, fetched.startup).text == running:
            return None
        return before.unsaved_since if before.unsaved_since is not None else at

    def _drift(self, before: ConfigurationState, kind: Kind, running: str) -> int:
        return sum(changed_lines(self.shown(kind.name, before.baseline), running)) if before.baseline else 0

    def _written(self, after: ConfigurationState, version: ConfigurationVersion | None = None) -> ConfigurationState:
        with self.records.begin() as connection:
            book.write(connection, after)
            if version is not None:
                book.add_version(connection, version)
        return after


def said(fetched: Fetched) -> str:
    """What the device says itself of its last change."""
    return " · ".join(part for part in (fetched.changed_at, fetched.changed_by) if part)


def _message(change: _Change, state: ConfigurationState, reason: str) -> str:
    lines = [change.told(state.device), "", f"Why it was looked at: {reason}"]
    if state.device_says:
        lines.append(f"The device says of its last change: {state.device_says}")
    if change.ticket:
        lines.append(f"Ticket: {change.ticket}")
    if change.during:
        lines.append(f"Planned work: {change.during}")
    lines.append(f"Secrets: {'as they are' if state.with_secrets else f'masked, {state.secrets}'}")
    return "\n".join(clean(line, limit=300) for line in lines) + "\n"
