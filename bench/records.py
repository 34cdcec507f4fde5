"""Tickets and audit at size: how long lists, texts, pages and acts take with a million tickets behind them.

    python bench/records.py                         SQLite in a temporary file, 1,000,000 tickets, 10,000,000 audit rows
    python bench/records.py --tickets 100000 --audit 1000000
    python bench/records.py --url postgresql://nms@127.0.0.1/bench

Rows are generated in chunks from a fixed seed: eight years of a city hall of 39 departments. Each question is asked
`--runs` times on a warm database; the middle and the worst are printed, in milliseconds on the clock, and CPU
seconds of this process for what is filled in. The promise is that every list takes less than 100 ms; a statistic
that reads all tickets of a month is no list.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics as numbers
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nms.access import actor
from nms.model import Message, TicketKind, TicketStatus
from nms.store.audit import FIRST_HASH, AuditLog, _Row, entries
from nms.store.records import Records
from nms.store.tables.audit import audit, audit_head
from nms.store.tables.tickets import ticket_folios, ticket_log, ticket_words, tickets
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.listing import TicketFilter, due_soonest, list_tickets, show_ticket
from nms.tickets.office import Office
from nms.tickets.statistics import backlog, statistics
from nms.tickets.words import words

START, END = 1_530_000_000.0, 1_790_000_000.0
CHUNK = 20_000
FAULTS = (
    ("{device} does not answer", "switch caido sin respuesta"),
    ("{device}: toner low", "toner bajo impresora"),
    ("{device}: link down", "enlace caido fibra"),
    ("{device}: battery", "bateria ups autonomia"),
    ("{device}: disk full", "disco lleno servidor"),
)


def ticket_rows(count: int, seed: int = 7) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Tickets by age: nearly all closed, the last few hundred still open."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        opened = START + (END - START) * number / count
        device = f"dev-{dice.randrange(780):03}"
        template, said = FAULTS[dice.randrange(len(FAULTS))]
        status = "closed"
        if number > count - 400:
            status = dice.choice(["open", "assigned", "in-progress", "on-hold", "resolved"])
        active = status in ("open", "assigned", "in-progress", "on-hold")
        took = dice.expovariate(1 / 20_000)
        department = f"dep-{dice.randrange(39):02}"
        kind = "preventive" if dice.random() < 0.3 else "corrective"
        folio = f"{'MP' if kind == 'preventive' else 'MC'}-{2018 + number % 9}-{number:06}"
        row = {
            "id": number,
            "folio": folio,
            "kind": kind,
            "status": status,
            "priority": dice.choice([1, 2, 3, 3, 4, 4, 4]),
            "impact": 2,
            "urgency": 2,
            "title": {"template": template, "params": {"device": device}},
            "description": "",
            "department": department,
            "site": f"site-{dice.randrange(12)}",
            "device": device,
            "source": "incident",
            "reporter": "",
            "assignee": f"tec-{dice.randrange(25):02}" if status != "open" else "",
            "incident": number,
            "cause_key": f"incident/bench/{number}",
            "open_cause": f"incident/bench/{number}" if active else None,
            "playbook": "switch-correctivo",
            "playbook_version": "1.0",
            "playbook_digest": "",
            "opened_at": opened,
            "updated_at": opened + took,
            "scheduled_at": None,
            "hold_reason": "",
            "calendar": "always",
            "respond_seconds": 3600.0,
            "resolve_seconds": 28_800.0,
            "responded_at": opened + 600,
            "respond_due_at": opened + 3600,
            "respond_breached_at": None,
            "warn_at": opened + 21_600,
            "warned_at": None,
            "due_at": opened + 28_800,
            "breached_at": opened + 28_800 if took > 28_800 else None,
            "resolved_at": None if active else opened + took,
            "closed_at": opened + took + 86_400 if status == "closed" else None,
            "cause_code": "" if active else "hardware",
            "solution_code": "" if active else "replaced",
            "solution": "",
            "reopened": 0,
            "symptoms": 1,
            "simulated": True,
            "revision": 3,
        }
        rare = f"serie{number // 50:06}"
        yield row, words([said, rare, folio, device, department])


def audit_rows(count: int, seed: int = 11) -> Iterator[dict[str, Any]]:
    """A true chain of audit rows."""
    dice, log, previous = random.Random(seed), AuditLog(), FIRST_HASH
    for number in range(1, count + 1):
        row = _Row(
            number,
            START + (END - START) * number / count,
            f"tec-{dice.randrange(60):02}",
            f"api:10.0.0.{dice.randrange(250)}",
            dice.choice(["open", "assign", "start", "note", "resolve", "close", "acknowledge"]),
            "ticket",
            f"MC-2026-{dice.randrange(1_000_000):06}",
            '{"status":"assigned"}',
        )
        previous = log._digest(previous, row)
        yield {**row.columns(), "hash": previous}


def insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Many rows the way each database takes them fastest."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(table.insert(), rows)
        return
    names = list(rows[0])
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({','.join(names)}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row([json.dumps(value) if isinstance(value, dict) else value for value in row.values()])


def chunked(rows: Iterator[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def fill(records: Records, ticket_count: int, audit_count: int) -> None:
    started, cpu = time.monotonic(), time.process_time()
    for chunk in chunked(ticket_rows(ticket_count)):
        with records.begin() as connection:
            insert(connection, tickets, [row for row, _ in chunk])
            pairs = sorted((word, row["id"]) for row, found in chunk for word in found)
            insert(connection, ticket_words, [{"word": word, "ticket": number} for word, number in pairs])
            opened = {"actor": "nms", "origin": "", "action": "open", "status": "open", "note": ""}
            message = {"template": "opened", "params": {}}
            logged = [{"ticket": row["id"], "at": row["opened_at"], **opened, "message": message} for row, _ in chunk]
            insert(connection, ticket_log, logged)
    for chunk in chunked(audit_rows(audit_count)):
        with records.begin() as connection:
            insert(connection, audit, chunk)
            connection.execute(audit_head.delete())
            connection.execute(audit_head.insert().values(id=1, last=chunk[-1]["id"], hash=chunk[-1]["hash"]))
    with records.begin() as connection:
        for kind in TicketKind:
            connection.execute(ticket_folios.insert().values(kind=kind.value, year=2026, last=ticket_count))
        if not records.is_sqlite:
            top = sa.text("SELECT setval(pg_get_serial_sequence('tickets','id'), (SELECT max(id) FROM tickets))")
            connection.execute(top)
        connection.exec_driver_sql("ANALYZE")
    say(f"filled in {time.monotonic() - started:.0f} s ({time.process_time() - cpu:.0f} CPU s of this process)")


def questions(desk: TicketDesk, count: int) -> dict[str, Callable[[sa.Connection], object]]:
    rare, middle = f"serie{count // 100:06}", str(count // 2)
    folio = next(row["folio"] for row, _ in ticket_rows(count))
    day = 86_400.0

    def listed(after: str = "", **wanted: Any) -> Callable[[sa.Connection], object]:
        return lambda connection: list_tickets(connection, TicketFilter(**wanted), after=after).cases

    return {
        "newest 100": listed(),
        "page in the middle": listed(middle),
        "active": listed(active=True),
        "active, one department": listed(active=True, department="dep-07"),
        "active, one person": listed(active=True, assignee="tec-03"),
        "one department": listed(department="dep-07"),
        "one department, page in the middle": listed(middle, department="dep-07"),
        "one device": listed(device="dev-123"),
        "one device, priority 1": listed(device="dev-123", priority=1),
        "one person, priority 2, preventive": listed(assignee="tec-03", priority=2, kind=TicketKind.PREVENTIVE),
        "closed, breached, one department": listed(statuses=(TicketStatus.CLOSED,), breached=True, department="dep-07"),
        "a common word": listed(text="toner"),
        "two common words": listed(text="toner impresora"),
        "a rare word": listed(text=rare),
        "a rare and a common word": listed(text=f"toner {rare}"),
        "a beginning of a rare word": listed(text=f"{rare[:-1]}*"),
        "a beginning of a common word": listed(text="ton*"),
        "words that never meet": listed(text="toner bateria"),
        "a word that is not there": listed(text="submarino"),
        "due soonest": due_soonest,
        "one ticket with all of it": lambda connection: show_ticket(connection, desk, folio, END),
        "backlog": lambda connection: [backlog(connection, END)],
        "statistics of a month": lambda connection: [statistics(connection, END - 30 * day, END)],
        "audit, newest 100": entries,
        "audit of a person": lambda connection: entries(connection, actor="tec-07"),
        "audit of a ticket": lambda connection: entries(connection, kind="ticket", subject="MC-2026-000123"),
        "audit of a person, one month": lambda connection: entries(
            connection, actor="tec-07", since=END - 60 * day, until=END - 30 * day
        ),
        "audit, one action, page in the middle": lambda connection: entries(connection, action="close", before=count),
    }


def ask(records: Records, desk: TicketDesk, count: int, runs: int) -> float:
    """Asks everything; returns the worst middle of a list, in milliseconds."""
    worst = 0.0
    say(f"{'question':42}{'rows':>6}{'middle ms':>11}{'worst ms':>10}")
    for name, question in questions(desk, count).items():
        times, found = [], 0
        for _ in range(runs):
            with records.read() as connection:
                started = time.perf_counter()
                answer = question(connection)
                times.append((time.perf_counter() - started) * 1000)
                found = len(answer) if isinstance(answer, list | tuple) else 1
        middle = numbers.median(times)
        worst = worst if name.startswith("statistics") else max(worst, middle)
        say(f"{name:42}{found:>6}{middle:>11.1f}{max(times):>10.1f}")
    return worst


def act(records: Records, desk: TicketDesk, runs: int) -> None:
    who = actor("bench", ["administrator"], origin="bench")
    times = []
    for number in range(runs):
        started = time.perf_counter()
        with records.begin() as connection:
            made = Draft(TicketKind.CORRECTIVE, Message("bench"), "hand", cause_key=f"bench/act/{number}")
            folio = desk.open(connection, who, made, END + number).folio
        with records.begin() as connection:
            desk.assign(connection, who, folio, "bench", END + number)
        with records.begin() as connection:
            desk.resolve(connection, who, folio, END + number, cause="user", solution="restarted")
        times.append((time.perf_counter() - started) * 1000 / 3)
    say(f"{'an act, committed':42}{runs * 3:>6}{numbers.median(times):>11.1f}{max(times):>10.1f}")


def verify(records: Records) -> None:
    started = time.process_time()
    with records.read() as connection:
        found = AuditLog().verify(connection)
    seconds = time.process_time() - started
    speed = found.rows / max(seconds, 1e-9)
    say(f"audit verified: {found.rows:,} rows, intact: {found.intact}, {speed:,.0f} rows/CPU s")


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--audit", type=int, default=10_000_000)
    parser.add_argument("--url", default="", help="an EMPTY database; a temporary SQLite file without it")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nms-bench-records-") as folder:
        records = Records.open(options.url or Path(folder) / "records.db")
        desk = TicketDesk(Office())
        fill(records, options.tickets, options.audit)
        worst = ask(records, desk, options.tickets, options.runs)
        act(records, desk, options.runs)
        verify(records)
        records.close()
    say(f"worst middle: {worst:.1f} ms")
    return 0 if worst < 100 else 1


if __name__ == "__main__":
    sys.exit(main())
