from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nms.access import actor
from nms.store.audit import AuditLog, Checkpoint, Damage, entries
from nms.store.records import Records
from nms.store.tables.audit import audit, audit_head

ANA = actor("ana", ["technician"], origin="cli:soporte-01")
LOG = AuditLog()


def write(records: Records, count: int, log: AuditLog = LOG) -> None:
    with records.begin() as connection:
        for number in range(count):
            log.append(connection, ANA, "assign", "ticket", f"MC-2026-{number:06}", 1000.0 + number, {"to": "luis"})


def findings(records: Records, log: AuditLog = LOG, **options: object) -> list[tuple[Damage, int]]:
    with records.read() as connection:
        return [(one.damage, one.id) for one in log.verify(connection, **options).findings]  # type: ignore[arg-type]


def tamper(records: Records, change: Callable[[sa.Connection], object]) -> None:
    with records.begin() as connection:
        change(connection)


def test_an_untouched_chain_is_intact_and_says_where_it_ends(any_records: Records) -> None:
    write(any_records, 5)
    with any_records.read() as connection:
        found = LOG.verify(connection)
        assert found.intact
        assert found.rows == 5
        assert found.end == LOG.end(connection) == Checkpoint.parse(str(found.end))


def test_an_empty_audit_is_intact(any_records: Records) -> None:
    assert findings(any_records) == []


@pytest.mark.parametrize("column", ["at", "actor", "origin", "action", "kind", "subject", "detail"])
def test_every_edited_column_shows(any_records: Records, column: str) -> None:
    write(any_records, 5)
    value: object = 1.5 if column == "at" else "x"
    tamper(any_records, lambda c: c.execute(audit.update().where(audit.c.id == 3).values(**{column: value})))
    assert findings(any_records) == [(Damage.EDITED, 3)]


def test_a_row_edited_together_with_its_hash_shows_at_the_next(any_records: Records) -> None:
    write(any_records, 5)
    with any_records.read() as connection:
        second = connection.execute(sa.select(audit.c.hash).where(audit.c.id == 2)).scalar_one()
    tamper(any_records, lambda c: c.execute(audit.update().where(audit.c.id == 3).values(hash=second)))
    assert (Damage.EDITED, 4) in findings(any_records)


def test_a_removed_row_shows(any_records: Records) -> None:
    write(any_records, 5)
    tamper(any_records, lambda c: c.execute(audit.delete().where(audit.c.id == 2)))
    assert findings(any_records) == [(Damage.REMOVED, 2)]


def test_a_cut_tail_shows_by_the_head(any_records: Records) -> None:
    write(any_records, 5)
    tamper(any_records, lambda c: c.execute(audit.delete().where(audit.c.id >= 4)))
    assert findings(any_records) == [(Damage.TRUNCATED, 4)]


def test_a_cut_tail_with_a_forged_head_shows_only_by_a_noted_checkpoint(any_records: Records) -> None:
    write(any_records, 5)
    with any_records.read() as connection:
        noted = LOG.end(connection)
        third = connection.execute(sa.select(audit.c.hash).where(audit.c.id == 3)).scalar_one()

    def cut(connection: sa.Connection) -> None:
        connection.execute(audit.delete().where(audit.c.id >= 4))
        connection.execute(audit_head.update().values(last=3, hash=third))

    tamper(any_records, cut)
    assert findings(any_records) == []
    assert findings(any_records, checkpoints=[noted]) == [(Damage.TRUNCATED, 4)]
    assert findings(any_records, since=noted)[0] == (Damage.TRUNCATED, 4)


def test_a_chain_written_anew_shows_by_a_checkpoint_and_by_the_key(any_records: Records) -> None:
    keyed = AuditLog(key=b"kept elsewhere")
    write(any_records, 4, keyed)
    with any_records.read() as connection:
        noted = keyed.end(connection)

    def rewrite(connection: sa.Connection) -> None:
        connection.execute(audit.delete())
        connection.execute(audit_head.delete())
        for number in range(4):
            LOG.append(connection, ANA, "assign", "ticket", f"forged-{number}", 1.0)

    tamper(any_records, rewrite)
    assert findings(any_records) == []
    assert (Damage.REWRITTEN, 4) in findings(any_records, checkpoints=[noted])
    assert (Damage.EDITED, 1) in findings(any_records, keyed)


def test_verification_goes_on_from_a_trusted_checkpoint(any_records: Records) -> None:
    write(any_records, 3)
    with any_records.read() as connection:
        noted = LOG.end(connection)
    write(any_records, 2)
    with any_records.read() as connection:
        found = LOG.verify(connection, since=noted)
    assert (found.intact, found.rows, found.end.id) == (True, 2, 5)


def test_a_change_that_is_undone_leaves_no_row(any_records: Records) -> None:
    def half_way() -> None:
        with any_records.begin() as connection:
            LOG.append(connection, ANA, "close", "ticket", "x", 1.0)
            raise ZeroDivisionError

    write(any_records, 1)
    with pytest.raises(ZeroDivisionError):
        half_way()
    write(any_records, 1)
    assert findings(any_records) == []


_WRITER = """
import sys
from nms.access import actor
from nms.store.audit import AuditLog
from nms.store.records import Records
records, log, who = Records.open(sys.argv[1]), AuditLog(), actor(sys.argv[2], [])
for number in range(25):
    with records.begin() as connection:
        log.append(connection, who, "poll", "device", f"sw-{number}", float(number))
records.close()
"""


def test_two_programs_append_to_one_chain(any_records_url: str) -> None:
    Records.open(any_records_url).close()
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, any_records_url, name], stderr=subprocess.PIPE)
        for name in ("one", "two")
    ]
    errors = [writer.communicate(timeout=60)[1].decode() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0], errors
    records = Records.open(any_records_url)
    with records.read() as connection:
        found = LOG.verify(connection)
        assert {row.actor for row in entries(connection)} == {"one", "two"}
    records.close()
    assert (found.intact, found.rows) == (True, 50)


def test_entries_are_filtered_and_paged_newest_first(any_records: Records) -> None:
    write(any_records, 10)
    with any_records.begin() as connection:
        LOG.append(connection, actor("luis", []), "close", "ticket", "MC-2026-000003", 2000.0, {"code": "cable"})
    with any_records.read() as connection:
        page = entries(connection, limit=4)
        assert [row.id for row in page] == [11, 10, 9, 8]
        assert [row.id for row in entries(connection, before=page[-1].id, limit=2)] == [7, 6]
        assert [row.id for row in entries(connection, kind="ticket", subject="MC-2026-000003")] == [11, 4]
        assert [row.id for row in entries(connection, actor="luis")] == [11]
        assert [row.id for row in entries(connection, action="assign", limit=1)] == [10]
        assert [row.id for row in entries(connection, since=1003.0, until=1005.0)] == [5, 4]
        assert entries(connection, since=9999.0) == []
        assert entries(connection, actor="luis")[0].detail == {"code": "cable"}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=3))
def test_hostile_text_is_made_harmless_and_verifies(records: Records, text: str, detail: dict[str, str]) -> None:
    who = actor(text, [], origin=text)
    with records.begin() as connection:
        LOG.append(connection, who, "note", "ticket", text, 1.0, detail)
    with records.read() as connection:
        assert LOG.verify(connection).intact
        newest = entries(connection, limit=1)[0]
        assert "\x1b" not in newest.actor + newest.subject + newest.origin + "".join(map(str, newest.detail.values()))


@pytest.mark.parametrize("text", ["", "12", "x:" + "0" * 64, "12:abc", "-1:" + "0" * 64])
def test_what_is_no_checkpoint_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="is not a checkpoint"):
        Checkpoint.parse(text)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(AuditLog(key=b"secret"))
