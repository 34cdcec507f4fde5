"""The public status for programs: Statuspage v2, Atom, open data with its catalogue."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as Xml

from nms.i18n import gettext as _
from nms.model import State
from nms.queries.public import OpenMonth, PublicAnnouncement, PublicIncident, PublicStatus, PublicWork
from nms.text import spreadsheet_safe

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
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
RECENT = 14 * 86_400.0


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
        "created_at": instant(status.at - 90 * 86_400),
        "updated_at": instant(status.at),
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
    return {
        "id": one.id,
        "name": _("Planned maintenance"),
        "status": "in_progress" if one.start <= now < one.end else "scheduled",
        "created_at": instant(min(now, one.start)),
        "updated_at": instant(min(now, one.start)),
        "monitoring_at": None,
        "resolved_at": None,
        "impact": "maintenance",
        "shortlink": url,
        "started_at": instant(one.start),
        "page_id": "nms",
        "scheduled_for": instant(one.start),
        "scheduled_until": instant(one.end),
        "incident_updates": [],
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
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _put(feed, "title", status.title)
    _put(feed, "id", f"{url}#feed")
    _put(feed, "updated", instant(max((entry.updated for entry in entries), default=0.0)))
    author = Xml.SubElement(feed, f"{{{ATOM}}}author")
    _put(author, "name", status.title)
    Xml.SubElement(feed, f"{{{ATOM}}}link", {"href": url, "rel": "alternate"})
    for one in entries[:100]:
        entry = Xml.SubElement(feed, f"{{{ATOM}}}entry")
        _put(entry, "title", one.title)
        _put(entry, "id", f"{url}#{one.id}")
        _put(entry, "published", instant(one.published))
        _put(entry, "updated", instant(one.updated))
        Xml.SubElement(entry, f"{{{ATOM}}}link", {"href": f"{url}#{one.id}"})
        _put(entry, "summary", one.summary)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entries(status: PublicStatus) -> Iterator[_Entry]:
    for one in status.incidents:
        over = _("Over since {when}.").format(when=instant(one.end)) if one.end else _("Being worked on.")
        yield _Entry(one.id, incident_words(one), one.start, one.end or one.start, over)
    for said in status.announcements:
        yield _Entry(said.id, said.title, said.start, said.start, said.text or said.title)


def _put(parent: Xml.Element, name: str, text: str) -> None:
    Xml.SubElement(parent, f"{{{ATOM}}}{name}").text = text


COLUMNS = tuple(field.name for field in fields(OpenMonth))


def months_csv(months: Iterable[OpenMonth]) -> str:
    """RFC 4180, UTF-8, one row for each month and department; empty where nothing is known."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in months:
        writer.writerow([_cell(value) for value in asdict(one).values()])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else spreadsheet_safe(str(value))


def months_json(months: Iterable[OpenMonth]) -> str:
    return json.dumps([asdict(one) for one in months], ensure_ascii=False, indent=1)


def column_words() -> dict[str, str]:
    """What each column of the open data means."""
    return {
        "month": _("Calendar month by the office clock"),
        "department": _("Identifier of the department"),
        "name": _("Name of the department"),
        "known": _("Known availability in service hours: up / (up + down), from 0 to 1"),
        "worst": _("Availability with all unknown time counted as down"),
        "best": _("Availability with all unknown time counted as up"),
        "coverage": _("Share of the service hours in which the state was known"),
        "outages": _("Number of interruptions"),
        "down_seconds": _("Seconds without service, in service hours"),
        "tickets_opened": _("Corrective tickets opened"),
        "tickets_resolved": _("Corrective tickets resolved"),
        "tickets_in_time": _("Of them, within their service level"),
        "tickets_late": _("Of them, late"),
    }


def catalogue(status: PublicStatus, url: str) -> dict[str, Any]:
    """The catalogue of the open data as JSON-LD (DCAT-AP 3, https://semiceu.github.io/DCAT-AP/)."""
    publisher = {"@type": "foaf:Agent", "foaf:name": status.title}
    issued = {"@type": "xsd:dateTime", "@value": instant(status.at)}
    monthly = {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"}
    title, about = _("Availability of municipal services by month"), "; ".join(column_words().values())
    dataset = {
        "@id": f"{url}/open-data#months",
        "@type": "dcat:Dataset",
        "dct:title": title,
        "dct:description": about,
        "dct:publisher": publisher,
        "dct:modified": issued,
        "dct:accrualPeriodicity": monthly,
        "dcat:keyword": [_("availability"), _("municipal services"), _("maintenance")],
        "dcat:distribution": [
            _distribution(url, "csv", "text/csv", "CSV"),
            _distribution(url, "json", "application/json", "JSON"),
        ],
    }
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{url}/open-data/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _("Open data of {title}").format(title=status.title),
        "dct:description": title,
        "dct:publisher": publisher,
        "dct:license": {"@id": LICENCE},
        "dct:modified": issued,
        "dcat:dataset": [dataset],
    }


def _distribution(url: str, suffix: str, media_type: str, name: str) -> dict[str, Any]:
    where = {"@id": f"{url}/open-data/months.{suffix}"}
    return {
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dcat:accessURL": where,
        "dcat:downloadURL": where,
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media_type}"},
        "dct:format": {"@id": f"http://publications.europa.eu/resource/authority/file-type/{name}"},
        "dct:license": {"@id": LICENCE},
    }
