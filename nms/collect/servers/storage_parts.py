"""What the documents of storage mean. Pure functions over hostile documents; what is not told stays absent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nms.collect.parts import part as named
from nms.collect.servers.hypervisor_parts import Row, Site, rows_of, word
from nms.collect.servers.redfish_parts import as_number, as_text
from nms.messages import called, spelled, verbatim
from nms.model import Component, Message, Severity
from nms.transports.errors import Malformed

_SEVERAL = 5
_SYNOLOGY_STATES: Mapping[str, Severity | None] = {
    "normal": None, "background": Severity.INFO, "repairing": Severity.WARNING, "migrating": Severity.INFO,
    "expanding": Severity.INFO, "deleting": Severity.INFO, "creating": Severity.INFO, "attention": Severity.WARNING,
    "degrade": Severity.CRITICAL, "degraded": Severity.CRITICAL, "crashed": Severity.CRITICAL,
    "failing": Severity.CRITICAL, "warning": Severity.WARNING, "critical": Severity.CRITICAL,
    "system_crash": Severity.CRITICAL, "not_use": None, "sys_partition_normal": None, "not_initialized": Severity.INFO,
}  # fmt: skip
_POOL_STATES: Mapping[str, Severity | None] = {
    "ONLINE": None, "DEGRADED": Severity.CRITICAL, "FAULTED": Severity.CRITICAL, "OFFLINE": Severity.CRITICAL,
    "UNAVAIL": Severity.CRITICAL, "REMOVED": Severity.CRITICAL,
}  # fmt: skip
_ALERT_LEVELS: Mapping[str, Severity | None] = {
    "INFO": None, "NOTICE": None, "WARNING": Severity.WARNING, "ERROR": Severity.WARNING,
    "CRITICAL": Severity.CRITICAL, "ALERT": Severity.CRITICAL, "EMERGENCY": Severity.CRITICAL,
}  # fmt: skip
_DISK_STATES: Mapping[str, Severity | None] = {
    "present": None, "spare": None, "zeroing": None, "partner": None, "reconstructing": Severity.WARNING,
    "copy": Severity.WARNING, "pending": Severity.WARNING, "maintenance": Severity.WARNING, "removed": Severity.WARNING,
    "broken": Severity.CRITICAL, "unfail": Severity.WARNING,
}  # fmt: skip


def synology_data(document: object) -> Row | None:
    """The data of an answer that says that it succeeded."""
    if isinstance(document, Mapping) and document.get("success") is True:
        data = document.get("data")
        return data if isinstance(data, Mapping) else {}
    return None


def synology_error(document: object) -> int:
    error = document.get("error") if isinstance(document, Mapping) else None
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) else 0


def _synology(document: object, what: str) -> Row:
    """Raises: Malformed where the station refuses, which it does with status 200."""
    data = synology_data(document)
    if data is None:
        raise Malformed(f"the station does not tell its {what} to this account (error {synology_error(document)})")
    return data


def synology_system(site: Site, document: object) -> None:
    data = _synology(document, "system")
    known = {"hardware": "model", "serial": "serial", "version": "firmware_ver"}
    found = {fact: as_text(data.get(key), 60) for fact, key in known.items()}
    site.facts |= {"vendor": "Synology", "os": "DSM", **{fact: text for fact, text in found.items() if text}}
    part = named("sensor", called("System"), "system")
    site.measure(part, "temperature_celsius", data.get("sys_temp"))
    if isinstance(warns := data.get("temperature_warning"), bool):
        text = Message("too hot") if warns else spelled("normal")
        site.state(part, "temperature", text, Severity.CRITICAL if warns else None)


def synology_storage(site: Site, document: object) -> None:
    """Disks, pools and volumes. Sizes are texts of digits."""
    data = _synology(document, "storage")
    for one in rows_of(data.get("disks")):
        name = as_text(one.get("longName")) or as_text(one.get("name")) or as_text(one.get("id"))
        part = Component("drive", name, name)
        _state(site, part, as_text(one.get("status"), 40), _SYNOLOGY_STATES)
        site.measure(part, "temperature_celsius", one.get("temp"))
        if as_text(one.get("smart_status")) not in ("", "normal"):
            site.state(part, "S.M.A.R.T.", word(as_text(one.get("smart_status"), 40)), Severity.WARNING)
    for kind, key in (("pool", "storagePools"), ("volume", "volumes")):
        for one in rows_of(data.get(key)):
            name = as_text(one.get("vol_path")) or as_text(one.get("id"))
            part = _pool(name) if kind == "pool" else _volume(name)
            _state(site, part, as_text(one.get("status"), 40), _SYNOLOGY_STATES)
            size = one.get("size")
            if isinstance(size, Mapping):
                site.share(part, "storage", _digits(size.get("used")), _digits(size.get("total")))


def _pool(name: str) -> Component:
    return named("pool", called("Pool {name}", name=name), name)


def _volume(name: str) -> Component:
    return named("volume", called("Volume {name}", name=name), name)


def _state(site: Site, part: Component, text: str, meanings: Mapping[str, Severity | None]) -> None:
    """A word that is not known is told as such, and judged as nothing."""
    said = word(text) if text in meanings or not text else Message("{word} (not known)", {"word": text})
    site.state(part, "status", said, meanings.get(text))


def _digits(value: object) -> float | None:
    text = value if isinstance(value, str) else ""
    return float(text) if text.isdecimal() and len(text) < 20 else as_number(value)


def truenas_system(site: Site, document: object) -> None:
    if not isinstance(document, Mapping):
        return
    known = {"version": "version", "hardware": "system_product", "serial": "system_serial"}
    found = {fact: as_text(document.get(key), 60) for fact, key in known.items()}
    site.facts |= {"vendor": "iXsystems", "os": "TrueNAS", **{fact: text for fact, text in found.items() if text}}


def truenas_pools(site: Site, document: object) -> None:
    for one in rows_of(document):
        name = as_text(one.get("name"))
        part = _pool(name)
        status = as_text(one.get("status"), 40)
        severity = _POOL_STATES.get(status, Severity.WARNING)
        if severity is None and one.get("healthy") is False:
            severity = Severity.WARNING
        site.state(part, "status", word(status), severity)
        site.share(part, "storage", one.get("allocated"), one.get("size"))
        _scrub(site, part, one.get("scan"))


def _scrub(site: Site, part: Component, scan: object) -> None:
    """Errors that the last check of a whole pool found."""
    errors = as_number(scan.get("errors")) if isinstance(scan, Mapping) else None
    if errors is not None:
        found = Message("errors in the last scrub: {count}", {"count": f"{errors:.0f}"})
        text = found if errors else Message("no errors in the last scrub")
        site.state(part, "scrub", text, Severity.WARNING if errors else None)


def truenas_alerts(site: Site, document: object) -> None:
    """Alerts that nobody has dismissed: the worst severity, and the first of them in its own words."""
    waiting = [one for one in rows_of(document) if one.get("dismissed") is not True]
    judged = [(_ALERT_LEVELS.get(as_text(one.get("level")), Severity.WARNING), one) for one in waiting]
    serious = [(severity, one) for severity, one in judged if severity is not None]
    told = "; ".join(as_text(one.get("formatted") or one.get("text"), 120) for _, one in serious[:_SEVERAL])
    text = verbatim(f"{len(serious)}: {told}") if serious else spelled("none")
    site.state(named("alerts", called("Alerts"), "alerts"), "alerts", text, max((s for s, _ in serious), default=None))


def ontap_cluster(site: Site, document: object) -> None:
    version = document.get("version") if isinstance(document, Mapping) else None
    full = as_text(version.get("full"), 80) if isinstance(version, Mapping) else ""
    site.facts |= {"vendor": "NetApp", "os": "ONTAP"} | ({"version": full.partition(":")[0]} if full else {})


def ontap_next(document: object) -> str:
    """The path of the next page below `/api`; empty where there is none, or where it leads elsewhere."""
    links = document.get("_links") if isinstance(document, Mapping) else None
    following = links.get("next") if isinstance(links, Mapping) else None
    href = following.get("href") if isinstance(following, Mapping) else None
    own = isinstance(href, str) and href.startswith("/api/storage/") and len(href) < 2000 and ".." not in href
    return str(href).removeprefix("/api") if own and str(href).isprintable() else ""


def _records(document: object) -> Iterator[Row]:
    return rows_of(document.get("records") if isinstance(document, Mapping) else None)


def _inside(one: Row, *names: str) -> Any:
    value: Any = one
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def ontap_aggregates(site: Site, document: object) -> None:
    for one in _records(document):
        name, state = as_text(one.get("name")), as_text(one.get("state"), 40)
        part = named("pool", called("Aggregate {name}", name=name), name)
        site.state(part, "status", word(state), None if state == "online" else Severity.CRITICAL)
        used, size = (_inside(one, "space", "block_storage", key) for key in ("used", "size"))
        site.share(part, "storage", used, size)


def ontap_volumes(site: Site, document: object) -> None:
    """A volume is named with its virtual machine; one that somebody took offline is told, not judged."""
    for one in _records(document):
        name = ":".join(filter(None, (as_text(_inside(one, "svm", "name")), as_text(one.get("name")))))
        part, state = _volume(name), as_text(one.get("state"), 40)
        site.state(part, "status", word(state), Severity.CRITICAL if state == "error" else None)
        site.share(part, "storage", _inside(one, "space", "used"), _inside(one, "space", "size"))


def ontap_disks(site: Site, document: object) -> None:
    """Disks in trouble by name; of the others only how many there are."""
    counted: Counter[str] = Counter()
    for one in _records(document):
        name, state = as_text(one.get("name")), as_text(one.get("state"), 40)
        counted[state] += 1
        severity = _DISK_STATES.get(state, Severity.WARNING)
        if severity is not None:
            site.state(named("drive", called("Disk {name}", name=name), name), "status", word(state), severity)
    part = named("drives", called("Disks"), "drives")
    known = site.rows.setdefault(part, {"count": 0})
    known["count"] += counted.total()
