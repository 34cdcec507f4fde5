"""Reads of configurations: who has which copy, what is in it, how it differs, where something is written.

A configuration is a sensitive read: it needs its permission, and each look at a text leaves a line in the audit (one
for each reader and device in a quarter of an hour, so that a screen that refreshes does not fill it).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nms.access import Actor, Permission, require
from nms.collect.configuration.definitions import Kind
from nms.collect.configuration.differences import changed_lines, section, unified
from nms.collect.expressions import ExpressionError, check_regex
from nms.model import Device, DeviceId, Inventory
from nms.queries.configuration_rows import (
    ConfigurationDiff,
    ConfigurationPage,
    ConfigurationRow,
    ConfigurationText,
    ConfigurationVersionRow,
    RestorePage,
    SearchHit,
    SearchResult,
)
from nms.queries.ports import NO_DEVICE, NotFound, Rejected
from nms.queries.rows import Attention
from nms.refusals import reason_of
from nms.store.audit import AuditLog
from nms.store.configurations import book
from nms.store.configurations.archive import Archive
from nms.store.configurations.book import ConfigurationState, ConfigurationVersion
from nms.store.configurations.repository import BASELINE, RUNNING, STARTUP
from nms.text import clean
from nms.tickets.preventive.causes import ConfigurationFinding
from nms.tickets.preventive.configurations import cause_key, open_causes

AUDIT_PAUSE_SECONDS = 900.0
MOST_HITS = 500
MOST_SECONDS = 10.0
LONGEST_PATTERN = 200
LONGEST_LINE = 400

Findings = Callable[[], Sequence[ConfigurationFinding]]


@dataclass(frozen=True, slots=True)
class ConfigurationReads:
    """What views ask about configurations. `kinds`: how each device's is fetched; `findings`: what holds now."""

    inventory: Inventory
    archive: Archive
    kinds: Mapping[DeviceId, Kind]
    findings: Findings
    audit: AuditLog = field(default_factory=AuditLog)
    clock: Callable[[], float] = time.time
    _looked: dict[tuple[str, str], float] = field(default_factory=dict)

    def listed(self, actor: Actor) -> Sequence[ConfigurationRow]:
        """Every device whose configuration is kept, those that need somebody first."""
        require(actor, Permission.READ_CONFIGURATION)
        with self.archive.records.read() as connection:
            known, causes = book.states(connection), open_causes(connection)
        found: dict[DeviceId, list[str]] = {}
        for one in self.findings():
            found.setdefault(one.device, []).append(one.what)
        rows = [
            self._row(device, known.get(device.id), tuple(found.get(device.id, ())), causes)
            for device in self._devices(actor)
        ]
        order = list(Attention)
        return sorted(rows, key=lambda row: (order.index(row.attention), row.device))

    def page(self, actor: Actor, device_id: str, limit: int = 200) -> ConfigurationPage:
        """One device: its row, which texts there are, and its versions."""
        device = self._device(actor, device_id)
        row = next(row for row in self.listed(actor) if row.device == device.id)
        state = self._state(device)
        with self.archive.records.read() as connection:
            versions = book.versions(connection, device.id, limit=limit)
        there = {RUNNING: state.running, STARTUP: state.startup, BASELINE: state.baseline}
        texts = tuple(name for name, text in there.items() if text)
        return ConfigurationPage(row, texts, tuple(_version_row(one) for one in versions))

    def text(self, actor: Actor, device_id: str, which: str) -> ConfigurationText:
        device = self._device(actor, device_id)
        at, text = self._text(device, which)
        self._note(actor, device.id, f"read {which}")
        return ConfigurationText(device.id, which, at, text)

    def diff(self, actor: Actor, device_id: str, before: str, after: str, context: int = 3) -> ConfigurationDiff:
        """`previous` as the one before a numbered version."""
        device = self._device(actor, device_id)
        if before == "previous":
            before = self._previous(device, after)
        _, old = self._text(device, before) if before != "nothing" else (None, "")
        _, new = self._text(device, after)
        added, removed = changed_lines(old, new)
        self._note(actor, device.id, f"compared {before} with {after}")
        return ConfigurationDiff(device.id, before, after, added, removed, tuple(unified(old, new, context)))

    def search(self, actor: Actor, pattern: str) -> SearchResult:
        """Lines of all running configurations that match a regular expression (upper and lower case alike)."""
        require(actor, Permission.READ_CONFIGURATION)
        wanted = _usable(pattern)
        devices = self._devices(actor)
        with self.archive.records.read() as connection:
            known = book.states(connection)
        ends, hits = time.monotonic() + MOST_SECONDS, list[SearchHit]()
        is_cut = False
        for device in devices:
            if time.monotonic() > ends or len(hits) > MOST_HITS:
                is_cut = True
                break
            state = known.get(device.id)
            if state is not None and state.running:
                hits += self._hits(device, state, wanted)
        self._note(actor, "all", f"searched for {clean(pattern, limit=LONGEST_PATTERN)}", again=True)
        return SearchResult(pattern, len(devices), tuple(hits[:MOST_HITS]), is_cut or len(hits) > MOST_HITS)

    def restoring(self, actor: Actor, device_id: str, language: str) -> RestorePage:
        """The steps by which a person puts the copy back; nothing is ever done."""
        device = self._device(actor, device_id)
        state = self._state(device)
        kind = self.kinds[device.id]
        with self.archive.records.read() as connection:
            newest = book.versions(connection, device.id, kind=RUNNING, limit=1)
        steps = kind.definition.restoring.es if language == "es" else kind.definition.restoring.en
        secrets = 0 if state.with_secrets else state.secrets
        revision = newest[0].revision if newest else ""
        title = kind.definition.title
        return RestorePage(device.id, device.name, title, revision, state.succeeded_at, secrets, steps)

    def _devices(self, actor: Actor) -> Sequence[Device]:
        found = [self.inventory.devices[name] for name in self.kinds if name in self.inventory.devices]
        return [device for device in found if actor.may(Permission.READ_CONFIGURATION, device.department)]

    def _device(self, actor: Actor, device_id: str) -> Device:
        device = self.inventory.devices.get(DeviceId(device_id))
        if device is None:
            raise NotFound(NO_DEVICE, device=clean(device_id, limit=100))
        require(actor, Permission.READ_CONFIGURATION, device.department)
        if device.id not in self.kinds:
            raise NotFound(
                "the configuration of “{device}” is not kept: it has no SSH endpoint of a known platform",
                device=device.id,
            )
        return device

    def _state(self, device: Device) -> ConfigurationState:
        with self.archive.records.read() as connection:
            return book.state(connection, device.id)

    def _text(self, device: Device, which: str) -> tuple[float | None, str]:
        """Raises: NotFound."""
        state = self._state(device)
        name, at = self._named(device, state, which)
        if not name:
            named = {"which": clean(which, limit=40), "device": device.id}
            raise NotFound("there is no text “{which}” of the configuration of “{device}”", **named)
        return at, self.archive.shown(state.kind, name)

    def _named(self, device: Device, state: ConfigurationState, which: str) -> tuple[str, float | None]:
        """The name of a text in the repository, and since when it is."""
        if which == RUNNING:
            return state.running, state.succeeded_at
        if which == STARTUP:
            return state.startup, state.succeeded_at
        if which == BASELINE:
            return state.baseline, state.baseline_at
        with self.archive.records.read() as connection:
            if which.isdecimal() and len(which) < 16:
                one = book.version(connection, device.id, int(which))
                return (one.text, one.at) if one else ("", None)
            until = _instant(which)
            found = book.versions(connection, device.id, kind=RUNNING, until=until, limit=1) if until else []
        return (found[0].text, found[0].at) if found else ("", None)

    def _previous(self, device: Device, which: str) -> str:
        if not which.isdecimal() or len(which) > 15:
            raise Rejected("“previous” is the one before a version: name the version by its number")
        with self.archive.records.read() as connection:
            one = book.running_before(connection, device.id, int(which))
        return str(one.id) if one else "nothing"

    def _hits(self, device: Device, state: ConfigurationState, wanted: re.Pattern[str]) -> Iterator[SearchHit]:
        """Secrets are hidden before anything is looked for, so that a search cannot guess them."""
        if not state.with_secrets and not wanted.search(self.archive.repository.text(state.running)):
            return
        lines = self.archive.running(state).splitlines()
        for number, line in enumerate(lines):
            if wanted.search(line):
                text = line[:LONGEST_LINE]
                where = section(lines, number)
                yield SearchHit(device.id, device.name, device.department, number + 1, text, where)

    def _row(
        self, device: Device, state: ConfigurationState | None, found: tuple[str, ...], causes: Mapping[str, str]
    ) -> ConfigurationRow:
        title = self.kinds[device.id].definition.title
        base = (device.id, device.name, device.department, device.site, title)
        if state is None:
            return ConfigurationRow(*base, attention=Attention.UNKNOWN)
        return ConfigurationRow(
            *base,
            attention=_attention(device, state, found, causes),
            findings=found,
            kept_at=state.succeeded_at,
            attempted_at=state.attempted_at,
            problem=state.problem,
            failing_since=state.failing_since,
            changed_at=state.changed_at,
            changed_by=state.changed_by,
            changed_ticket=state.changed_ticket,
            changed_during=state.changed_during,
            unsaved_since=state.unsaved_since,
            drift=state.drift,
            baseline_at=state.baseline_at,
            baseline_by=state.baseline_by,
        )

    def _note(self, actor: Actor, subject: str, what: str, *, again: bool = False) -> None:
        now = self.clock()
        key = (f"{actor.name}/{actor.origin}", subject)
        if not again and now - self._looked.get(key, -AUDIT_PAUSE_SECONDS) < AUDIT_PAUSE_SECONDS:
            return
        with self.archive.records.begin() as connection:
            self.audit.append(connection, actor, "read", "configuration", subject, now, {"what": what})
        if len(self._looked) > 10_000:
            self._looked.clear()
        self._looked[key] = now


def _attention(device: Device, state: ConfigurationState, found: Sequence[str], causes: Mapping[str, str]) -> Attention:
    if not found:
        return Attention.FINE if state.succeeded_at is not None else Attention.UNKNOWN
    keys = [cause_key(ConfigurationFinding(device.id, what, 0.0)) for what in found]
    return Attention.ATTENDED if all(causes.get(key) for key in keys) else Attention.UNATTENDED


def _version_row(one: ConfigurationVersion) -> ConfigurationVersionRow:
    return ConfigurationVersionRow(
        one.id,
        one.kind,
        one.at,
        one.author,
        one.reason,
        one.note,
        one.ticket,
        one.added,
        one.removed,
        one.revision,
        one.during,
    )


def _usable(pattern: str) -> re.Pattern[str]:
    if not pattern.strip() or len(pattern) > LONGEST_PATTERN:
        raise Rejected("a search is a regular expression of 1 to {most} characters", most=LONGEST_PATTERN)
    try:
        return re.compile(check_regex(pattern).pattern, re.IGNORECASE | re.MULTILINE)
    except ExpressionError as error:
        raise Rejected(reason_of(error)) from None


def _instant(which: str) -> float | None:
    """`@1790000000` as an instant."""
    try:
        return float(which.removeprefix("@")) if which.startswith("@") else None
    except ValueError:
        return None
