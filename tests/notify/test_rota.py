from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from nms.calendars import Holidays, Interval, day_instant, instant
from nms.documents import DocumentError, loads
from nms.model import Person
from nms.notify.ical import BadCalendar, leave_in, shifts_out
from nms.notify.rota import Duty, Rota
from nms.notify.rota_file import files_of, load_rota, read_rota

PEOPLE = {name: Person(name, name.title()) for name in ("ana", "benito", "carmen", "jefa")}

WEEKLY = """
layers:
  - name: guardia
    people: [ana, benito, carmen]
    start: 2026-01-05 08:00
leave:
  - {person: benito, first: 2026-01-14, last: 2026-01-15}
swaps:
  - {layer: guardia, start: 2026-01-07 08:00, end: 2026-01-08 08:00, takes: carmen}
fallback: jefa
"""


def at(text: str) -> float:
    return instant(datetime.fromisoformat(text))


def rota(text: str = WEEKLY, **more: object) -> Rota:
    return read_rota(loads(text, "rota.yaml"), PEOPLE, **more)  # type: ignore[arg-type]


def who(one: Rota, text: str) -> list[str]:
    return [duty.person for duty in one.on_at(at(text))]


def test_turns_hand_over_by_the_office_clock() -> None:
    weekly = rota()
    assert who(weekly, "2026-01-05 07:59") == ["carmen"]
    assert who(weekly, "2026-01-05 08:00") == ["ana"]
    assert who(weekly, "2026-01-12 08:00") == ["benito"]
    assert who(weekly, "2026-01-26 08:00") == ["ana"]


def test_a_swap_takes_a_piece_of_a_turn() -> None:
    weekly = rota()
    assert [who(weekly, f"2026-01-0{day} 12:00") for day in (6, 7, 8)] == [["ana"], ["carmen"], ["ana"]]


def test_the_next_of_the_rotation_stands_in_for_leave_and_it_is_said_before() -> None:
    weekly = rota()
    assert who(weekly, "2026-01-14 12:00") == ["carmen"]
    (stand_in,) = [duty for duty in weekly.duties(at("2026-01-12 08:00"), at("2026-01-19 08:00")) if duty.stands_in_for]
    assert (stand_in.person, stand_in.stands_in_for) == ("carmen", "benito")
    assert stand_in.interval == Interval(day_instant(date(2026, 1, 14), 0), day_instant(date(2026, 1, 16), 0))
    (problem,) = weekly.problems(at("2026-01-12 08:00"), at("2026-01-19 08:00"))
    assert (problem.kind, problem.message.params["other"]) == ("leave", "carmen")


def test_hours_without_duty_are_gaps_found_before_they_come() -> None:
    office_hours = rota(
        """
layers:
  - {name: dia, people: [ana], start: 2026-01-05 08:00, hours: {weekly: {weekdays: "08:00-16:00"}}}
  - {name: noche, people: [benito], start: 2026-01-05 08:00, hours: {weekly: {daily: "16:00-08:00"}}}
"""
    )
    problems = office_hours.problems(at("2026-01-05 08:00"), at("2026-01-12 08:00"))
    assert [(one.kind, one.interval) for one in problems] == [
        ("gap", Interval(at("2026-01-10 08:00"), at("2026-01-10 16:00"))),
        ("gap", Interval(at("2026-01-11 08:00"), at("2026-01-11 16:00"))),
    ]


def test_a_holiday_can_have_nobody_or_other_hours() -> None:
    text = """
layers:
  - {name: a, people: [ana], start: 2026-01-05 08:00, on_holidays: []}
  - {name: b, people: [benito], start: 2026-01-05 08:00, on_holidays: "09:00-14:00"}
"""
    new_year = rota(text, holidays=Holidays("MX"))
    assert who(new_year, "2027-01-01 10:00") == ["benito"]
    assert who(new_year, "2027-01-01 15:00") == []
    assert who(new_year, "2027-01-02 15:00") == ["ana", "benito"]


def test_turns_keep_their_hour_when_the_clocks_change() -> None:
    text = "layers: [{name: a, people: [ana, benito], start: 2026-03-02 08:00}]"
    tijuana = rota(text, zone=ZoneInfo("America/Tijuana"))
    change = [duty.interval.start for duty in tijuana.duties(at("2026-03-03 00:00"), at("2026-03-20 00:00"))][1:]
    assert [datetime.fromtimestamp(one, UTC).hour for one in change] == [15, 15]


def test_people_whom_nothing_can_reach_are_found() -> None:
    problems = rota("layers: [{name: a, people: [ana, benito], start: 2026-01-05 08:00}]").problems(
        at("2026-01-05 08:00"), at("2026-01-19 08:00"), {"ana": True, "benito": False}
    )
    assert [(one.kind, one.message.params) for one in problems] == [("contact", {"person": "benito"})]


def test_backups_and_departments_are_told_apart() -> None:
    text = """
layers:
  - {name: a, people: [ana], start: 2026-01-05 08:00, departments: [obras]}
  - {name: b, people: [benito], start: 2026-01-05 08:00, backup: true}
"""
    two, now = rota(text), at("2026-01-06 08:00")
    assert [duty.person for duty in two.on_at(now, department="obras")] == ["ana"]
    assert [duty.person for duty in two.on_at(now, department="tesoreria")] == []
    assert [duty.person for duty in two.on_at(now, backup=True)] == ["benito"]


def test_every_mistake_of_a_rota_is_told_with_its_line() -> None:
    text = """layers:
  - {name: a, people: [anna], start: 2026-01-05 08:00}
  - {name: a, people: [ana], start: 2026-01-05 08:00}
leave:
  - {person: ana, first: 2026-01-05, last: 2026-01-01}
swaps:
  - {layer: b, start: 2026-01-05 08:00, end: 2026-01-05 08:00, takes: ana}
"""
    with pytest.raises(DocumentError) as caught:
        rota(text)
    told = [(problem.line, problem.message.template) for problem in caught.value.problems]
    assert told == [
        (2, "there is no person “{name}” in people.yaml"),
        (3, "the duty “{name}” is written twice"),
        (5, "this leave ends before it starts"),
        (7, "there is no duty “{name}” among the layers"),
        (7, "this swap ends before it starts"),
    ]
    assert caught.value.problems[0].hint is not None


def test_a_rota_that_is_not_there_is_an_empty_one(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert load_rota(tmp_path / "rota.yaml", PEOPLE) == Rota()
    assert Rota().problems(0, 100) == []


def test_shifts_go_out_as_a_calendar_that_other_programs_read() -> None:
    duties = rota().duties(at("2026-01-05 08:00"), at("2026-01-19 08:00"))
    hostile = {**PEOPLE, "ana": Person("ana", "Ana\r\nATTACH:http://x\x1b")}
    data = shifts_out(duties, hostile, at("2026-01-01 00:00"), "Guardia")
    events = Calendar.from_ical(data).walk("VEVENT")
    assert [str(one["summary"]) for one in events][:2] == ["guardia: Ana ATTACH:http://x", "guardia: Carmen"]
    assert [one.decoded("dtstart").timestamp() for one in events] == [duty.interval.start for duty in duties]
    assert len({str(one["uid"]) for one in events}) == len(duties)
    assert b"\nATTACH" not in data


def test_what_went_out_comes_in_again() -> None:
    duties = [Duty("ana", "a", Interval(1_800_000_000.0, 1_800_003_600.0))]
    data = shifts_out(duties, PEOPLE, 0).replace(b"TRANSP:TRANSPARENT", b"TRANSP:OPAQUE")
    assert list(leave_in(data, 1_700_000_000, 1_900_000_000)) == [Interval(1_800_000_000.0, 1_800_003_600.0)]


LEAVE = b"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260105
DTEND;VALUE=DATE:20260107
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20260110T080000
DURATION:PT2H
RRULE:FREQ=DAILY;COUNT=3
EXDATE:20260111T080000
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20260120T080000Z
DTEND:20260120T090000Z
STATUS:CANCELLED
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20260121T080000Z
DTEND:20260121T090000Z
TRANSP:TRANSPARENT
END:VEVENT
END:VCALENDAR
""".replace(b"\n", b"\r\n")


def test_leave_comes_in_by_days_hours_and_recurrence() -> None:
    away = leave_in(LEAVE, at("2026-01-01 00:00"), at("2026-02-01 00:00"))
    assert list(away) == [
        Interval(at("2026-01-05 00:00"), at("2026-01-07 00:00")),
        Interval(at("2026-01-10 08:00"), at("2026-01-10 10:00")),
        Interval(at("2026-01-12 08:00"), at("2026-01-12 10:00")),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"no calendar",
        b"\xff\xfe\x00",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        LEAVE.replace(b"FREQ=DAILY", b"FREQ=SECONDLY"),
        b"x" * 6_000_000,
    ],
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(BadCalendar):
        leave_in(data, 0, at("2027-01-01 00:00"))


def test_a_calendar_says_who_is_away_by_the_words_of_its_titles(tmp_path: Path) -> None:
    titled = LEAVE.replace(b"UID:1\r\n", b"UID:1\r\nSUMMARY:Vacaciones de Ana\r\n")
    (tmp_path / "ana.ics").write_bytes(titled)
    (tmp_path / "rota.yaml").write_text(
        WEEKLY + "calendars: [{person: ana, file: ana.ics, about: VACACIONES}]\n", encoding="utf-8"
    )
    weekly = load_rota(tmp_path / "rota.yaml", PEOPLE, now=at("2026-01-01 00:00"))
    assert who(weekly, "2026-01-05 12:00") == ["benito"]
    assert who(weekly, "2026-01-10 09:00") == ["ana"]
    assert [one.name for one in files_of(tmp_path / "rota.yaml")] == ["rota.yaml", "ana.ics"]


def test_a_calendar_that_cannot_be_read_is_a_mistake_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.ics").write_bytes(b"no calendar")
    text = "calendars:\n  - {person: ana, file: none.ics}\n  - {person: anna, file: bad.ics}\n"
    (tmp_path / "rota.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_rota(tmp_path / "rota.yaml", PEOPLE)
    told = [(problem.line, problem.message.template) for problem in caught.value.problems]
    assert told == [
        (2, "the calendar {file} cannot be read: {reason_msgid}"),
        (3, "there is no person “{name}” in people.yaml"),
        (3, "the calendar {file} cannot be read: {reason_msgid}"),
    ]
