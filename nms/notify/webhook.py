"""Incidents as events for machines, in the shape of PagerDuty's Events API v2.

`event_action` is trigger, acknowledge or resolve; `dedup_key` is the same for the whole life of an incident, so that
the other side opens one case and closes the same one (https://developer.pagerduty.com/docs/events-api-v2/).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nms.i18n import render
from nms.model import Severity
from nms.notify.composing import Told
from nms.notify.stories import Story

_WORDS = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.CRITICAL: "critical"}


def dedup_key(incident: int) -> str:
    return f"nms-incident-{incident}"


def event(told: Told, language: str, source: str = "nms") -> dict[str, Any]:
    """One event: what happened last to one incident."""
    action = "resolve" if told.is_over else "trigger"
    return {
        "event_action": action,
        "dedup_key": dedup_key(told.story.case.id),
        "client": source,
        "payload": _payload(told.story, language) | {"custom_details": _details(told)},
    }


def _payload(story: Story, language: str) -> dict[str, Any]:
    case = story.case
    return {
        "summary": render(case.summary, language)[:1024],
        "source": case.device or case.site or case.department,
        "severity": _WORDS[case.severity],
        "timestamp": iso(case.opened_at),
        "component": story.root.component.key if story.root else "",
        "group": case.department,
        "class": story.root.rule if story.root else "",
    }


def _details(told: Told) -> dict[str, Any]:
    case = told.story.case
    return {
        "incident": case.id,
        "key": case.root_key,
        "what": list(told.kinds),
        "site": case.site,
        "symptoms": case.symptoms,
        "ticket": case.ticket,
        "resolved_at": iso(case.resolved_at) if case.resolved_at is not None else None,
        "merged_into": case.merged_into,
        "simulated": case.simulated,
    }


def iso(at: float) -> str:
    """RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(int(at), UTC).isoformat().replace("+00:00", "Z")
