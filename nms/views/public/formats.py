"""The public status for programs: Statuspage v2 and Atom."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Xml
from zoneinfo import ZoneInfo

from nms.i18n import gettext as _
from nms.i18n import language
from nms.model import State
from nms.queries.public import AHEAD, PublicAnnouncement, PublicIncident, PublicStatus, PublicWork

COMPONENT = {
    State.UP: "operational",
    State.DEGRADED: "degraded_performance",
    State.DOWN: "major_outage",
    State.MAINTENANCE: "under_maintenance",
    State.UNKNOWN: "operational",
}
"""Statuspage has no word for not knowing; the page itself says it, and `description` does here."""
INDICATOR = {
    State.UP: "none",
    State.DEGRADED: "minor",
    State.DOWN: "major",
    State.MAINTENANCE: "maintenance",
    State.UNKNOWN: "none",
}
ATOM = "http://www.w3.org/2005/Atom"


def instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def summary(status: PublicStatus, url: str) -> dict[str, Any]:
    """`summary.json` of Statuspage v2 (https://metastatuspage.com/api): open incidents and planned work."""
    ids = {service.name: service.id for service in status.services}
    return {
        "page": {
            "id": "nms",
            "name": status.title,
            "url": url,
            "time_zone": status.timezone,
            "updated_at": instant(status.at),
        },
        "status": {"indicator": INDICATOR[status.worst], "description": headline(status.worst)},
        "components": [_component(status, place) for place in range(len(status.services))],
        "incidents": [
            *(_incident(one, url) for one in status.incidents if one.end is None),
            *(_announcement(one, url, ids) for one in status.announced),
        ],
        "scheduled_maintenances": [_work(one, url, status.at, ids) for one in status.work],
    }


def headline(state: State) -> str:
    return {
        State.UP: _("All services work"),
        State.DEGRADED: _("Some services work with difficulty"),
        State.DOWN: _("Some services are interrupted"),
        State.MAINTENANCE: _("Planned maintenance is under way"),
        State.UNKNOWN: _("The state of some services is not known at this moment"),
    }[state]


def _component(status: PublicStatus, place: int) -> dict[str, Any]:
    service = status.services[place]
    unknown = _("Its state is not known at this moment.") if service.state is State.UNKNOWN else None
    return {
        "id": service.id,
        "name": service.name,
        "status": COMPONENT[service.state],
        "created_at": instant(0.0),  # since when there is a department, nobody has told
        "updated_at": instant(service.since),
        "position": place + 1,
        "description": unknown,
        "showcase": True,
        "start_date": None,
        "group_id": None,
        "page_id": "nms",
        "group": False,
        "only_show_if_degraded": False,
    }


def _incident(one: PublicIncident, url: str) -> dict[str, Any]:
    update: dict[str, Any] = {
        "id": f"{one.id}-1",
        "status": "investigating" if one.end is None else "resolved",
        "body": incident_words(one),
        "incident_id": one.id,
        "created_at": instant(one.start),
        "updated_at": instant(one.end or one.start),
        "display_at": instant(one.end or one.start),
        "affected_components": [],
    }
    return {
        "id": one.id,
        "name": incident_words(one),
        "status": update["status"],
        "created_at": instant(one.start),
        "updated_at": instant(one.end or one.start),
        "monitoring_at": None,
        "resolved_at": instant(one.end) if one.end else None,
        "impact": "major",
        "shortlink": url,
        "started_at": instant(one.start),
        "page_id": "nms",
        "incident_updates": [update],
        "components": [{"id": one.service, "name": one.name}],
    }


def _announcement(one: PublicAnnouncement, url: str, ids: dict[str, str]) -> dict[str, Any]:
    """Statuspage has no word for announcements either: an incident without impact is how its readers show one."""
    written = {"created_at": instant(one.start), "updated_at": instant(one.start)}
    update = {
        "id": f"{one.id}-1",
        "status": "monitoring",
        "body": one.text or one.title,
        "incident_id": one.id,
        **written,
        "display_at": instant(one.start),
        "affected_components": [],
    }
    return {
        "id": one.id,
        "name": one.title,
        "status": "monitoring",
        **written,
        "monitoring_at": instant(one.start),
        "resolved_at": None,
        "impact": "none",
        "shortlink": url,
        "started_at": instant(one.start),
        "page_id": "nms",
        "incident_updates": [update],
        "components": [{"id": ids.get(name, name), "name": name} for name in one.services],
    }


def incident_words(one: PublicIncident) -> str:
    return _("Interruption of the services of {name}").format(name=one.name)


def _work(one: PublicWork, url: str, now: float, ids: dict[str, str]) -> dict[str, Any]:
    """Work is told two weeks ahead: that is when it came into being here."""
    status = "in_progress" if one.start <= now < one.end else "scheduled"
    told, changed = instant(one.start - AHEAD), instant(one.start if now >= one.start else one.start - AHEAD)
    name = _("Planned maintenance")
    update = {
        "id": f"{one.id}-{1 if now < one.start else 2}",
        "status": status,
        "body": f"{name}: {', '.join(one.services)}",
        "incident_id": one.id,
        "created_at": changed,
        "updated_at": changed,
        "display_at": changed,
        "affected_components": [],
    }
    return {
        "id": one.id,
        "name": name,
        "status": status,
        "created_at": told,
        "updated_at": changed,
        "monitoring_at": None,
        "resolved_at": None,
        "impact": "maintenance",
        "shortlink": url,
        "started_at": instant(one.start),
        "page_id": "nms",
        "scheduled_for": instant(one.start),
        "scheduled_until": instant(one.end),
        "incident_updates": [update],
        "components": [{"id": ids.get(name, name), "name": name} for name in one.services],
    }


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the feed."""

    id: str
    title: str
    published: float
    updated: float
    summary: str


def atom(status: PublicStatus, url: str) -> bytes:
    """An Atom feed (RFC 4287) of interruptions, their ends and announcements, the newest first."""
    entries = sorted(_entries(status), key=lambda entry: (-entry.published, entry.id))
    Xml.register_namespace("", ATOM)
    feed = Xml.Element(f"{{{ATOM}}}feed", {"xml:lang": language()})
    _put(feed, "title", status.title)
    _put(feed, "id", _name(status, "feed"))
    _put(feed, "updated", instant(max((entry.updated for entry in entries), default=0.0)))
    author = Xml.SubElement(feed, f"{{{ATOM}}}author")
    _put(author, "name", status.title)
    Xml.SubElement(feed, f"{{{ATOM}}}link", {"href": f"{url}/feed.atom", "rel": "self", "type": "application/atom+xml"})
    Xml.SubElement(feed, f"{{{ATOM}}}link", {"href": url, "rel": "alternate", "type": "text/html"})
    for one in entries[:100]:
        entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, "title", one.title)
        _put(entry, "id", _name(status, one.id))
        _put(entry, "published", instant(one.published))
        _put(entry, "updated", instant(one.updated))
        Xml.SubElement(entry, f"{{{ATOM}}}link", {"href": f"{url}#{one.id}"})
        _put(entry, "summary", one.summary)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _name(status: PublicStatus, what: str) -> str:
    """The same wherever the feed is read from: here, from the copy, after a change of address."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"nms:{status.municipality}/{what}").urn


def _entries(status: PublicStatus) -> Iterator[_Entry]:
    for one in status.incidents:
        over = _("Over since {when}.").format(when=_clock(status, one.end)) if one.end else _("Being worked on.")
        yield _Entry(one.id, incident_words(one), one.start, one.end or one.start, over)
    for said in status.announcements:
        yield _Entry(said.id, said.title, said.start, said.start, said.text or said.title)


def _clock(status: PublicStatus, at: float) -> str:
    """For people: by the clock of the office."""
    return f"{datetime.fromtimestamp(at, ZoneInfo(status.timezone)):%Y-%m-%d %H:%M}"


def _put(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = text
