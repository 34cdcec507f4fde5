from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import nms.store.tables
from nms.store.errors import (
    RecordsDamaged,
    RecordsError,
    RecordsFull,
    RecordsNewer,
    RecordsOccupied,
    RecordsReadOnly,
    RecordsUnavailable,
)
from nms.store.records import Records, metadata, serialise
from nms.store.tables.states import heartbeats, states
from tests.databases import start_postgresql


def beat(records: Records, name: str = "poller", at: float = 1.0) -> None:
    with records.begin() as connection:
        connection.execute(heartbeats.insert().values(name=name, at=at))


def beats(records: Records) -> list[str]:
    with records.read() as connection:
        return list(connection.execute(sa.select(heartbeats.c.name).order_by(heartbeats.c.name)).scalars())


def test_what_was_committed_is_there_after_reopening(any_records_url: str) -> None:
    first = Records.open(any_records_url)
    beat(first)
    first.close()
    second = Records.open(any_records_url)
    assert beats(second) == ["poller"]
    second.close()


def test_an_exception_undoes_the_whole_transaction(any_records: Records) -> None:
    def half_way() -> None:
        with any_records.begin() as connection:
            connection.execute(heartbeats.insert().values(name="poller", at=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_way()
    assert beats(any_records) == []


def test_a_read_cannot_write(any_records: Records) -> None:
    with pytest.raises(RecordsReadOnly), any_records.read() as connection:
        connection.execute(heartbeats.insert().values(name="poller", at=1))
    beat(any_records)
    assert beats(any_records) == ["poller"]


def test_a_read_sees_one_instant_while_others_write(any_records: Records) -> None:
    beat(any_records, "one")
    with any_records.read() as connection:
        count = sa.select(sa.func.count()).select_from(heartbeats)
        before = connection.execute(count).scalar()
        beat(any_records, "two")
        assert connection.execute(count).scalar() == before == 1
    assert beats(any_records) == ["one", "two"]


def test_migrations_build_what_the_tables_say(any_records: Records) -> None:
    for module in pkgutil.iter_modules(nms.store.tables.__path__, "nms.store.tables."):
        importlib.import_module(module.name)
    with any_records.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(any_records: Records) -> None:
    head = any_records.revision()
    any_records.migrate("base")
    with any_records.read() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    any_records.migrate()
    assert any_records.revision() == head
    beat(any_records)


def test_a_migration_that_fails_leaves_the_database_as_it_was(any_records: Records) -> None:
    any_records.migrate("base")
    with any_records.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE states (x INTEGER)")
    with pytest.raises(sa.exc.DBAPIError):
        any_records.migrate()
    with any_records.read() as connection:
        tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    assert tables == {"states"}
    assert any_records.revision() is None


def test_records_of_a_newer_version_are_refused_and_untouched(any_records_url: str) -> None:
    records = Records.open(any_records_url)
    with records.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'ffff'")
    records.close()
    with pytest.raises(RecordsNewer, match="newer version"):
        Records.open(any_records_url)


def test_two_programs_may_open_new_records_at_once(any_records_url: str) -> None:
    program = f"from nms.store.records import Records; Records.open({any_records_url!r}).close()"
    started = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(2)]
    errors = [process.communicate(timeout=60)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0], errors


def test_serialise_lets_one_pass_at_a_time(any_records: Records) -> None:
    beat(any_records, "counter", 0)

    def count_up() -> None:
        for _ in range(20):
            with any_records.begin() as connection:
                serialise(connection, "counter")
                at = connection.execute(sa.select(heartbeats.c.at)).scalar_one()
                connection.execute(heartbeats.update().values(at=at + 1))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with any_records.read() as connection:
        assert connection.execute(sa.select(heartbeats.c.at)).scalar_one() == 80


def test_sqlite_survives_power_cuts_by_its_settings(records: Records) -> None:
    with records.begin() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_second_writer_hears_that_the_records_are_busy(tmp_path: Path) -> None:
    one = Records.open(tmp_path / "records.db")
    other = Records.open(tmp_path / "records.db", busy_seconds=0.05)
    with one.begin(), pytest.raises(RecordsOccupied, match="busy"):
        beat(other)
    with one.begin(), pytest.raises(RecordsOccupied, match="busy"):
        Records.open(tmp_path / "records.db", busy_seconds=0.05)
    beat(other)
    one.close()
    other.close()


def test_a_full_disk_is_told_and_nothing_is_lost(records: Records) -> None:
    beat(records)
    rows = [{"subject": f"device/{n}", "state": "up" * 500, "from_at": 0.0} for n in range(2000)]

    def fill() -> None:
        with records.begin() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            connection.execute(states.insert(), rows)

    with pytest.raises(RecordsFull, match="no space"):
        fill()
    assert beats(records) == ["poller"]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "records.db").write_bytes(b"These are not records. " * 400)
    with pytest.raises(RecordsDamaged, match="restore a backup"):
        Records.open(tmp_path / "records.db")


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(RecordsUnavailable, match="does not exist"):
        Records.open(tmp_path / "nowhere" / "records.db")


def test_a_file_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        program = "\n".join(
            [
                "import os, sys",
                "from nms.store.records import Records",
                "os.setgid(65534); os.setuid(65534)",
                "try:",
                "    Records.open(sys.argv[1])",
                "except Exception as error:",
                "    sys.stdout.write(type(error).__name__)",
            ]
        )
        tmp_path.chmod(0o755)
        for folder in tmp_path.parents:
            if folder.stat().st_mode & 0o005 != 0o005:
                folder.chmod(0o755)
        Records.open(tmp_path / "records.db").close()
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "records.db")], capture_output=True)
        assert done.stdout.decode() in {"RecordsReadOnly", "RecordsUnavailable"}, done.stderr
    else:
        Records.open(tmp_path / "records.db").close()
        (tmp_path / "records.db").chmod(0o444)
        with pytest.raises(RecordsReadOnly):
            Records.open(tmp_path / "records.db")


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    with pytest.raises(RecordsUnavailable, match="cannot be opened") as caught:
        Records.open("postgresql://nms:s3cret@127.0.0.1:1/nms")
    assert "s3cret" not in str(caught.value)


def test_a_server_that_goes_away_is_told_each_time() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nms-postgresql-"))
    try:
        with start_postgresql(folder) as server:
            records = Records.open(f"postgresql://nms@127.0.0.1:{server.port}/postgres")
            beat(records)
        for _ in range(2):
            with pytest.raises(RecordsUnavailable):
                beat(records, "lost")
        records.close()
    finally:
        shutil.rmtree(folder)
    server.log.unlink()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "http://x", "nonsense://"])
def test_other_addresses_are_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(RecordsUnavailable, match="write sqlite:///FILE"):
        Records.open(url)


def test_a_backup_is_taken_while_the_records_are_written(records: Records, tmp_path: Path) -> None:
    beat(records, "before")
    with records.begin() as connection:
        connection.execute(heartbeats.insert().values(name="not yet committed", at=1))
        records.backup(tmp_path / "copy.db")
    copy = Records.open(tmp_path / "copy.db")
    assert beats(copy) == ["before"]
    copy.close()


def test_a_backup_that_fails_leaves_the_former_one(records: Records, tmp_path: Path) -> None:
    records.backup(tmp_path / "copy.db")
    before = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "copy.db.partial").mkdir()
    with pytest.raises(RecordsError, match="backup to"):
        records.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == before


def test_postgresql_is_backed_up_by_its_own_tools(new_postgresql: Callable[[], str], tmp_path: Path) -> None:
    records = Records.open(new_postgresql())
    with pytest.raises(RecordsError, match="pg_dump"):
        records.backup(tmp_path / "copy.db")
    records.close()


def test_foreign_keys_hold_on_both(any_records: Records) -> None:
    insert = "INSERT INTO intents (at, kind, incident, severity, detail) VALUES (1, 'opened', 999, 3, '{}')"
    with pytest.raises(sa.exc.IntegrityError), any_records.begin() as connection:
        connection.exec_driver_sql(insert)


def test_records_written_by_a_thread_are_read_by_another(records: Records) -> None:
    thread = threading.Thread(target=beat, args=(records,))
    thread.start()
    thread.join()
    assert beats(records) == ["poller"]


def test_the_copy_is_one_plain_file(records: Records, tmp_path: Path) -> None:
    beat(records)
    records.backup(tmp_path / "copy.db")
    with sqlite3.connect(f"file:{tmp_path / 'copy.db'}?mode=ro", uri=True) as copy:
        assert copy.execute("SELECT name FROM heartbeats").fetchall() == [("poller",)]
    copy.close()
    assert {path.name for path in tmp_path.glob("copy*")} == {"copy.db"}
