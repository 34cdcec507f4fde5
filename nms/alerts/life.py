"""The life of one alert: pure functions from what it was and what is said to what it becomes."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite

from nms.alerts.changes import AlertPolicy, ChangeKind
from nms.alerts.held import CAUSE, MAINTENANCE, Held, Said
from nms.messages import with_parameters
from nms.model import Component, Device, Message, Number, Verdict
from nms.text import clean

_MOST_EVIDENCE = 20


def first_sight(verdict: Verdict, now: float, device: Device | None, number: int) -> Held | None:
    """The alert that a verdict opens (pending as yet); None when its condition does not hold or is not known."""
    if verdict.unknown or verdict.severity is None:
        return None
    at = min(verdict.at, now)
    return Held(
        id=number,
        key=verdict.key,
        rule=verdict.rule,
        device=verdict.device,
        department=device.department if device else "",
        site=device.site if device else "",
        component=_clean_component(verdict.component),
        severity=verdict.severity,
        summary=clean_message(verdict.summary),
        evidence=_clean_evidence(verdict),
        opened_at=at,
        updated_at=now,
        said=Said.HOLDS,
        said_since=now,
        because_of=verdict.because_of or "",
        flapping=verdict.flapping,
        value=_number(verdict.value),
        limit=_number(verdict.limit),
        simulated=bool(device and device.simulated),
    )


def listen(held: Held, verdict: Verdict, now: float) -> Held:
    """An open alert after one more verdict about its key. What is not known changes nothing but that."""
    said = _said(verdict)
    since = now if said is not held.said or held.said_since > now else held.said_since
    if said is not Said.HOLDS:
        return held if (said, since) == (held.said, held.said_since) else replace(held, said=said, said_since=since)
    severity = verdict.severity or held.severity
    worse = severity > held.severity and held.acknowledged_by
    heard = replace(
        held,
        said=said,
        said_since=since,
        severity=severity,
        because_of=verdict.because_of or "",
        flapping=verdict.flapping,
        limit=_number(verdict.limit),
        value=_number(verdict.value),
        summary=clean_message(verdict.summary),
        evidence=_clean_evidence(verdict),
    )
    return unacknowledged(heard) if worse else heard


def _said(verdict: Verdict) -> Said:
    if verdict.unknown:
        return Said.UNKNOWN
    return Said.HOLDS if verdict.severity is not None or verdict.flapping else Said.CLEAR


def settle(held: Held, now: float, policy: AlertPolicy) -> Held:
    """What time alone does to an alert: pending fires, what is gone resolves, an acknowledgement ends."""
    if not held.is_open:
        return held
    lasted = max(0.0, now - held.said_since)
    if held.said is Said.CLEAR and (held.fired_at is None or lasted >= policy.recovery_seconds):
        return replace(held, resolved_at=max(held.said_since, held.opened_at), updated_at=now)
    if held.fired_at is None and held.said is Said.HOLDS and lasted >= policy.pending_seconds:
        held = replace(held, fired_at=now)
    if held.acknowledged_until is not None and held.acknowledged_until <= now:
        held = unacknowledged(held)
    return held


def acknowledged(held: Held, by: str, note: str, until: float | None) -> Held:
    return replace(held, acknowledged_by=by, acknowledged_note=note, acknowledged_until=until)


def unacknowledged(held: Held) -> Held:
    return replace(held, acknowledged_by="", acknowledged_note="", acknowledged_until=None)


def explained(held: Held, root: str | None, now: float, policy: AlertPolicy) -> tuple[str, float | None]:
    """What explains an alert (`cause:KEY` or nothing) and since when it has been without explanation.

    An alert whose explanation is gone, or has not come yet, waits a while before it speaks for itself.
    """
    if root is not None:
        return CAUSE + root, None
    explained_before = held.suppressed_by if held.suppressed_by.startswith(CAUSE) else ""
    if not held.because_of and not explained_before:
        return "", None
    alone_since = held.alone_since if held.alone_since is not None and held.alone_since <= now else now
    if now - alone_since < policy.orphan_seconds or held.said is not Said.HOLDS:
        return explained_before or CAUSE + held.because_of, alone_since
    return "", alone_since if held.because_of else None


def history(before: Held | None, after: Held, reason_quiet: Message) -> list[tuple[ChangeKind, Message]]:
    """What has happened between two states of one alert, in order, each with its reason."""
    if before is None:
        return _beginnings(after, reason_quiet)
    if not after.is_open:
        gone = Message("the condition is gone")
        return [(ChangeKind.DROPPED if before.fired_at is None else ChangeKind.RESOLVED, gone)]
    found: list[tuple[ChangeKind, Message]] = []
    if before.fired_at is None and after.fired_at is not None:
        found += _beginnings(after, reason_quiet)
    else:
        found += _quieter_or_louder(before, after, reason_quiet)
    if after.severity != before.severity:
        kind = ChangeKind.WORSENED if after.severity > before.severity else ChangeKind.EASED
        found.append((kind, after.summary))
    if after.flapping != before.flapping:
        found.append((ChangeKind.FLAPPING if after.flapping else ChangeKind.STEADY, after.summary))
    return found + _acknowledgements(before, after)


def _beginnings(after: Held, reason_quiet: Message) -> list[tuple[ChangeKind, Message]]:
    if after.fired_at is None:
        return [(ChangeKind.PENDING, after.summary)]
    fired = (ChangeKind.FIRED, after.summary)
    return [fired, (ChangeKind.SUPPRESSED, reason_quiet)] if after.suppressed_by else [fired]


def _quieter_or_louder(before: Held, after: Held, reason_quiet: Message) -> list[tuple[ChangeKind, Message]]:
    if before.suppressed_by == after.suppressed_by:
        return []
    if after.suppressed_by:
        return [(ChangeKind.SUPPRESSED, reason_quiet)]
    if before.suppressed_by.startswith(MAINTENANCE):
        return [(ChangeKind.RELEASED, Message("the planned maintenance is over and the condition still holds"))]
    if before.suppressed_by.startswith(CAUSE):
        return [(ChangeKind.RELEASED, Message("its cause is gone and the condition still holds"))]
    return [(ChangeKind.RELEASED, Message("the silence is over and the condition still holds"))]


def _acknowledgements(before: Held, after: Held) -> list[tuple[ChangeKind, Message]]:
    was, is_now = _acknowledgement(before), _acknowledgement(after)
    if was == is_now:
        return []
    if after.acknowledged_by:
        who = {"person": after.acknowledged_by, "note": after.acknowledged_note}
        noted, silent = Message("acknowledged by {person}: {note}", who), Message("acknowledged by {person}", who)
        return [(ChangeKind.ACKNOWLEDGED, noted if after.acknowledged_note else silent)]
    ended = Message("the acknowledgement by {person} has ended", {"person": before.acknowledged_by})
    return [(ChangeKind.UNACKNOWLEDGED, ended)]


def _acknowledgement(held: Held) -> tuple[str, str, float | None]:
    return held.acknowledged_by, held.acknowledged_note, held.acknowledged_until


def clean_message(message: Message) -> Message:
    """A message whose parameters any store can keep: no control characters, no NaN, whoever built it."""
    return with_parameters(message, _clean_parameter)


def _clean_parameter(value: str | Number) -> str | Number:
    if isinstance(value, str):
        return value if value.isalnum() else clean(value)
    return value if isfinite(value) else str(value)


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _clean_evidence(verdict: Verdict) -> tuple[Message, ...]:
    return tuple(clean_message(one) for one in verdict.evidence[:_MOST_EVIDENCE])


def _clean_component(component: Component) -> Component:
    key, label, index = (clean(text) for text in (component.key, component.label, component.index))
    return Component(component.kind, key, label, index, clean_message(component.said) if component.said else None)
