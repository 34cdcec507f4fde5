"""`nms backup`, `restore`, `doctor` and `export` on real stores."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nms.access import MONITOR
from nms.model import DEVICE_ITSELF, DeviceId, Message, Reading, TicketKind
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.samples import EmbeddedSamples
from nms.tickets.attachments import AttachmentStore
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office
from nms.tickets.work import attach
from nms.views.cli.main import run


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A configuration whose stores hold one device's two polls and one audited change."""
    (tmp_path / "config.yaml").write_text("office: {municipality: Villa de Prueba}\ndata_dir: data\n")
    (tmp_path / "data").mkdir()
    samples = EmbeddedSamples(tmp_path / "data" / "samples.db")
    for at in (1000.0, 1060.0):
        columns = {"device_uptime_seconds": [at]}
        samples.write([Reading(DeviceId("srv"), "system", at, (DEVICE_ITSELF,), columns)])
    samples.close()
    records = Records.open(tmp_path / "data" / "records.db")
    with records.begin() as connection:
        AuditLog().append(connection, MONITOR, "open", "ticket", "MC-2026-000001", 1000.0, {})
    records.close()
    return tmp_path


def nms(here: Path, *arguments: str) -> int:
    return run(None, ["--config", str(here / "config.yaml"), "--lang", "en", *arguments])  # type: ignore[arg-type]


def test_a_backup_restores_to_what_was_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nms(here, "backup", str(here / "copy")) == 0
    (here / "data" / "samples.db").unlink()
    (here / "data" / "records.db").unlink()
    assert nms(here, "restore", str(here / "copy")) == 0
    assert nms(here, "doctor") == 0
    assert "sound" in capsys.readouterr().out
    store = EmbeddedSamples(here / "data" / "samples.db", read_only=True)
    assert len(store.read(store.series()[0], 0, 2000).values) == 2
    store.close()


def test_a_restore_puts_the_old_files_aside_and_says_where(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nms(here, "backup", str(here / "copy"))
    assert nms(here, "restore", str(here / "copy")) == 0
    assert capsys.readouterr().out.count("what was there before is now") == 2
    assert len(list((here / "data").glob("*before-restore*"))) >= 2


def test_an_audit_that_was_changed_is_found(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    connection = sqlite3.connect(here / "data" / "records.db")
    connection.execute("UPDATE audit SET actor = 'nobody'")
    connection.commit()
    connection.close()
    assert nms(here, "doctor") == 1
    assert "audit" in capsys.readouterr().out


def test_a_damaged_store_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data" / "samples.db").write_bytes(b"this is not a database" * 500)
    assert nms(here, "doctor") == 1
    assert "samples.db" in capsys.readouterr().out


def test_the_doctor_says_when_the_size_budget_bites(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    samples = EmbeddedSamples(here / "data" / "samples.db")
    samples.compact(1e6)
    samples.roll_up(1e6)
    samples.close()
    with (here / "config.yaml").open("a") as settings:
        settings.write("store: {size_budget: 1000}\n")
    assert nms(here, "doctor") == 1
    assert "size budget of 0.001 MB" in capsys.readouterr().out


def test_samples_on_a_server_are_left_to_it_and_what_waits_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (here / "config.yaml").open("a") as settings:
        settings.write("store: {kind: influx, influx: {url: 'http://127.0.0.1:9'}}\n")
    (here / "data" / "samples.db").unlink()
    assert nms(here, "backup", str(here / "copy")) == 0
    assert "http://127.0.0.1:9" in capsys.readouterr().out
    assert nms(here, "restore", str(here / "copy")) == 0
    assert nms(here, "export", "srv") == 2
    assert nms(here, "doctor") == 0
    spool = here / "data" / "spool"
    spool.mkdir()
    (spool / "000000000001.lp.z").touch()
    (spool / "000000000002.lp.z.rejected").touch()
    os.utime(spool / "000000000001.lp.z", (1000, 1000))
    assert nms(here, "doctor") == 1
    found = capsys.readouterr().out
    assert "1 batches of samples wait" in found
    assert "refused 1 batches" in found


def test_history_is_exported_to_a_table(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nms(here, "export", "srv", "--output", str(here / "srv.csv")) == 0
    lines = (here / "srv.csv").read_text().splitlines()
    assert len(lines) == 3
    assert "device_uptime_seconds" in lines[1]


@pytest.mark.parametrize(
    "wrong",
    [
        ("export", "nobody"),
        ("export", "srv", "--output", "srv.docx"),
        ("export", "srv", "--from", "yesterday"),
        ("restore", "/nonexistent-folder"),
    ],
)
def test_a_wrong_call_is_one_sentence_and_exit_code_2(
    here: Path, wrong: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert nms(here, *wrong) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_files_of_tickets_go_with_the_backup_and_one_that_is_gone_is_named(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, desk = AttachmentStore(here / "data" / "attachments"), TicketDesk(Office())
    kept = files.put(b"lectura: 13.6 V\n")
    with closing(Records.open(here / "data" / "records.db")) as records, records.begin() as connection:
        draft = Draft(TicketKind.CORRECTIVE, Message("x"), "hand")
        folio = desk.open(connection, MONITOR, draft, 1_790_000_000.0).folio
        attach(connection, desk, MONITOR, folio, "lectura.txt", kept, 1_790_000_001.0)
    assert nms(here, "backup", str(here / "copy")) == 0
    assert nms(here, "doctor") == 0
    files.path(kept.sha256).unlink()
    assert nms(here, "doctor") == 1
    assert f"“lectura.txt” of {folio}" in capsys.readouterr().out
    assert nms(here, "restore", str(here / "copy")) == 0
    assert nms(here, "doctor") == 0
    assert files.get(kept.sha256) == b"lectura: 13.6 V\n"
