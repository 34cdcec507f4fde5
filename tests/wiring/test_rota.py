"""The rota while the monitor runs: changed files count, mistakes do not, and what is missing is told a week before."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nms.calendars import OFFICE_ZONE, instant
from nms.config.policies import Notify
from nms.config.serving import Mail
from nms.i18n import render
from nms.model import Inventory, Person
from nms.notify.receivers import Directory
from nms.notify.rota_file import load_rota
from nms.wiring.rota import RotaWatch

PEOPLE = {
    "ana": Person("ana", "Ana Ruiz", ("on-call",), {"mail": "ana@example.invalid"}),
    "mudo": Person("mudo", "Juan Mudo", ("on-call",), {"phone": "555"}),
}


def at(text: str) -> float:
    return instant(datetime.fromisoformat(text))


MONDAY = at("2026-01-05 08:00")
ANA = "layers: [{name: guardia, people: [ana], start: 2026-01-05 08:00}]\n"


class Room:
    """A rota file, who watches it, and what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.troubles, self.writes = folder / "rota.yaml", dict[str, str](), 0
        self.directory = Directory(Notify(), Mail(host="mail.invalid"), Inventory("x", {}, {}, {}, {}, PEOPLE))
        self.watch = RotaWatch(
            self.path,
            self.directory,
            ZoneInfo("America/Mexico_City"),
            lambda now: load_rota(self.path, PEOPLE, zone=OFFICE_ZONE, now=now),
            self.troubles.__setitem__,
            lambda part: self.troubles.pop(part, None) and None,
        )

    def write(self, text: str) -> None:
        self.writes += 1
        self.path.write_text(text, encoding="utf-8")
        os.utime(self.path, (self.writes, self.writes))

    def told(self, now: float) -> list[str]:
        return [f"{one.key}: {render(one.summary, 'en')}" for one in self.watch.look(now) if one.severity]

    def on(self, now: float) -> list[str]:
        return [duty.person for duty in self.directory.rota.on_at(now)]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_changed_rota_counts_at_once_and_one_with_mistakes_does_not(room: Room) -> None:
    assert room.told(MONDAY) == []
    assert room.on(MONDAY) == []
    room.write(ANA)
    room.watch.look(MONDAY)
    assert room.on(MONDAY) == ["ana"]
    room.write(ANA.replace("ana", "anna"))
    room.watch.look(MONDAY)
    assert room.on(MONDAY) == ["ana"]
    assert room.troubles == {"rota": f"{room.path}:1: there is no person “anna” in people.yaml"}
    room.write(ANA)
    room.watch.look(MONDAY)
    assert room.troubles == {}


def test_a_gap_is_told_a_week_before_and_while_it_lasts(room: Room) -> None:
    room.write(ANA + "leave: [{person: ana, first: 2026-01-20, last: 2026-01-20}]\n")
    assert room.told(MONDAY) == []
    ahead = ["rota-gap/monitor: Nobody is on call from 2026-01-20 00:00 until 2026-01-21 00:00"]
    assert room.told(at("2026-01-14 00:00")) == ahead
    assert room.told(at("2026-01-19 23:59")) == ahead
    assert room.told(at("2026-01-20 12:00")) == ["rota-gap/monitor: Nobody is on call"]
    assert room.told(at("2026-01-21 00:00")) == []


def test_people_whom_no_message_can_reach_are_told(room: Room) -> None:
    room.write(ANA.replace("[ana]", "[ana, mudo]"))
    told = "rota-unheard/monitor: Juan Mudo is on call in the next days, and no message can reach them"
    assert room.told(MONDAY) == []
    assert room.told(MONDAY + 86_400) == [told]
    room.directory.mail = Mail()
    assert room.told(MONDAY + 86_400) == []
