"""What calls for preventive work: dates, meters, forecasts, lifecycles, configurations, reviews. Pure functions.

Each yields a `Due` with a cause key that names the cause for ever; the desk sees to it that no cause has two open
tickets. Facts that come from elsewhere (meter readings, forecasts, certificates, findings) are handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from fnmatch import fnmatchcase

from nms.calendars import DAY_SECONDS, Recurring, day_instant, instant, wall_time
from nms.i18n import N_
from nms.model import DEVICE_ITSELF, Component, Device, DeviceId, Message, Verdict
from nms.tickets.codes import Source
from nms.tickets.office import Office
from nms.tickets.playbooks import Playbook, applies
from nms.tickets.playbooks.language import CalendarTrigger, Trigger

_LATE_DAYS = 7
"""Room of work whose date is over when it is first heard of: nobody breaks a promise by being told late."""

_HISTORY = frozenset({"warranty", "support-contract", "end-of-sale"})
_HISTORY_SECONDS = 30 * DAY_SECONDS
"""What ended so long ago leaves nothing to be decided; the renewal list counts it."""

_ENDS = {
    "warranty": N_("warranty ends"),
    "support-contract": N_("support contract ends"),
    "end-of-sale": N_("end of sale"),
    "end-of-support": N_("end of support"),
    "certificate": N_("certificate expires"),
    "licence": N_("licence expires"),
}


@dataclass(frozen=True, slots=True)
class Due:
    """Work that something calls for, between two instants: not before `earliest`, not later than `latest`."""

    cause_key: str
    playbook: str
    source: Source
    title: Message
    earliest: float
    latest: float
    department: str = ""
    site: str = ""
    device: DeviceId | None = None
    meter: float | None = None
    quiet_days: int = 0
    """So long after its work was done the cause may not call again: what it goes by still holds the time before."""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """A counter of one component now, or (`window_days` above 0) what it grew by, or how often a state changed."""

    device: DeviceId
    metric: str
    value: float
    at: float
    component: Component = DEVICE_ITSELF
    window_days: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """A verdict of the forecasting rules, and the instant at which it sees the limit reached (where it says)."""

    verdict: Verdict
    reaches_at: float | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something of a device that ends on a day: `what` as in the lifecycle trigger, `name` tells several apart."""

    device: DeviceId
    what: str
    at: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class ConfigurationFinding:
    """Something found in a device's configuration: `what` as in the configuration trigger, `at` since when.

    `title` says it to people; without one the ticket has the title of its playbook.
    """

    device: DeviceId
    what: str
    at: float
    title: Message | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What calendar work is done on: a device, a site, a department or the municipality."""

    key: str
    name: str
    department: str = ""
    site: str = ""
    device: DeviceId | None = None


def subjects(playbook: Playbook, trigger: CalendarTrigger, office: Office) -> list[Subject]:
    """What a calendar trigger is for: each of its kind that has equipment the playbook applies to."""
    if trigger.per == "municipality":
        return [Subject("all", "")]
    fitting = [one for one in office.devices.values() if applies(playbook.applies_to, one)]
    found: dict[str, Subject] = {}
    for one in fitting:
        subject = _subject(trigger, one, office)
        found.setdefault(subject.key, subject)
    return sorted(found.values(), key=lambda subject: subject.key)


def _subject(trigger: CalendarTrigger, device: Device, office: Office) -> Subject:
    if trigger.per == "site":
        return Subject(f"site/{device.site}", device.site, site=device.site)
    if trigger.per == "department":
        known = office.departments.get(device.department)
        name = known.short_name if known else device.department
        return Subject(f"department/{device.department}", name, department=device.department)
    return Subject(f"device/{device.id}", device.name, device.department, device.site, device.id)


def calendar_dues(playbook: Playbook, office: Office, start: float, end: float) -> Iterator[Due]:
    """All occurrences of a playbook's calendar triggers within [start, end), for each subject."""
    for number, trigger in enumerate(playbook.triggers):
        if trigger.calendar is None:
            continue
        recurring = Recurring(trigger.calendar.rule, trigger.calendar.first, 3600.0, office.zone)
        occurrences = recurring.starts(start, end)
        for subject in subjects(playbook, trigger.calendar, office):
            for at in occurrences:
                yield Due(
                    cause_key=f"calendar/{playbook.id}/{number}/{subject.key}",
                    playbook=playbook.id,
                    source=Source.CALENDAR,
                    title=_title(playbook, subject.name),
                    earliest=at,
                    latest=_end_of_day(at, trigger.calendar.spread_days, office),
                    department=subject.department,
                    site=subject.site,
                    device=subject.device,
                )


def meters_wanted(playbooks: Iterable[Playbook]) -> set[tuple[str, int]]:
    """The metrics that meter triggers look at, each with its window in days (0: the counter itself)."""
    triggers = (trigger.meter for playbook in playbooks for trigger in playbook.triggers)
    return {(meter.metric, meter.within_days or 0) for meter in triggers if meter is not None}


def meter_dues(
    office: Office, readings: Iterable[MeterReading], marks: Mapping[str, float], now: float
) -> Iterator[Due]:
    """Meters that have run far enough since the last time. `marks`: the reading at that time, by cause key.

    A meter never seen before is judged from its last whole multiple: a printer bought with 350,000 pages and a kit
    every 200,000 is due at 400,000. A counter below its mark was replaced or reset: it is judged from 0.
    """
    for reading, playbook, trigger in _per_reading(office, readings):
        meter = trigger.meter
        assert meter is not None
        key = f"meter/{playbook.id}/{meter.metric}/{reading.device}/{reading.component.key}"
        if meter.every is not None:
            base = marks.get(key, reading.value // meter.every * meter.every)
            due = reading.value - (base if reading.value >= base else 0.0) >= meter.every
        else:
            due = meter.more_than is not None and reading.value > meter.more_than
        if due:
            due_now = _of_device(office, playbook, key, Source.METER, reading.device, now, meter=reading.value)
            yield replace(due_now, quiet_days=reading.window_days)


def marks_to_set(office: Office, readings: Iterable[MeterReading], marks: Mapping[str, float]) -> dict[str, float]:
    """The marks of meters seen for the first time, or reset: what later readings are judged from."""
    found: dict[str, float] = {}
    for reading, playbook, trigger in _per_reading(office, readings):
        meter = trigger.meter
        if meter is None or meter.every is None:
            continue
        key = f"meter/{playbook.id}/{meter.metric}/{reading.device}/{reading.component.key}"
        known = marks.get(key)
        if known is None:
            found[key] = reading.value // meter.every * meter.every
        elif reading.value < known:
            found[key] = 0.0
    return found


def _per_reading(office: Office, readings: Iterable[MeterReading]) -> Iterator[tuple[MeterReading, Playbook, Trigger]]:
    by_metric: dict[tuple[str, int], list[tuple[Playbook, Trigger]]] = {}
    for playbook in office.playbooks.playbooks.values():
        for trigger in playbook.triggers:
            if trigger.meter is not None:
                key = (trigger.meter.metric, trigger.meter.within_days or 0)
                by_metric.setdefault(key, []).append((playbook, trigger))
    for reading in readings:
        device = office.device(reading.device)
        for playbook, trigger in by_metric.get((reading.metric, reading.window_days), ()):
            wanted = trigger.meter is not None and fnmatchcase(reading.component.key, trigger.meter.components)
            if device is not None and wanted and applies(playbook.applies_to, device):
                yield reading, playbook, trigger


def forecast_dues(office: Office, forecasts: Iterable[Forecast], now: float) -> Iterator[Due]:
    """Forecasts that call for work: one ticket for each key, done before the limit is reached."""
    for forecast in forecasts:
        verdict = forecast.verdict
        device = office.device(verdict.device)
        if verdict.severity is None or verdict.unknown or device is None:
            continue
        playbook = office.playbooks.for_forecast(verdict.key, device)
        if playbook is not None:
            key = f"forecast/{playbook.id}/{verdict.key}"
            yield _of_device(office, playbook, key, Source.FORECAST, device.id, now, latest=forecast.reaches_at)


def expiries(office: Office) -> Iterator[Expiry]:
    """The dates of the inventory's lifecycles, at the end of their day."""
    for device in office.devices.values():
        life = device.lifecycle
        dates = {
            "warranty": life.warranty_until,
            "support-contract": life.support_contract_until,
            "licence": life.licence_until,
            "end-of-sale": life.end_of_sale,
            "end-of-support": life.end_of_support,
        }
        for what, text in dates.items():
            if text:
                yield Expiry(device.id, what, day_instant(date.fromisoformat(text), DAY_SECONDS, office.zone))


def lifecycle_dues(office: Office, ending: Iterable[Expiry], now: float) -> Iterator[Due]:
    """Ends that draw near: from the lead time of the playbook or of the configuration, whichever is longer."""
    for one in ending:
        device = office.device(one.device)
        if device is None or (one.what in _HISTORY and one.at < now - _HISTORY_SECONDS):
            continue
        for playbook in office.playbooks.playbooks.values():
            wanted = any(one.what in trigger.lifecycle.dates for trigger in playbook.triggers if trigger.lifecycle)
            lead = max(playbook.lead_days * DAY_SECONDS, _lead(office, one.what))
            if wanted and applies(playbook.applies_to, device) and one.at - lead <= now:
                key = f"lifecycle/{one.what}/{device.id}/{one.name}/{wall_time(one.at, office.zone):%Y-%m-%d}"
                due = _of_device(office, playbook, key, Source.LIFECYCLE, device.id, now, latest=one.at)
                yield replace(due, title=_ending(playbook, device.name, one, office))
                break


def _ending(playbook: Playbook, subject: str, one: Expiry, office: Office) -> Message:
    """With what ends when, which is why there is a ticket at all."""
    date = f"{wall_time(one.at - 1, office.zone):%Y-%m-%d}"
    params = {"playbook": playbook.title, "subject": subject, "what_msgid": _ENDS[one.what], "date": date}
    return Message("{playbook}: {subject} ({what_msgid}: {date})", params)


def _lead(office: Office, what: str) -> float:
    lead = office.policy.lead_times
    return {
        "warranty": lead.warranty,
        "certificate": lead.certificate,
        "licence": lead.certificate,
    }.get(what, lead.support)


def configuration_dues(office: Office, findings: Iterable[ConfigurationFinding], now: float) -> Iterator[Due]:
    """Findings in configurations, each with the first playbook that is for them."""
    for one in findings:
        device = office.device(one.device)
        if device is None:
            continue
        for playbook in sorted(office.playbooks.playbooks.values(), key=_fewest_causes):
            wanted = any(
                one.what in trigger.configuration.findings for trigger in playbook.triggers if trigger.configuration
            )
            if wanted and applies(playbook.applies_to, device):
                key = f"configuration/{one.what}/{device.id}"
                due = _of_device(office, playbook, key, Source.CONFIGURATION, device.id, now)
                yield replace(due, title=one.title or due.title)
                break


def _fewest_causes(playbook: Playbook) -> tuple[int, str]:
    """A playbook for little else is the one made for it."""
    return len(playbook.triggers), playbook.id


def review_dues(office: Office, now: float) -> Iterator[Due]:
    """Playbooks whose review is due or will be within the lead time (5.2): the work of their owner."""
    ahead = wall_time(now + office.policy.lead_times.review, office.zone).date()
    method = next((one.id for one in office.playbooks.playbooks.values() if "5.2" in one.mission), "")
    for playbook in office.playbooks.playbooks.values():
        if playbook.review_due > ahead:
            continue
        title = Message(
            "Review of the procedure “{title}” ({id} {version}), owner {owner}",
            {"title": playbook.title, "id": playbook.id, "version": playbook.version, "owner": playbook.owner},
        )
        latest = instant(datetime.combine(playbook.review_due, time(23, 59)), office.zone)
        until = latest if latest > now else now + _LATE_DAYS * DAY_SECONDS
        yield Due(f"review/{playbook.id}/{playbook.version}", method, Source.REVIEW, title, now, until)


def _of_device(
    office: Office,
    playbook: Playbook,
    key: str,
    source: Source,
    device: DeviceId,
    now: float,
    *,
    latest: float | None = None,
    meter: float | None = None,
) -> Due:
    known = office.devices[device]
    until = latest if latest is not None and latest > now else now + max(playbook.lead_days, _LATE_DAYS) * DAY_SECONDS
    return Due(
        cause_key=key,
        playbook=playbook.id,
        source=source,
        title=_title(playbook, known.name),
        earliest=now,
        latest=until,
        department=known.department,
        site=known.site,
        device=device,
        meter=meter,
    )


def _title(playbook: Playbook, subject: str) -> Message:
    if not subject:
        return Message("{playbook}", {"playbook": playbook.title})
    return Message("{playbook}: {subject}", {"playbook": playbook.title, "subject": subject})


def _end_of_day(at: float, days: int, office: Office) -> float:
    return day_instant(wall_time(at, office.zone).date(), (days + 1) * DAY_SECONDS, office.zone)
