"""Who is visited when: nights by the office clock, notices that settle, failures that are tried again."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nms.collect.configuration.schedule import ASKED, NIGHT, NOTICED, UNSAVED, FetchSchedule, share
from nms.config.backups import ConfigurationBackup
from nms.model import DeviceId

ZONE = ZoneInfo("America/Mexico_City")
SETTINGS = ConfigurationBackup()
DEVICES = [DeviceId(f"sw-{number:02d}") for number in range(39)]
SW = DEVICES[0]


def at(text: str, zone: ZoneInfo = ZONE) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def schedule(now: float, succeeded: float | None = None) -> FetchSchedule:
    made = FetchSchedule(DEVICES, SETTINGS, ZONE)
    made.begin(now, dict.fromkeys(DEVICES, succeeded if succeeded is not None else now))
    return made


def test_each_night_everybody_is_visited_once_spread_over_the_time_that_is_set() -> None:
    made = schedule(at("2026-03-03 12:00"))
    assert made.due(at("2026-03-04 01:59:59")) == []
    visited: list[DeviceId] = []
    for second in range(0, 1300, 5):
        visited += [device for device, visit in made.due(at("2026-03-04 02:00") + second) if visit.reason == NIGHT]
        if second == 600:
            assert 8 < len(visited) < 31
    assert sorted(visited) == DEVICES
    assert made.next_night == at("2026-03-05 02:00")


def test_what_the_last_night_missed_is_fetched_soon_after_the_start() -> None:
    now = at("2026-03-04 09:00")
    made = FetchSchedule(DEVICES, SETTINGS, ZONE)
    made.begin(now, {SW: at("2026-03-04 02:10"), DEVICES[1]: at("2026-03-03 02:10"), DEVICES[2]: None})
    assert SW not in made.ahead
    assert len(made.ahead) == 38
    assert all(now <= visit.at <= now + 300 for visit in made.ahead.values())


@pytest.mark.parametrize(
    ("before", "after"), [("2026-03-08 12:00", "2026-03-09 02:00"), ("2026-11-01 12:00", "2026-11-02 02:00")]
)
def test_the_night_keeps_its_hour_when_clocks_change(before: str, after: str) -> None:
    zone = ZoneInfo("America/Tijuana")
    made = FetchSchedule(DEVICES, SETTINGS, zone)
    made.begin(at(before, zone), {})
    assert made.next_night == at(after, zone)


def test_notices_push_a_visit_back_until_the_work_has_settled_but_not_for_ever() -> None:
    now = at("2026-03-04 10:00")
    made = schedule(now)
    made.noticed(SW, "ana", now)
    made.noticed(SW, "", now + 100)
    assert made.due(now + 200) == []
    assert made.due(now + 220)[0][1].by == "ana"
    for second in range(0, 700, 50):
        made.noticed(SW, "ana", now + 1000 + second)
        if made.due(now + 1000 + second):
            break
    assert second == 600


def test_a_failure_is_tried_again_so_often_and_a_refused_log_in_is_not() -> None:
    now = at("2026-03-04 10:00")
    made = schedule(now)
    visit = made.asked(SW, "ana", now)
    assert visit.reason == ASKED
    for attempt in (2, 3):
        made.failed(SW, visit, now, is_refused=False)
        ((_, visit),) = made.due(now + SETTINGS.retry)
        assert visit.attempt == attempt
    made.failed(SW, visit, now, is_refused=False)
    assert made.ahead == {}
    made.failed(SW, made.asked(SW, "ana", now), now, is_refused=True)
    assert made.ahead == {}


def test_who_a_notice_named_is_not_forgotten_when_somebody_asks_first() -> None:
    now = at("2026-03-04 10:00")
    made = schedule(now)
    made.noticed(SW, "beto", now)
    assert made.asked(SW, "ana", now).by == "beto"
    assert made.ahead == {}


def test_an_unsaved_change_is_looked_at_once_more() -> None:
    now = at("2026-03-04 10:00")
    made = schedule(now)
    made.unsaved(SW, now, now)
    ((_, visit),) = made.due(now + 3600)
    assert visit.reason == UNSAVED
    made.unsaved(SW, now, now + 3600)
    assert made.ahead == {}
    made.noticed(SW, "ana", now)
    made.unsaved(SW, now, now)
    assert made.ahead[SW].reason == NOTICED


def test_a_clock_that_is_set_back_starts_no_second_night() -> None:
    made = schedule(at("2026-03-04 01:00"))
    assert made.due(at("2026-03-04 03:00"))
    assert made.due(at("2026-03-04 01:30")) == []
    assert made.due(at("2026-03-04 03:00")) == []


def test_a_clock_that_was_years_ahead_for_a_while_costs_no_nights() -> None:
    made = schedule(at("2033-03-04 01:00"))
    assert made.due(at("2026-03-04 01:00")) == []
    assert made.next_night == at("2026-03-04 02:00")


def test_places_in_the_night_are_spread_and_lasting() -> None:
    shares = sorted(share(f"device-{number}") for number in range(1000))
    assert all(abs(one - number / 1000) < 0.06 for number, one in enumerate(shares))
