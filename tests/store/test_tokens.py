"""API tokens: kept as digests, ended by date or by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nms.access import Permission, UserRole
from nms.store.records import Records
from nms.store.tables.tokens import api_tokens
from nms.store.tokens import TokenBook


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    records = Records.open(tmp_path / "records.db")
    yield records
    records.close()


def test_a_token_names_its_actor_and_is_nowhere_in_the_database(records: Records) -> None:
    book = TokenBook(records, Clock())
    token = book.create("tui", [UserRole.TECHNICIAN], by="ana", departments=["tesoreria"])
    actor = book.verify(token, "127.0.0.1")
    assert actor is not None
    assert actor.may(Permission.ACKNOWLEDGE, "tesoreria")
    assert not actor.may(Permission.ACKNOWLEDGE, "catastro")
    assert actor.origin == "127.0.0.1"
    with records.read() as connection:
        assert token not in str(connection.execute(sa.select(api_tokens)).all())


def test_an_unknown_expired_or_revoked_token_names_nobody(records: Records) -> None:
    clock = Clock()
    book = TokenBook(records, clock)
    assert book.verify("nms_guess", "") is None
    short = book.create("short", [UserRole.VIEWER], by="ana", expires_at=1060.0)
    assert book.verify(short, "") is not None
    clock.now = 1061.0
    assert book.verify(short, "") is None
    kept = book.create("kept", [UserRole.VIEWER], by="ana")
    assert book.verify(kept, "") is not None
    assert book.revoke(next(row.id for row in book.rows() if row.name == "kept"))
    assert book.verify(kept, "") is None


def test_a_revocation_by_another_process_is_seen_within_a_second(records: Records) -> None:
    clock = Clock()
    mine, theirs = TokenBook(records, clock), TokenBook(records, clock)
    token = mine.create("t", [UserRole.VIEWER], by="ana")
    assert mine.verify(token, "") is not None
    theirs.revoke(theirs.rows()[0].id)
    clock.now += 1.01
    assert mine.verify(token, "") is None


def test_a_single_use_token_works_once(records: Records) -> None:
    book = TokenBook(records, Clock())
    token = book.create("setup", [UserRole.ADMINISTRATOR], by="monitor", single_use=True)
    assert book.verify(token, "") is not None
    assert book.verify(token, "") is None
