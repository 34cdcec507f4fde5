"""What a silence, planned work or a correction of the past would do, told before anybody does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from zoneinfo import ZoneInfo

from nms.access import Actor, Permission, require
from nms.alerts.agreed import Agreed, is_about, labels_of_device
from nms.alerts.blankets import Maintenance
from nms.alerts.book import AlertBook
from nms.alerts.changes import Matchers
from nms.alerts.matchers import checked, fits, labels_of, matches
from nms.alerts.quiet import within, written
from nms.i18n import render
from nms.model import Device, DeviceId, Inventory, State
from nms.queries.live import LiveBoard
from nms.queries.past import Past
from nms.queries.ports import NO_SUBJECT, NotFound, PastCorrection, QuietPlan, Rejected
from nms.queries.quiet import check_names, name_of, seconds_by_state
from nms.queries.rows import CorrectionPreview, PreviewRow, QuietPreview, RestatedRow
from nms.refusals import Unfit, reason_of
from nms.rules.departments import department_states, needs
from nms.store.states import StateCorrection

Parents = Callable[[], Mapping[DeviceId, Sequence[DeviceId]]]
MOST_WINDOWS = 5
AHEAD_SECONDS = 400 * 86_400.0
_OF_DEVICES = frozenset({"device", "department", "site", "role", "family", "tag"})


@dataclass(frozen=True, slots=True)
class Foresight:
    """`parents`: what each device is reached through at present."""

    inventory: Inventory
    live: LiveBoard
    book: AlertBook
    parents: Parents
    zone: ZoneInfo

    def quiet(self, actor: Actor, wanted: QuietPlan, language: str) -> QuietPreview:
        """Of work or a silence. Raises: Rejected, Forbidden."""
        check_names(self.inventory, wanted.matchers)
        try:
            matchers = within(checked(wanted.matchers), actor)
            windows = self._windows(wanted)
        except ValueError as error:
            raise Rejected(reason_of(error)) from None
        agreed = Agreed(self.inventory)
        agreed.cover([matchers], self.parents())
        return QuietPreview(
            about=written(matchers),
            windows=windows,
            devices=tuple(self._device(one, matchers) for one in self._concerned(matchers)),
            links=tuple(self._link(name) for name in sorted(agreed.links)),
            departments=tuple(self._departments(agreed)),
            behind=tuple(self._device(self.inventory.devices[name], {}) for name in sorted(agreed.behind)),
            alerts=tuple(self._alerts(matchers, language)),
        )

    def _windows(self, wanted: QuietPlan) -> tuple[tuple[float, float], ...]:
        """The first times of it. Raises: ValueError."""
        if not wanted.duration > 0:
            raise Unfit("it ends before it starts")
        work = Maintenance(0, "-", {}, "", "", wanted.starts_at, wanted.duration, 0.0, wanted.rule)
        reach = max(AHEAD_SECONDS, 2 * wanted.duration)
        times = work.planned(self.zone).window.intervals(wanted.starts_at, wanted.starts_at + reach)
        return tuple((one.start, one.end) for one in islice(times, MOST_WINDOWS))

    def _concerned(self, matchers: Matchers) -> Iterable[Device]:
        """The devices of which some alert at least would be quiet."""
        of_device = {label: patterns for label, patterns in matchers.items() if label in _OF_DEVICES}
        for device in self.inventory.devices.values():
            if matches(of_device, labels_of_device(device)) and _keys_fit(matchers.get("key"), device.id):
                yield device

    def _device(self, device: Device, matchers: Matchers) -> PreviewRow:
        state = self.live.device_states.get(device.id, State.UNKNOWN)
        return PreviewRow(device.id, device.name, device.department, state, not matchers or is_about(matchers, device))

    def _link(self, name: str) -> PreviewRow:
        link, state = self.inventory.links[name], self.live.link_states.get(name, State.UNKNOWN)
        return PreviewRow(name, link.name, (name_of(self.inventory, f"link/{name}") or ("", ""))[1], state)

    def _departments(self, agreed: Agreed) -> Iterable[PreviewRow]:
        """Those that would not be served wholly if all of it stood still: maintenance is without service."""
        still = {*agreed.devices, *agreed.behind}
        devices = {one: State.MAINTENANCE if one in still else State.UP for one in self.inventory.devices}
        links = {one: State.MAINTENANCE if one in agreed.links else State.UP for one in self.inventory.links}
        known = needs(self.inventory)
        found = department_states(known, devices, links)
        for name, department in self.inventory.departments.items():
            state = State.MAINTENANCE if name in agreed.departments else found.get(name, State.UP)
            if state is State.UP and name in known and not still.isdisjoint(known[name].needed):
                state = State.DEGRADED
            if state is not State.UP:
                yield PreviewRow(name, department.name, name, state)

    def _alerts(self, matchers: Matchers, language: str) -> Iterable[PreviewRow]:
        for alert in self.book.open_alerts():
            if matches(matchers, labels_of(alert, self.inventory.devices.get(alert.device))):
                yield PreviewRow(alert.key, render(alert.summary, language), alert.department, State.DOWN)

    def correction(self, actor: Actor, past: Past, wanted: PastCorrection, now: float) -> CorrectionPreview:
        """What would be counted otherwise: the subject, and the departments that go by it. Raises: Rejected,
        NotFound, Forbidden."""
        known = name_of(self.inventory, wanted.subject)
        if known is None:
            raise NotFound(NO_SUBJECT, subject=wanted.subject)
        require(actor, Permission.ANNOTATE, known[1] or None)
        if not wanted.start < wanted.end <= now:
            raise Rejected("a correction is about a past time: it starts before it ends, and has ended")
        said = StateCorrection(0, wanted.subject, wanted.state, wanted.start, wanted.end, "-", "-", now)
        then = Past(self.inventory, past.states, past.as_of, (*past.also, said))
        asked = dict.fromkeys((wanted.subject, *(f"department/{name}" for name in self.inventory.departments)))
        touched = then.touched(wanted.start, wanted.end, asked)
        before, after = (one.bulk(wanted.start, wanted.end, touched) for one in (past, then))
        whole = wanted.end - wanted.start
        restated = (
            RestatedRow(
                subject,
                (name_of(self.inventory, subject) or (subject, ""))[0],
                tuple(seconds_by_state(before.get(subject, ()), whole)),
                tuple(seconds_by_state(after.get(subject, ()), whole)),
            )
            for subject in touched
        )
        kept = tuple(one for one in restated if one.subject == wanted.subject or one.counted != one.corrected)
        return CorrectionPreview(wanted.subject, wanted.state, wanted.start, wanted.end, kept)


def _keys_fit(patterns: Iterable[str] | None, device: DeviceId) -> bool:
    """Whether keys of alerts (`RULE/DEVICE/...`) may be of a device."""
    if patterns is None:
        return True
    named = (pattern.split("/") for pattern in patterns)
    return any((len(parts) > 1 and fits(device, parts[1])) or parts == ["*"] for parts in named)
