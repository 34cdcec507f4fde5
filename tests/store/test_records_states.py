from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nms.model import State
from nms.store.records import Records
from nms.store.states import StateHistory, StateInterval
from nms.store.tables.states import states

UP, DOWN, UNKNOWN, MAINTENANCE = State.UP, State.DOWN, State.UNKNOWN, State.MAINTENANCE
ROUTER, SWITCH = "device/rt-tesoreria", "device/sw-01"


def told(intervals: list[StateInterval]) -> list[tuple[str, float, float]]:
    return [(one.state.value, one.start, one.end) for one in intervals]


def rows(records: Records) -> int:
    with records.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(states)).scalar_one()


def test_only_changes_are_written(any_records: Records) -> None:
    history = StateHistory(any_records)
    history.start(0)
    for minute in range(10):
        history.observe({ROUTER: UP, SWITCH: UP if minute < 5 else DOWN}, minute * 60.0)
    assert rows(any_records) == 3
    assert told(history.intervals(SWITCH, 0, 540)) == [("up", 0, 300), ("down", 300, 540)]
    assert told(history.intervals(ROUTER, 100, 200)) == [("up", 100, 200)]


def test_an_observation_repeated_changes_nothing(records: Records) -> None:
    history = StateHistory(records)
    assert history.observe({ROUTER: UP}, 1) == 1
    assert history.observe({ROUTER: UP}, 1) == 0
    assert rows(records) == 1


def test_a_monitor_that_was_off_left_an_unknown_gap(any_records: Records) -> None:
    history = StateHistory(any_records)
    history.start(0)
    history.observe({ROUTER: UP, SWITCH: DOWN}, 0)
    history.heartbeat(1000)
    after = StateHistory(any_records)
    assert after.start(5000) == 4000
    after.observe({ROUTER: UP, SWITCH: DOWN}, 5060)
    after.heartbeat(6000)
    assert told(after.intervals(ROUTER, 0, 6000)) == [("up", 0, 1000), ("unknown", 1000, 5060), ("up", 5060, 6000)]
    assert told(after.intervals(SWITCH, 900, 5100)) == [
        ("down", 900, 1000),
        ("unknown", 1000, 5060),
        ("down", 5060, 5100),
    ]


def test_a_quick_restart_leaves_no_gap(records: Records) -> None:
    history = StateHistory(records)
    history.start(0)
    history.observe({ROUTER: UP}, 0)
    history.heartbeat(1000)
    after = StateHistory(records)
    after.start(1030)
    after.observe({ROUTER: UP}, 1060)
    assert told(after.intervals(ROUTER, 0, 1060)) == [("up", 0, 1060)]
    assert rows(records) == 1


def test_what_was_observed_after_the_last_heartbeat_is_kept(records: Records) -> None:
    history = StateHistory(records)
    history.start(0)
    history.observe({ROUTER: UP}, 0)
    history.observe({ROUTER: DOWN}, 500)
    after = StateHistory(records)
    after.start(9000)
    after.observe({ROUTER: UP}, 9010)
    assert told(after.intervals(ROUTER, 0, 9010)) == [("up", 0, 500), ("unknown", 500, 9010)]


def test_a_dead_monitor_does_not_stretch_the_last_state(records: Records) -> None:
    history = StateHistory(records)
    history.start(0)
    history.observe({ROUTER: UP}, 0)
    history.heartbeat(1000)
    assert told(StateHistory(records).intervals(ROUTER, 0, 90_000)) == [("up", 0, 1000)]


def test_a_clock_that_steps_back_never_makes_an_interval_negative(any_records: Records) -> None:
    history = StateHistory(any_records)
    history.observe({ROUTER: UP}, 1000)
    history.observe({ROUTER: DOWN}, 2000)
    history.observe({ROUTER: UP}, 500)
    history.observe({ROUTER: DOWN}, 2100)
    history.heartbeat(2200)
    assert told(history.intervals(ROUTER, 0, 3000)) == [("up", 1000, 2100), ("down", 2100, 2200)]


def test_what_left_the_inventory_ends_and_its_past_stays(records: Records) -> None:
    history = StateHistory(records)
    history.observe({ROUTER: UP, SWITCH: UP}, 0)
    history.forget([ROUTER, "device/never-seen"], 100)
    history.heartbeat(500)
    assert told(history.intervals(ROUTER, 0, 500)) == [("up", 0, 100)]
    assert set(history.present()) == {SWITCH}
    history.observe({ROUTER: DOWN}, 300)
    assert told(history.intervals(ROUTER, 0, 500)) == [("up", 0, 100), ("down", 300, 500)]


def test_an_outage_can_be_corrected_as_maintenance_and_both_stay(any_records: Records) -> None:
    history = StateHistory(any_records)
    history.start(0)
    history.observe({ROUTER: UP}, 0)
    history.observe({ROUTER: DOWN}, 100)
    history.observe({ROUTER: UP}, 200)
    history.heartbeat(1000)
    witnessed: list[str] = []
    made = history.correct(
        ROUTER, 90, 150, "ana", "agreed by telephone\x1b[31m", 1000, also=lambda _, c: witnessed.append(c.author)
    )
    again = history.correct(ROUTER, 90, 150, "ana", "agreed by telephone\x1b[31m", 1200)
    assert again.id == made.id
    assert made.reason == "agreed by telephone [31m"
    assert witnessed == ["ana"]
    corrected = [("up", 0, 90), ("maintenance", 90, 150), ("down", 150, 200), ("up", 200, 1000)]
    assert told(history.intervals(ROUTER, 0, 1000)) == corrected
    assert told(history.intervals(ROUTER, 0, 1000, corrected=False)) == [
        ("up", 0, 100),
        ("down", 100, 200),
        ("up", 200, 1000),
    ]
    assert history.set_of(ROUTER, 0, 1000, DOWN).length == 50
    history.withdraw(made.id, "luis", 1300)
    assert told(history.intervals(ROUTER, 90, 150)) == [("up", 90, 100), ("down", 100, 150)]
    assert [(one.author, one.withdrawn_by) for one in history.corrections(0, 1000)] == [("ana", "luis")]


def test_the_last_correction_wins_and_may_cover_unobserved_time(records: Records) -> None:
    history = StateHistory(records)
    history.observe({ROUTER: UP}, 100)
    history.heartbeat(300)
    history.correct(ROUTER, 50, 200, "ana", "the monitor was being moved", 400)
    history.correct(ROUTER, 150, 180, "luis", "it was up, I was there", 400, state=UP)
    assert told(history.intervals(ROUTER, 0, 400)) == [
        ("maintenance", 50, 150),
        ("up", 150, 180),
        ("maintenance", 180, 200),
        ("up", 200, 300),
    ]


@pytest.mark.parametrize(
    ("start", "end", "author", "reason"),
    [(5, 5, "ana", "x"), (5, 900, "ana", "x"), (1, 5, "", "x"), (1, 5, "ana", " \x07 ")],
)
def test_a_correction_needs_a_past_time_an_author_and_a_reason(
    records: Records, start: float, end: float, author: str, reason: str
) -> None:
    with pytest.raises(ValueError, match="a correction"):
        StateHistory(records).correct(ROUTER, start, end, author, reason, 100)


def test_withdrawing_what_is_not_there_is_told(records: Records) -> None:
    with pytest.raises(LookupError, match="no correction 7"):
        StateHistory(records).withdraw(7, "ana", 1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    observations=st.lists(st.tuples(st.integers(1, 40), st.sampled_from([UP, DOWN, UNKNOWN])), max_size=20),
    corrections=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 80)), max_size=4),
    window=st.tuples(st.integers(0, 300), st.integers(1, 300)),
)
def test_history_equals_a_second_by_second_oracle(
    tmp_path_factory: pytest.TempPathFactory,
    migrated_sqlite: Path,
    observations: list[tuple[int, State]],
    corrections: list[tuple[int, int]],
    window: tuple[int, int],
) -> None:
    folder: Path = tmp_path_factory.mktemp("oracle")
    shutil.copy(migrated_sqlite, folder / "records.db")
    records = Records.open(folder / "records.db")
    history = StateHistory(records)
    seconds: dict[int, State] = {}
    now = 0
    for wait, state in observations:
        now += wait
        history.observe({ROUTER: state}, now)
        seconds |= dict.fromkeys(range(now, 2000), state)
    history.heartbeat(2000)
    for start, length in corrections:
        history.correct(ROUTER, start, start + length, "ana", "agreed", 2000)
        seconds |= dict.fromkeys(range(start, start + length), MAINTENANCE)
    start, end = window[0], window[0] + window[1]
    found = {
        second: one.state
        for one in history.intervals(ROUTER, start, end)
        for second in range(int(one.start), int(one.end))
    }
    assert found == {second: state for second, state in seconds.items() if start <= second < end}
    records.close()
