from __future__ import annotations

import pytest
import sqlalchemy as sa

from nms.config.secrets import Secret
from nms.notify.watchdog import Watchdog, WatchEvent
from nms.store.records import Records
from nms.store.tables.states import heartbeats
from tests.notify.servers import http_sink


class Told:
    def __init__(self) -> None:
        self.events: list[WatchEvent] = []
        self.restarts = 0

    def kinds(self) -> list[str]:
        taken, self.events = self.events, []
        return [f"{event.part} {event.kind}" for event in taken]

    def restart(self) -> None:
        self.restarts += 1


def test_a_part_that_hangs_is_restarted_and_said_so() -> None:
    told = Told()
    dog = Watchdog(told.events.append)
    dog.tell = lambda event: told.events.append(event)
    dog.watch("poller", 30, 0, told.restart)
    for now in range(0, 100, 10):
        dog.beat("poller", now)
        assert dog.check(now) == []
    assert dog.check(121) == ["poller"]
    assert told.kinds() == ["poller hung", "poller restarted"]
    assert told.restarts == 1
    assert dog.check(130) == ["poller"], "it is given time to come back"
    assert told.restarts == 1
    dog.beat("poller", 140)
    assert told.kinds() == ["poller recovered"]
    assert dog.check(141) == []


def test_a_part_that_stays_silent_is_restarted_again_later() -> None:
    told = Told()
    dog = Watchdog(lambda event: told.events.append(event))
    dog.watch("poller", 30, 0, told.restart)
    for now in range(200):
        dog.check(now)
    assert told.restarts == 6


def test_a_restart_that_fails_is_said_and_the_others_are_still_watched() -> None:
    told = Told()

    def broken() -> None:
        raise OSError("no")

    dog = Watchdog(lambda event: told.events.append(event))
    dog.watch("store", 30, 0, broken)
    dog.watch("notifier", 30, 0, told.restart)
    dog.watch("passive", 30, 0)
    assert dog.check(31) == ["store", "notifier", "passive"]
    assert told.kinds() == [
        "store hung",
        "store restart-failed",
        "notifier hung",
        "notifier restarted",
        "passive hung",
    ]


def test_a_clock_set_back_is_no_silence() -> None:
    told = Told()
    dog = Watchdog(lambda event: told.events.append(event))
    dog.watch("poller", 30, 10_000, told.restart)
    assert dog.check(5000) == []
    assert dog.check(5020) == []
    assert dog.check(5031) == ["poller"]


def test_the_outside_hears_the_monitor_only_while_it_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    with http_sink() as sink:
        monkeypatch.setenv("DEAD_MAN", f"http://127.0.0.1:{sink.port}/ping/abc")
        dog = Watchdog(lambda event: told.events.append(event), Secret("env:DEAD_MAN"))
        dog.watch("poller", 30, 0)
        assert dog.ping(10) is True
        assert [request for request, _, _ in sink.requests] == ["GET /ping/abc"]
        assert dog.ping(100) is False
        assert len(sink.requests) == 1
        dog.beat("poller", 110)
        told.kinds()
        sink.status = 500
        assert dog.ping(111) is False
        assert dog.ping(112) is False
        sink.status = 200
        assert dog.ping(113) is True
    assert told.kinds() == ["dead-man unheard", "dead-man recovered"]


def test_the_outside_address_may_lead_on_to_itself_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    with http_sink() as inner, http_sink() as sink:
        monkeypatch.setenv("DEAD_MAN", f"http://127.0.0.1:{sink.port}/ping")
        dog = Watchdog(lambda event: None, Secret("env:DEAD_MAN"))
        sink.status, sink.location = 302, f"http://127.0.0.2:{inner.port}/inside"
        assert dog.ping(10) is False
        assert inner.requests == []
        sink.location = f"http://127.0.0.1:{inner.port}/here"
        assert dog.ping(11) is True
        assert [request for request, _, _ in inner.requests] == ["GET /here"]


def test_a_machine_that_was_suspended_blames_nobody() -> None:
    told = Told()
    dog = Watchdog(lambda event: told.events.append(event))
    dog.watch("poller", 30, 0, told.restart)
    dog.excuse(7200)
    assert dog.check(7201) == []
    assert told.kinds() == []


def test_without_an_address_nobody_is_pinged() -> None:
    assert Watchdog().ping(0) is False


def test_signs_of_life_are_left_in_the_records(records: Records) -> None:
    dog = Watchdog(records=records)
    dog.watch("poller", 30, 5)
    dog.keep()
    with records.read() as connection:
        assert connection.execute(sa.select(heartbeats)).all() == [("part/poller", 5.0)]
    assert dict(dog.health(9)) == {"poller": 4.0}
