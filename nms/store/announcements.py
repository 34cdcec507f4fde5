"""Announcements on the public status page: written by whoever may, shown from an instant to another, or withdrawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from nms.access import Actor, Permission, require
from nms.refusals import Unfit
from nms.store.audit import AuditLog
from nms.store.records import Records
from nms.store.tables.announcements import announcements
from nms.text import clean

LONGEST_TITLE = 200
LONGEST_TEXT = 4000
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Announcement:
    """`departments`: whose services it is about, none for all. `withdrawn_at` None: it counts until it ends."""

    id: int
    title: str
    text: str
    departments: tuple[str, ...]
    author: str
    starts_at: float
    ends_at: float
    created_at: float
    withdrawn_at: float | None = None


class AnnouncementBook:
    """Keeps them. Whatever is withdrawn or over stays, for the audit and for who asks later."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock
        self._audit = AuditLog()

    def announce(
        self,
        actor: Actor,
        title: str,
        text: str,
        ends_at: float,
        *,
        starts_at: float | None = None,
        departments: Sequence[str] = (),
    ) -> Announcement:
        """Raises: Forbidden; ValueError for an empty title, or an end that is over or before the beginning."""
        for department in (*departments, None):
            require(actor, Permission.ANNOUNCE, department)
        if not departments and actor.departments:
            departments = sorted(actor.departments)
        now = self._clock()
        start = now if starts_at is None else starts_at
        headline = clean(title, limit=LONGEST_TITLE)
        values = {
            "title": headline,
            "text": clean(text, limit=LONGEST_TEXT, keep_newlines=True),
            "departments": sorted(set(departments)),
            "author": actor.name,
            "starts_at": start,
            "ends_at": ends_at,
            "created_at": now,
        }
        if not headline:
            raise Unfit("an announcement needs a title: say in one line what people should know")
        if ends_at <= max(start, now):
            raise Unfit("an announcement must end after now and after it begins")
        with self._records.begin() as connection:
            insertion = announcements.insert().values(values).returning(announcements)
            made = _of(connection.execute(insertion).mappings().one())
            detail: dict[str, str | float] = {"title": headline, "starts_at": start, "ends_at": ends_at}
            self._audit.append(connection, actor, "announce", "announcement", str(made.id), now, detail)
        return made

    def withdraw(self, actor: Actor, number: int) -> bool:
        """Takes it off the page; false where there is none, or it was taken off already. Raises: Forbidden."""
        require(actor, Permission.ANNOUNCE)
        now = self._clock()
        with self._records.begin() as connection:
            query = sa.select(announcements.c.departments).where(
                announcements.c.id == number, announcements.c.withdrawn_at.is_(None)
            )
            row = connection.execute(query).one_or_none()
            if row is None:
                return False
            for department in row.departments or ([""] if actor.departments else []):
                require(actor, Permission.ANNOUNCE, department)
            this = announcements.update().where(announcements.c.id == number)
            connection.execute(this.values(withdrawn_at=now))
            self._audit.append(connection, actor, "withdraw", "announcement", str(number), now)
        return True

    def now(self) -> float:
        """By whose clock they appear and end."""
        return self._clock()

    def rows(self) -> list[Announcement]:
        """The newest first."""
        query = sa.select(announcements).order_by(announcements.c.id.desc()).limit(MOST_LISTED)
        with self._records.read() as connection:
            return [_of(row) for row in connection.execute(query).mappings()]

    def since(self, begin: float, now: float) -> list[Announcement]:
        """Those of a period that the public has seen or sees now, the newest first; withdrawn ones are left out."""
        column = announcements.c
        query = (
            sa.select(announcements)
            .where(column.ends_at > begin, column.starts_at <= now, column.withdrawn_at.is_(None))
            .order_by(column.starts_at.desc(), column.id.desc())
            .limit(MOST_LISTED)
        )
        with self._records.read() as connection:
            return [_of(row) for row in connection.execute(query).mappings()]


def _of(row: sa.RowMapping) -> Announcement:
    return Announcement(**{**row, "departments": tuple(row["departments"])})
