"""Carrying records from one database to another, both kinds and both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nms.store.audit import AuditLog
from nms.store.carrying import NotCarried, all_tables, carry
from nms.store.records import Records
from nms.store.tables.audit import audit
from nms.store.tables.tickets import ticket_log, tickets
from nms.tickets.attachments import StoredFile
from nms.tickets.desk import TicketDesk
from nms.tickets.listing import show_ticket
from nms.tickets.work import attach, spend
from nms.views.cli.main import run
from tests.tickets.conftest import NOON, TECHNICIAN, an_office, draft

DESK = TicketDesk(an_office())


def fill(records: Records, count: int = 30) -> str:
    """Tickets with all that hangs on them; the folio of the last."""
    folio = ""
    for number in range(count):
        with records.begin() as connection:
            made = draft(description=f"Ñandú “{number}” \U0001f50c", playbook="ups-prueba")
            folio = DESK.open(connection, TECHNICIAN, made, NOON + number).folio
            spend(connection, DESK, TECHNICIAN, folio, 12.5, NOON + number, cost=99.99, note="día")
            DESK.hold(connection, TECHNICIAN, folio, "part", NOON + number + 1)
    with records.begin() as connection:
        attach(connection, DESK, TECHNICIAN, folio, "foto.png", StoredFile("0" * 64, 10, "image/png"), NOON + count)
    return folio


@pytest.fixture
def other(any_records: Records, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Records]:
    """An empty database of the other kind than `any_records`."""
    make: Callable[[], str] = request.getfixturevalue("new_postgresql")
    made = Records.open(make() if any_records.is_sqlite else tmp_path / "other.db")
    yield made
    made.close()


def test_everything_arrives_and_the_chain_of_the_audit_holds(any_records: Records, other: Records) -> None:
    folio = fill(any_records)
    told: dict[str, int] = {}
    done = carry(any_records, other, told.__setitem__)
    assert (done.rows["tickets"], told["tickets"]) == (30, 30)
    for table in all_tables():
        with any_records.read() as here, other.read() as there:
            query = sa.select(table).order_by(*table.primary_key.columns)
            assert [tuple(row) for row in here.execute(query)] == [tuple(row) for row in there.execute(query)], table
    with other.read() as there:
        assert AuditLog().verify(there, [done.audit_end]).intact
        shown = show_ticket(there, DESK, folio, NOON + 100)
    assert (shown.minutes, shown.case.pauses[0].reason, len(shown.attachments)) == (12.5, "part", 1)


def test_new_tickets_go_on_counting_over_there(any_records: Records, other: Records) -> None:
    last = fill(any_records, 3)
    carry(any_records, other)
    with other.begin() as connection:
        case = DESK.open(connection, TECHNICIAN, draft(), NOON + 50)
        DESK.note(connection, TECHNICIAN, case.folio, "sigue", NOON + 51)
    assert int(case.folio[-6:]) == int(last[-6:]) + 1
    with other.read() as connection:
        assert AuditLog().verify(connection).intact
        assert connection.execute(sa.select(sa.func.count()).select_from(tickets)).scalar() == 4


def test_a_target_with_rows_is_refused(any_records: Records, other: Records) -> None:
    fill(any_records, 1)
    fill(other, 1)
    with pytest.raises(NotCarried, match="is not empty"):
        carry(any_records, other)


def test_a_failure_half_way_leaves_the_target_empty_and_it_can_be_tried_again(
    any_records: Records, other: Records
) -> None:
    fill(any_records)

    def unplugged(table: str, rows: int) -> None:
        if table == "ticket_log":
            raise ConnectionError("unplugged")

    with pytest.raises(ConnectionError):
        carry(any_records, other, unplugged)
    with other.read() as connection:
        for table in (tickets, ticket_log, audit):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    assert carry(any_records, other).rows["tickets"] == 30


def test_a_row_that_is_lost_on_the_way_is_noticed(records: Records, tmp_path: Path) -> None:
    fill(records, 5)
    other = Records.open(tmp_path / "other.db")
    with other.begin() as connection:
        lost = "CREATE TRIGGER lost AFTER INSERT ON ticket_log BEGIN DELETE FROM ticket_log WHERE id = 2; END"
        connection.exec_driver_sql(lost)
    with pytest.raises(NotCarried, match=r"rows of ticket_log \d+ arrived: nothing was carried"):
        carry(records, other)
    with other.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tickets)).scalar() == 0
    other.close()


def test_the_command_carries_says_what_to_do_and_refuses_passwords(
    tmp_path: Path,
    new_postgresql: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "config.yaml").write_text("data_dir: data\n")
    (tmp_path / "data").mkdir()
    records = Records.open(tmp_path / "data" / "records.db")
    fill(records, 2)
    records.close()

    def nms(*words: str) -> int:
        return run(None, ["--config", str(tmp_path / "config.yaml"), "--lang", "en", "records", "copy", *words])  # type: ignore[arg-type]

    assert nms("postgresql://nms:hunter2@127.0.0.1/x") == 2
    assert nms("env:NMS_NOT_SET") == 2
    said = capsys.readouterr()
    assert "hunter2" not in said.out + said.err
    monkeypatch.setenv("NMS_NEW_RECORDS", new_postgresql())
    assert nms("env:NMS_NEW_RECORDS") == 0
    out = capsys.readouterr().out
    assert "tickets: 2" in out
    assert "carried and verified" in out
    assert "records.url" in out
    assert nms("env:NMS_NEW_RECORDS") == 2
    assert "is not empty" in capsys.readouterr().err
