from __future__ import annotations

import os
from pathlib import Path

import pytest

from nms.access import Forbidden
from nms.model import DeviceId, TicketKind, TicketStatus
from nms.store.records import Records
from nms.tickets.attachments import AttachmentStore, file_name, media_type_of
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NoSuchTicket, NotNow, StepsMissing, Unusable
from nms.tickets.evidence import StepVerdict
from nms.tickets.listing import show_ticket
from nms.tickets.playbooks import PlaybookBook
from nms.tickets.steps import StepDesk
from nms.tickets.work import attach
from tests.tickets.conftest import (
    ADMINISTRATOR,
    CATALOGUE,
    MANAGER,
    NOON,
    TECHNICIAN,
    an_office,
    draft,
    playbook,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def steps(desk: TicketDesk) -> StepDesk:
    return StepDesk(desk)


def opened(records: Records, desk: TicketDesk) -> str:
    with records.begin() as connection:
        made = draft(kind=TicketKind.PREVENTIVE, playbook="ups-prueba", device=DeviceId("ups-01"))
        return desk.open(connection, TECHNICIAN, made, NOON).folio


def resolve(records: Records, desk: TicketDesk, folio: str) -> TicketStatus:
    with records.begin() as connection:
        return desk.resolve(connection, TECHNICIAN, folio, NOON + 60, cause="wear", solution="completed").status


def test_a_ticket_ends_only_with_the_evidence_of_its_mandatory_steps(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with pytest.raises(StepsMissing) as missing:
        resolve(any_records, steps.desk, folio)
    assert missing.value.steps == ("visual", "flotacion")
    with any_records.begin() as connection:
        assert steps.enter(connection, TECHNICIAN, folio, "visual", "sin hinchazón", NOON).done
        assert steps.enter(connection, TECHNICIAN, folio, "flotacion", "13.6", NOON).done
    assert resolve(any_records, steps.desk, folio) is TicketStatus.RESOLVED


def test_a_measurement_outside_its_limits_needs_a_remark(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with any_records.begin() as connection:
        state = steps.enter(connection, TECHNICIAN, folio, "flotacion", "12,9", NOON)
        assert (state.done, state.last and state.last.verdict) == (False, StepVerdict.OUTSIDE)
        state = steps.enter(connection, TECHNICIAN, folio, "flotacion", "12.9", NOON + 1, "bloque 3, se pide cambio")
        assert state.done
        assert [one.value for one in state.evidence] == [12.9, 12.9]


def test_what_is_no_number_is_refused(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with any_records.begin() as connection:
        for text in ("", "trece", "nan", "inf", "13.6 V", "1.2.3"):
            with pytest.raises(Unusable, match="is not a number"):
                steps.enter(connection, TECHNICIAN, folio, "flotacion", text, NOON)
        state = steps.enter(connection, TECHNICIAN, folio, "flotacion", "345,678", NOON)
        assert state.last is not None
        assert state.last.value == 345_678.0


def test_a_ticket_keeps_the_steps_of_its_own_version(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    newer = playbook(version="2.0", steps=[{"id": "otro", "do": "Otra cosa."}])
    later = TicketDesk(an_office(playbooks=PlaybookBook({"ups-prueba": newer}, CATALOGUE)))
    with any_records.begin() as connection:
        StepDesk(later).enter(connection, TECHNICIAN, folio, "visual", "bien", NOON)
        shown = show_ticket(connection, later, folio, NOON)
    assert (shown.case.playbook_version, [one.step.id for one in shown.steps][:2]) == ("1.0", ["visual", "flotacion"])
    other = opened(any_records, later)
    with any_records.read() as connection:
        assert [one.step.id for one in show_ticket(connection, later, other, NOON).steps] == ["otro"]


def test_a_step_is_waived_only_by_who_may_and_with_a_reason(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with any_records.begin() as connection:
        with pytest.raises(Forbidden):
            steps.waive(connection, TECHNICIAN, folio, "flotacion", "no hay multímetro", NOON)
        with pytest.raises(Unusable, match="say why"):
            steps.waive(connection, MANAGER, folio, "flotacion", "", NOON)
        assert steps.waive(connection, MANAGER, folio, "flotacion", "UPS sellado", NOON).done
        steps.enter(connection, TECHNICIAN, folio, "visual", "ok", NOON)
    assert resolve(any_records, steps.desk, folio) is TicketStatus.RESOLVED


def test_evidence_stays_and_cannot_be_added_afterwards(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with any_records.begin() as connection:
        for step in ("visual", "flotacion"):
            steps.enter(connection, TECHNICIAN, folio, step, "13.5", NOON)
    resolve(any_records, steps.desk, folio)
    with any_records.begin() as connection:
        with pytest.raises(NotNow, match="stand as they are"):
            steps.enter(connection, TECHNICIAN, folio, "flotacion", "13.6", NOON)
        steps.desk.close(connection, MANAGER, folio, NOON + 120)
        shown = show_ticket(connection, steps.desk, folio, NOON + 130)
    assert [one.last.value if one.last else None for one in shown.steps[:2]] == [None, 13.5]


def test_a_photo_is_kept_once_by_its_hash_and_proves_its_step(
    any_records: Records, steps: StepDesk, tmp_path: Path
) -> None:
    folio = opened(any_records, steps.desk)
    store = AttachmentStore(tmp_path / "attachments")
    with any_records.begin() as connection:
        kept = store.put(PNG)
        number = attach(connection, steps.desk, TECHNICIAN, folio, "C:\\fotos\\banco.exe", kept, NOON)
        attach(connection, steps.desk, TECHNICIAN, folio, "otra.png", store.put(PNG), NOON)
        assert steps.attach(connection, TECHNICIAN, folio, "foto", number, NOON).done
        with pytest.raises(Unusable, match="takes a file"):
            steps.enter(connection, TECHNICIAN, folio, "foto", "sí", NOON)
        shown = show_ticket(connection, steps.desk, folio, NOON)
    first, second = shown.attachments
    assert (first["name"], first["media_type"], first["sha256"]) == ("banco.png", "image/png", second["sha256"])
    assert store.get(first["sha256"]) == PNG
    assert len([one for one in (tmp_path / "attachments").rglob("*") if one.is_file()]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b'<?xml version="1.0"?><svg onload="x"/>',
        b"MZ\x90\0",
        b"PK\x03\x04",
        b"texto\x1b[31m",
        b"\xff\xfe\0",
    ],
)
def test_files_that_could_run_are_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(Unusable):
        AttachmentStore(tmp_path).put(content)
    assert list(tmp_path.iterdir()) == []


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"larger than 1\.5 MB"):
        AttachmentStore(tmp_path, largest=1_500_000).put(b"a" * 1_500_001)


def test_a_file_that_was_changed_on_disk_is_not_given_out(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.put(b"lectura: 13.6 V\n")
    store.path(kept.sha256).write_bytes(b"lectura: 99 V\n")
    with pytest.raises(Unusable, match="is not what was attached"):
        store.get(kept.sha256)
    with pytest.raises(Unusable, match="no such file"):
        store.get("../../etc/passwd")


def test_a_disk_that_does_not_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unusable, match="No space"):
        AttachmentStore(tmp_path).put(PNG)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("foto del UPS.jpeg", "foto del UPS.txt"),
        ("\x1b[31m", "_31m.txt"),
        ("", "adjunto.txt"),
        ("...", "adjunto.txt"),
        ("=cmd|' /C calc'!A0.csv", "_ C calc'_A0.txt"),
    ],
)
def test_names_of_files_are_harmless(raw: str, name: str) -> None:
    made = file_name(raw, "text/plain")
    assert "/" not in made
    assert "\\" not in made
    assert not made.startswith((".", "="))
    assert made.endswith(".txt")
    if "cmd" not in raw:
        assert made == name


def test_types_come_from_the_content() -> None:
    assert media_type_of(PNG) == "image/png"
    assert media_type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert media_type_of(b"%PDF-1.7") == "application/pdf"
    assert media_type_of("tensión\t13.6\n".encode()) == "text/plain"
    assert media_type_of("tensión\r\n".encode("utf-8-sig")) == "text/plain"


def test_a_step_that_wants_a_photo_takes_no_text(any_records: Records, steps: StepDesk, tmp_path: Path) -> None:
    folio, other = opened(any_records, steps.desk), opened(any_records, steps.desk)
    kept = AttachmentStore(tmp_path).put(b"no es una foto\n")
    with any_records.begin() as connection:
        number = attach(connection, steps.desk, TECHNICIAN, folio, "foto.png", kept, NOON)
        with pytest.raises(Unusable, match="wants a photo"):
            steps.attach(connection, TECHNICIAN, folio, "foto", number, NOON)
        with pytest.raises(Unusable, match="does not take a file"):
            steps.attach(connection, TECHNICIAN, folio, "visual", number, NOON)
        with pytest.raises(NoSuchTicket, match="has no attachment"):
            steps.attach(connection, TECHNICIAN, other, "foto", number, NOON)


def test_a_damaged_file_is_made_good_when_it_comes_again(tmp_path: Path) -> None:
    store = AttachmentStore(tmp_path)
    kept = store.put(PNG)
    store.path(kept.sha256).write_bytes(PNG[:4])
    store.put(PNG)
    assert store.get(kept.sha256) == PNG


def test_who_only_reads_enters_nothing(any_records: Records, steps: StepDesk) -> None:
    folio = opened(any_records, steps.desk)
    with any_records.begin() as connection:
        with pytest.raises(Forbidden):
            steps.enter(connection, MANAGER, folio, "visual", "ok", NOON)
        with pytest.raises(Unusable, match="has no step"):
            steps.enter(connection, ADMINISTRATOR, folio, "inexistente", "ok", NOON)
