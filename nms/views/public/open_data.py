"""Open data: a row for each month and department, as CSV and JSON, with descriptions that programs read.

The catalogue is DCAT-AP 3 (https://semiceu.github.io/DCAT-AP/), the columns are described as CSV on the Web (W3C).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, timedelta
from typing import Any

from nms.i18n import gettext as _
from nms.i18n import language
from nms.queries.public import LEAST_STAFF, OpenMonth, PublicStatus
from nms.text import spreadsheet_safe

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
AUTHORITY = "http://publications.europa.eu/resource/authority"
LANGUAGES = {"es": "SPA", "en": "ENG"}
COLUMNS = tuple(field.name for field in fields(OpenMonth))
Node = dict[str, Any]


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


def omission() -> str:
    """Why some cells are empty."""
    text = _("Tickets of departments with fewer than {count} people are left out: they would tell of single persons.")
    return text.format(count=LEAST_STAFF)


def columns_of_csv(url: str) -> Node:
    """The columns as CSV on the Web describes them, beside the CSV file."""
    kinds = {"month": {"base": "gYearMonth"}, "department": "string", "name": "string"}
    ratios = {key: {"base": "decimal", "minimum": 0, "maximum": 1} for key in ("known", "worst", "best", "coverage")}
    columns = [
        {
            "name": name,
            "titles": name,
            "dc:description": {"@value": words, "@language": language()},
            "datatype": (kinds | ratios).get(name, "nonNegativeInteger"),
            "required": name in kinds,
        }
        for name, words in column_words().items()
    ]
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language()}],
        "url": f"{url}/open-data/months.csv",
        "dc:license": {"@id": LICENCE},
        "notes": [omission()],
        "tableSchema": {"columns": columns, "primaryKey": ["month", "department"]},
    }


def catalogue(status: PublicStatus, months: Sequence[OpenMonth], url: str) -> Node:
    """The catalogue as JSON-LD. Each thing carries its class, so that a validator needs nothing else."""
    publisher = {"@id": f"{url}#publisher", "@type": "foaf:Agent", "foaf:name": status.title}
    last = max((one.month for one in months), default="")
    changed = {"dct:modified": {"@type": "xsd:date", "@value": _end(last).isoformat()}} if last else {}
    shared = {"dct:publisher": publisher, "dct:language": _language(), **changed}
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "skos": "http://www.w3.org/2004/02/skos/core#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{url}/open-data/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _said(_("Open data of {title}").format(title=status.title)),
        "dct:description": _said(_("Data that the municipality publishes about its own services.")),
        "dct:license": {"@id": LICENCE, "@type": "dct:LicenseDocument"},
        "foaf:homepage": {"@id": f"{url}/open-data/", "@type": "foaf:Document"},
        **shared,
        "dcat:dataset": [_dataset(status, months, url) | shared],
    }


def _dataset(status: PublicStatus, months: Sequence[OpenMonth], url: str) -> Node:
    about = _(
        "For each of the last twelve whole months and each department: how available its service was in its service "
        "hours, and how many corrective maintenance tickets were opened and resolved, in time and late."
    )
    words = (_("availability"), _("municipal services"), _("maintenance"))
    found: Node = {
        "@id": f"{url}/open-data/#months",
        "@type": "dcat:Dataset",
        "dct:identifier": f"{url}/open-data/#months",
        "dct:title": _said(_("Availability of municipal services by month")),
        "dct:description": _said(f"{about} {omission()}"),
        "dct:accrualPeriodicity": {"@id": f"{AUTHORITY}/frequency/MONTHLY", "@type": "dct:Frequency"},
        "dct:accessRights": {"@id": f"{AUTHORITY}/access-right/PUBLIC", "@type": "dct:RightsStatement"},
        "dcat:theme": {"@id": f"{AUTHORITY}/data-theme/GOVE", "@type": "skos:Concept"},
        "dcat:keyword": [_said(word) for word in words],
        "dcat:landingPage": {"@id": f"{url}/open-data/", "@type": "foaf:Document"},
        "dcat:distribution": [
            _distribution(url, "csv", "text/csv", "CSV"),
            _distribution(url, "json", "application/json", "JSON"),
        ],
    }
    if months:
        first, last = (choose(one.month for one in months) for choose in (min, max))
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@type": "xsd:date", "@value": f"{first}-01"},
            "dcat:endDate": {"@type": "xsd:date", "@value": (_end(last) - timedelta(days=1)).isoformat()},
        }
    if "@" in status.contact:
        mail = {"@id": f"mailto:{status.contact}"}
        found["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:fn": status.title, "vcard:hasEmail": mail}
    return found


def _distribution(url: str, suffix: str, media_type: str, name: str) -> Node:
    where = {"@id": f"{url}/open-data/months.{suffix}"}
    found: Node = {
        "@id": f"{url}/open-data/#{suffix}",
        "@type": "dcat:Distribution",
        "dct:title": _said(name),
        "dcat:accessURL": where,
        "dcat:downloadURL": where,
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{media_type}",
            "@type": "dct:MediaType",
        },
        "dct:format": {"@id": f"{AUTHORITY}/file-type/{name}", "@type": "dct:MediaTypeOrExtent"},
        "dct:license": {"@id": LICENCE, "@type": "dct:LicenseDocument"},
    }
    if suffix == "csv":
        found["foaf:page"] = {"@id": f"{url}/open-data/months.csv-metadata.json", "@type": "foaf:Document"}
    return found


def _said(words: str) -> Node:
    return {"@value": words, "@language": language()}


def _language() -> Node:
    return {"@id": f"{AUTHORITY}/language/{LANGUAGES[language()]}", "@type": "dct:LinguisticSystem"}


def _end(month: str) -> date:
    """The first day after a month, when it was complete."""
    return (date.fromisoformat(f"{month}-01") + timedelta(days=32)).replace(day=1)
