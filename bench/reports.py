"""How long each report of a year of a thousand devices takes, and what each format of it costs.

    python -m bench.reports [--devices 1000] [--outages 12] [--every 24] [--write DIR]

Every device has its own outages (seeded), each with an alert, an incident and a ticket behind one in three. Printers,
servers, PBXs and links have a year of samples, one every so many hours, in the store that the monitor uses. CPU
seconds, because the machine may have other work.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa

from nms.calendars import always, spans, weekdays
from nms.model import (
    Component,
    Department,
    Device,
    DeviceId,
    Endpoint,
    Inventory,
    Lifecycle,
    Link,
    Reading,
    Role,
    Site,
    State,
)
from nms.queries.reports.builders import BUILDERS
from nms.queries.reports.document import Kind, Report
from nms.queries.reports.sources import Sources, Task
from nms.store.records import Records
from nms.store.samples import EmbeddedSamples
from nms.store.states import StateHistory
from nms.store.tables.alerts import alerts, incidents
from nms.store.tables.states import states
from nms.store.tables.tickets import tickets
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office
from nms.views.reports.html import as_html
from nms.views.reports.pdf import NoPdf, as_pdf
from nms.views.reports.tables import as_csv, as_text
from nms.views.reports.workbook import as_xlsx

YEAR = 365 * 86_400.0
NOW = 1_790_100_000.0
START = NOW - 2 * YEAR
ROLES = [Role.SWITCH, Role.ROUTER, Role.SERVER, Role.UPS, Role.PBX, Role.PRINTER, Role.APPLICATION, Role.PHONE]
CAUSES = ["power", "hardware", "provider", "cabling", "software", "configuration"]
SOLUTIONS = ["replaced", "repaired", "restarted", "provider-fixed", "recovered"]


def inventory(count: int, departments: int = 39) -> Inventory:
    offices = {f"d{n:02}": Department(f"d{n:02}", f"Departamento {n:02}", f"D{n:02}", 40) for n in range(departments)}
    life = Lifecycle("2016-03-01", "2019-03-01", None, "2027-01-01", None, 25_000.0)
    found = {}
    for number in range(count):
        role = ROLES[number % len(ROLES)]
        name = DeviceId(f"{role.value}-{number:04}")
        endpoint = Endpoint("snmp", "192.0.2.1")
        department = f"d{number % departments:02}"
        found[name] = Device(
            name, f"{role.value} {number}", role, "192.0.2.1", "s", department, (endpoint,), lifecycle=life
        )
    switches = [one for one in found if one.startswith("switch")][:40]
    links = {
        f"l{n:02}": Link(f"l{n:02}", f"Enlace {n:02}", a, "1", b, "1", 1e8)
        for n, (a, b) in enumerate(itertools.pairwise(switches))
    }
    return Inventory("Villa de Prueba", offices, {"s": Site("s", "Palacio")}, found, links, is_sample=True)


def fill(records: Records, known: Inventory, outages: int) -> None:
    """Two years of states: up, interrupted by seeded outages; every third has an incident with a ticket."""
    chance = random.Random(20261122)
    subjects = [f"device/{one}" for one in known.devices]
    subjects += [f"link/{one}" for one in known.links] + [f"department/{one}" for one in known.departments]
    state_rows, alert_rows, incident_rows, ticket_rows = [], [], [], []
    for subject in subjects:
        at = START
        for began in sorted(chance.uniform(START, NOW) for _ in range(2 * outages)):
            if began <= at + 60:
                continue
            ended = min(NOW - 1, began + chance.expovariate(1 / 2700))
            state_rows += [_state(subject, State.UP, at, began), _state(subject, State.DOWN, began, ended)]
            at = ended
            kind, _, name = subject.partition("/")
            if kind == "device" and chance.random() < 1 / 3:
                _explain(known, name, began, ended, chance, alert_rows, incident_rows, ticket_rows)
        state_rows.append(_state(subject, State.UP, at, None))
    with records.begin() as connection:
        connection.execute(states.insert(), state_rows)
        connection.execute(incidents.insert(), incident_rows)
        connection.execute(alerts.insert(), alert_rows)
        connection.execute(tickets.insert(), ticket_rows)
    print(f"{len(state_rows)} state intervals, {len(incident_rows)} incidents with tickets")


def sample(store: EmbeddedSamples, known: Inventory, every: float) -> None:
    """A year of what the reports on capacity, telephony and printing read, compacted as it would be in service."""
    ports: dict[DeviceId, list[str]] = {}
    for link in known.links.values():
        ports.setdefault(link.a_device, []).append(link.a_interface)
        ports.setdefault(link.b_device, []).append(link.b_interface)
    count, began = 0, time.process_time()
    for number in range(int(YEAR / every)):
        at = NOW - YEAR + number * every
        readings = [one for device in known.devices.values() for one in _readings(device, ports, at, number)]
        store.write(readings)
        count += len(readings)
        if number % 200 == 199:
            store.compact(at)
    store.compact(NOW)
    store.roll_up(NOW)
    print(f"{count} readings of a year kept in {time.process_time() - began:.0f} s CPU")


def _readings(device: Device, ports: Mapping[DeviceId, list[str]], at: float, number: int) -> Iterator[Reading]:
    chance = random.Random(f"{device.id} {number}")
    itself = Component("device", "")
    if device.role is Role.PRINTER:
        yield Reading(device.id, "engine", at, (itself,), {"pages_total": [40 * number]})
        supplies = (Component("supply", "1", "Negro"), Component("supply", "2", "Tambor"))
        levels = [1 - number % 400 / 400, 1 - number % 900 / 900]
        yield Reading(device.id, "supplies", at, supplies, {"supply_level_ratio": levels})
    elif device.role is Role.SERVER:
        disks = (Component("storage", "/", "/"), Component("storage", "/var", "/var"))
        full = [min(0.99, 0.5 + number / 9000), 0.4 + 0.1 * chance.random()]
        yield Reading(device.id, "storage", at, disks, {"storage_used_ratio": full})
    elif device.role is Role.PBX:
        columns = {"channels_used": [chance.randint(0, 25)], "channels_size": [30], "trunk_up": [1]}
        yield Reading(device.id, "trunks", at, (Component("trunk", "a", "A"),), columns)
    elif device.id in ports:
        parts = tuple(Component("interface", port) for port in dict.fromkeys(ports[device.id]))
        octets = [int(4e9 * number)] * len(parts)
        columns = {"interface_in_octets_total": octets, "interface_out_octets_total": octets}
        yield Reading(device.id, "interfaces", at, parts, columns)


def _state(subject: str, state: State, begins: float, ends: float | None) -> dict[str, object]:
    return {"subject": subject, "state": state.value, "from_at": begins, "to_at": ends}


def _blank(table, **values: object) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """A row of a table with nothing in the columns that are not said."""
    empty: dict[type, object] = {str: "", int: 0, bool: False}
    row = {}
    for column in table.c:
        if column.nullable:
            row[column.name] = None
        else:
            row[column.name] = {} if isinstance(column.type, sa.JSON) else empty.get(column.type.python_type, 0.0)
    return row | values


def _explain(known, name, began, ended, chance, alert_rows, incident_rows, ticket_rows) -> None:  # type: ignore[no-untyped-def]
    number = len(incident_rows) + 1
    device = known.devices[name]
    said = {"template": "{device} does not answer", "params": {"device": device.name}}
    folio = f"MC-2026-{number:06}"
    key = f"device-down/{name}"
    place = {"device": name, "department": device.department, "site": "s"}
    incident_rows.append(
        _blank(incidents, id=number, root_key=key, summary=said, severity=3, opened_at=began, resolved_at=ended,
               ticket=folio, **place)
    )  # fmt: skip
    alert_rows.append(
        _blank(alerts, id=number, key=key, rule="device-down", severity=3, status="resolved", summary=said,
               opened_at=began, updated_at=ended, resolved_at=ended, incident=number, **place)
    )  # fmt: skip
    late = chance.random() < 0.15
    ticket_rows.append(
        _blank(tickets, id=number, folio=folio, kind="corrective", status="closed", priority=chance.randint(1, 4),
               title=said, opened_at=began, updated_at=ended, responded_at=began + 600, resolved_at=ended + 900,
               due_at=began + 14_400, breached_at=began + 14_400 if late else None, closed_at=ended + 1800,
               incident=number, cause_code=chance.choice(CAUSES), solution_code=chance.choice(SOLUTIONS), **place)
    )  # fmt: skip


def timed(what: str, work: Callable[[], object]) -> object:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    size = len(result) if isinstance(result, str | bytes) else 0
    print(f"{what:24} {time.process_time() - cpu:7.2f} s CPU {time.perf_counter() - wall:7.2f} s {size or '':>10}")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--outages", type=int, default=12, help="of each subject in a year")
    parser.add_argument(
        "--every",
        type=float,
        default=24.0,
        help="hours between two samples; the fewer, the longer the year takes to be filled in",
    )
    parser.add_argument("--write", type=Path, help="keep the reports in this directory")
    options = parser.parse_args()
    known = inventory(options.devices)
    with tempfile.TemporaryDirectory() as directory:
        records = Records.open(Path(directory) / "records.db")
        fill(records, known, options.outages)
        history = StateHistory(records)
        history.start(NOW)
        samples = EmbeddedSamples(Path(directory) / "samples.db")
        sample(samples, known, options.every * 3600)
        hours = {"office": weekdays("office", spans("08:00-16:00")), "always": always()}
        sources = Sources(
            known, history, records, TicketDesk(Office(known.departments, known.devices, hours)), samples,
            lambda calendar, start, end: hours[calendar].intervals(start, end), "America/Mexico_City", "MXN",
        )  # fmt: skip
        for kind in Kind:
            task = Task(sources, NOW - YEAR, NOW, NOW, "es")
            report = timed(f"{kind.value}: a year", lambda kind=kind, task=task: BUILDERS[kind](task))  # type: ignore[misc]
            assert isinstance(report, Report)
            draw(kind, report, options.write)
        samples.close()
        records.close()


def draw(kind: Kind, report: Report, directory: Path | None) -> None:
    writers = {"html": as_html, "txt": as_text, "csv": as_csv, "xlsx": as_xlsx}
    if kind in (Kind.UPTIME, Kind.SLA):
        writers["pdf"] = as_pdf
    for suffix, writer in writers.items():
        try:
            made = timed(f"  {suffix}", lambda writer=writer: writer(report))  # type: ignore[misc]
        except NoPdf as error:
            print(f"  {error}")
            continue
        if directory is not None:
            raw = made.encode() if isinstance(made, str) else bytes(made)  # type: ignore[call-overload]
            (directory / f"{kind.value}.{suffix}").write_bytes(raw)


if __name__ == "__main__":
    main()
