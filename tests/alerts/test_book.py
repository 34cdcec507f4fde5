from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from nms.access import Actor, Forbidden, UserRole
from nms.alerts.blankets import configured_windows
from nms.alerts.book import NotOpen
from nms.alerts.changes import AlertChange, AlertContext, AlertPolicy, ChangeKind
from nms.alerts.history import events, next_events
from nms.alerts.writing import attach_ticket
from nms.config.policies import MaintenanceWindow, Scope
from nms.i18n import part_name, render
from nms.messages import called, spelled
from nms.model import Component, DeviceId, Message, Role, Severity
from nms.rules.words import part
from nms.store.records import Records
from tests.alerts.scenes import ANA, CHIEF, START, VISITOR, Scene, device, down, kinds, up


@pytest.fixture
def scene(records: Records) -> Scene:
    return Scene(records)


def test_a_condition_fires_once_and_resolves_when_it_is_gone_for_a_while(any_records: Records) -> None:
    scene = Scene(any_records)
    assert kinds(scene.after(0, down("rt", 0))) == ["fired", "incident-opened"]
    assert scene.after(60, down("rt", 0)) == []
    assert scene.after(60, up("rt", 0)) == []
    assert scene.status("rt") == "firing"
    assert kinds(scene.after(60, up("rt", 0))) == ["resolved", "incident-resolved"]
    (row,) = scene.alerts()
    assert (row["opened_at"], row["fired_at"], row["resolved_at"]) == (START, START, START + 120)
    assert scene.intents() == [("opened", 1), ("resolved", 1)]
    assert scene.events() == [
        ("fired", "rt"),
        ("incident-opened", "rt"),
        ("resolved", "rt"),
        ("incident-resolved", "rt"),
    ]
    for told in (events(any_records), next_events(any_records, 0, 10)):
        assert [one.about.template if one.about else "" for one in told] == [
            "", "", row["summary"]["template"], row["summary"]["template"],
        ]  # fmt: skip


def test_the_end_of_an_alert_is_when_the_condition_was_gone_not_when_that_was_believed(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.after(100, up("rt", 0))
    scene.after(500, up("rt", 0))
    assert scene.incidents()[0]["resolved_at"] == START + 100


def test_a_condition_must_hold_before_it_fires(records: Records) -> None:
    scene = Scene(records, AlertPolicy(pending_seconds=120))
    assert kinds(scene.after(0, down("rt", 0))) == ["pending"]
    assert scene.after(60, down("rt", 0)) == []
    assert kinds(scene.after(60, down("rt", 0))) == ["fired", "incident-opened"]
    assert kinds(scene.after(0, down("sw", 0))) == ["pending"]
    assert kinds(scene.after(60, up("sw", 0))) == ["dropped"]
    assert scene.intents() == [("opened", 1)]


def test_what_is_unknown_neither_opens_nor_resolves(scene: Scene) -> None:
    assert scene.after(0, down("rt", 0, unknown=True)) == []
    scene.after(0, down("rt", 0))
    scene.after(60, up("rt", 0))
    for _ in range(10):
        assert scene.after(60, down("rt", 0, severity=None, unknown=True)) == []
    assert scene.status("rt") == "firing"
    scene.after(60, up("rt", 0))
    assert scene.status("rt") == "firing", "the recovery is counted anew"
    assert kinds(scene.after(60, up("rt", 0))) == ["resolved", "incident-resolved"]


def test_pending_time_does_not_run_while_nothing_is_known(records: Records) -> None:
    scene = Scene(records, AlertPolicy(pending_seconds=60))
    scene.after(0, down("rt", 0))
    assert scene.after(300, down("rt", 0, unknown=True)) == []
    assert scene.after(10, down("rt", 0)) == []
    assert kinds(scene.after(60, down("rt", 0))) == ["fired", "incident-opened"]


def test_symptoms_are_suppressed_and_counted_in_the_incident_of_their_root(any_records: Records) -> None:
    scene = Scene(any_records)
    changes = scene.after(
        0, down("pc", 0, because_of="sw"), down("sw", 0, because_of="rt"), down("rt", 0), down("pr", 0, because_of="sw")
    )
    assert kinds(changes).count("fired") == 4
    quiet = {render(one.reason, "en") for one in changes if one.kind is ChangeKind.SUPPRESSED}
    assert quiet == {"explained by: rt does not answer"}
    assert [scene.status(name) for name in ("rt", "sw", "pc", "pr")] == ["firing", *["suppressed"] * 3]
    (incident,) = scene.book.open_incidents()
    assert (incident.root_key, incident.symptoms) == ("device-down/rt", 3)
    assert scene.intents() == [("opened", 1)]
    assert {row["incident"] for row in scene.alerts()} == {1}
    assert {row["suppressed_by"] for row in scene.alerts()} == {"", "cause:device-down/rt"}


def test_an_incident_ends_with_its_last_symptom(scene: Scene) -> None:
    scene.after(0, down("rt", 0), down("sw", 0, because_of="rt"), down("pc", 0, because_of="sw"))
    scene.after(60, up("rt", 0))
    assert kinds(scene.after(60, up("rt", 0), up("sw", 0))) == ["resolved", "suppressed"]
    assert scene.book.alert("device-down/pc").suppressed_by == "cause:device-down/sw"  # type: ignore[union-attr]
    scene.after(60, up("sw", 0), up("pc", 0))
    assert kinds(scene.after(60, up("pc", 0))) == ["resolved", "incident-resolved"]
    assert scene.intents() == [("opened", 1), ("resolved", 1)]


def test_a_symptom_that_stays_down_after_its_root_came_back_speaks_for_itself(scene: Scene) -> None:
    scene.after(0, down("rt", 0), down("sw", 0, because_of="rt"))
    scene.after(60, up("rt", 0), down("sw", 0, because_of="rt"))
    scene.after(60, up("rt", 0), down("sw", 0))
    assert scene.status("sw") == "suppressed", "it has a while to recover"
    for _ in range(2):
        scene.after(60, down("sw", 0))
    changes = scene.after(60, down("sw", 0))
    assert kinds(changes) == ["released", "incident-resolved", "incident-opened"]
    assert [(row["root_key"], row["resolved_at"]) for row in scene.incidents()] == [
        ("device-down/rt", START + 300),
        ("device-down/sw", None),
    ]
    assert scene.intents() == [("opened", 1), ("resolved", 1), ("opened", 2)]


def test_a_symptom_polled_before_its_root_joins_it_later(scene: Scene) -> None:
    scene.after(0, down("sw", 0))
    changes = scene.after(10, down("rt", 0), down("sw", 0, because_of="rt"))
    assert kinds(changes) == ["suppressed", "fired", "incident-merged", "incident-opened"]
    assert [(row["root_key"], row["merged_into"]) for row in scene.incidents()] == [
        ("device-down/sw", 2),
        ("device-down/rt", None),
    ]
    assert scene.intents() == [("opened", 1), ("merged", 1), ("opened", 2)]
    (incident,) = scene.book.open_incidents()
    assert incident.symptoms == 1


def test_a_symptom_whose_root_never_comes_speaks_after_a_while(scene: Scene) -> None:
    scene.after(0, down("sw", 0, because_of="ghost"))
    assert scene.status("sw") == "suppressed"
    assert scene.intents() == []
    scene.after(180, down("sw", 0, because_of="ghost"))
    assert scene.status("sw") == "firing"
    assert scene.intents() == [("opened", 1)]
    scene.after(60, down("sw", 0, because_of="ghost"))
    assert scene.status("sw") == "firing"


def test_a_lost_symptom_that_nothing_is_known_of_keeps_no_incident_open(scene: Scene) -> None:
    scene.after(0, down("rt", 0), down("sw", 0, because_of="rt"))
    scene.after(60, up("rt", 0), down("sw", 0, unknown=True))
    for _ in range(6):
        scene.after(60, up("rt", 0), down("sw", 0, unknown=True))
    assert scene.book.open_incidents() == []
    assert scene.status("sw") == "suppressed"
    scene.after(60, down("sw", 0))
    assert scene.status("sw") == "firing"
    assert [incident.root_key for incident in scene.book.open_incidents()] == ["device-down/sw"]


def test_conditions_that_explain_each_other_both_speak(scene: Scene) -> None:
    scene.after(0, down("a", 0, because_of="b"), down("b", 0, because_of="a"))
    for _ in range(3):
        scene.after(60, down("a", 0, because_of="b"), down("b", 0, because_of="a"))
    assert {scene.status("a"), scene.status("b")} == {"firing"}


def test_an_incident_that_fails_again_soon_is_the_same_one(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.after(60, up("rt", 0))
    scene.after(60, up("rt", 0))
    assert kinds(scene.after(300, down("rt", 0))) == ["fired", "incident-reopened"]
    scene.after(60, up("rt", 0))
    scene.after(60, up("rt", 0))
    assert kinds(scene.after(2000, down("rt", 0))) == ["fired", "incident-opened"]
    assert [(row["id"], row["reopened"]) for row in scene.incidents()] == [(1, 1), (2, 0)]
    assert [kind for kind, _ in scene.intents()] == ["opened", "resolved", "reopened", "resolved", "opened"]


def test_reopening_survives_a_restart(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.after(60, up("rt", 0))
    scene.after(60, up("rt", 0))
    scene.restart()
    assert kinds(scene.after(300, down("rt", 0))) == ["fired", "incident-reopened"]


def test_flapping_is_one_alert_that_says_so(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    assert kinds(scene.after(30, down("rt", 0, flapping=True))) == ["flapping"]
    for _ in range(10):
        assert scene.after(30, down("rt", 0, severity=None, flapping=True)) == []
    assert scene.status("rt") == "flapping"
    assert kinds(scene.after(30, down("rt", 0))) == ["steady"]
    assert scene.intents() == [("opened", 1)]


def test_an_acknowledged_alert_says_who_and_until_when(any_records: Records) -> None:
    scene = Scene(any_records)
    scene.after(0, down("rt", 0))
    changes = scene.book.acknowledge(ANA, ["device-down/rt"], scene.now, "on my way\x1b]52;c;x\x07", scene.now + 600)
    assert [(one.kind.value, one.actor) for one in changes] == [("acknowledged", "ana")]
    alert = scene.book.alert("device-down/rt")
    assert alert is not None
    assert (alert.acknowledged_by, alert.acknowledged_note) == ("ana", "on my way ]52;c;x")
    assert scene.status("rt") == "acknowledged"
    assert kinds(scene.after(600, down("rt", 0))) == ["unacknowledged"]
    assert scene.intents() == [("opened", 1), ("unacknowledged", 1)]


def test_an_acknowledgement_taken_back_by_a_person_tells_nobody(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.book.acknowledge(ANA, ["device-down/rt"], scene.now)
    scene.book.unacknowledge(ANA, ["device-down/rt"], scene.now + 1)
    assert scene.status("rt") == "firing"
    assert scene.intents() == [("opened", 1)]


def test_what_gets_worse_is_not_acknowledged_any_more(scene: Scene) -> None:
    scene.after(0, down("rt", 0, severity=Severity.WARNING))
    scene.book.acknowledge(ANA, ["device-down/rt"], scene.now)
    assert kinds(scene.after(60, down("rt", 0))) == ["worsened", "unacknowledged", "incident-updated"]
    assert scene.status("rt") == "firing"
    assert scene.intents()[:2] == [("opened", 1), ("worsened", 1)]
    assert kinds(scene.after(60, down("rt", 0, severity=Severity.WARNING))) == ["eased", "incident-updated"]


def test_only_those_who_may_acknowledge_what_is_open(scene: Scene) -> None:
    scene.context = AlertContext({DeviceId("rt"): device("rt", "tesoreria")})
    scene.after(0, down("rt", 0))
    elsewhere = Actor("luis", frozenset({UserRole.ON_CALL}), frozenset({"obras"}))
    for actor in (VISITOR, elsewhere):
        with pytest.raises(Forbidden):
            scene.book.acknowledge(actor, ["device-down/rt"], scene.now)
    with pytest.raises(NotOpen, match="no open alert"):
        scene.book.acknowledge(ANA, ["device-down/nowhere"], scene.now)
    with pytest.raises(ValueError, match="in the past"):
        scene.book.acknowledge(ANA, ["device-down/rt"], scene.now, until=scene.now)
    assert scene.status("rt") == "firing"


def test_an_incident_is_acknowledged_by_its_number(scene: Scene) -> None:
    scene.after(0, down("rt", 0), down("sw", 0, because_of="rt"))
    scene.book.acknowledge_incident(ANA, 1, scene.now, "on my way")
    assert (scene.status("rt"), scene.status("sw")) == ("acknowledged", "suppressed")
    with pytest.raises(NotOpen, match="incident 9"):
        scene.book.acknowledge_incident(ANA, 9, scene.now)


@pytest.mark.parametrize("killed_at", ["inside", "after"])
def test_killed_while_writing_all_of_it_happened_or_nothing(tmp_path: Path, killed_at: str) -> None:
    program = """
import os, sys
from nms.store.records import Records
from tests.alerts.scenes import Scene, down
path, killed_at = sys.argv[1:]
followers = [lambda *_: os._exit(9)] if killed_at == "inside" else []
scene = Scene(Records.open(path), followers=followers)
scene.after(0, down("rt", 0), down("sw", 0, because_of="rt"))
os._exit(9)
"""
    path = tmp_path / "records.db"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-c", program, str(path), killed_at]
    done = subprocess.run(argv, env=environment, capture_output=True, check=False)
    assert done.returncode == 9, done.stderr.decode()
    records = Records.open(path)
    scene = Scene(records)
    happened = killed_at == "after"
    assert (len(scene.alerts()), len(scene.incidents()), len(scene.intents())) == ((2, 1, 1) if happened else (0, 0, 0))
    changes = scene.after(60, down("rt", 0), down("sw", 0, because_of="rt"))
    assert kinds(changes) == ([] if happened else ["fired", "fired", "suppressed", "incident-opened"])
    assert (len(scene.alerts()), scene.intents()) == (2, [("opened", 1)])
    records.close()


def test_a_note_is_kept_in_the_history(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.book.annotate(ANA, "device-down/rt", "the provider was called", scene.now + 5)
    assert scene.events()[-1] == ("annotated", "rt")


def test_a_silence_keeps_quiet_and_what_is_left_speaks_after_it(any_records: Records) -> None:
    scene = Scene(any_records)
    scene.context = AlertContext({DeviceId("rt"): device("rt", "tesoreria"), DeviceId("sw"): device("sw", "obras")})
    scene.after(0)
    silence = scene.book.silence(ANA, {"department": ["teso*"]}, "painting", scene.now + 600, scene.now)
    assert kinds(scene.after(60, down("rt", 0), down("sw", 0))) == ["fired", "suppressed", "fired", "incident-opened"]
    assert scene.book.alert("device-down/rt").suppressed_by == f"silence:{silence.id}"  # type: ignore[union-attr]
    changes = scene.after(600, down("rt", 0), down("sw", 0))
    assert kinds(changes) == ["released", "incident-opened"]
    assert changes[1].reason.template == "the silence is over and the condition still holds"
    assert scene.intents() == [("opened", 1), ("opened", 2)]


def test_a_silence_over_an_open_incident_acts_at_once_and_can_be_ended(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    silence = scene.book.silence(ANA, {"device": ["rt"]}, "known", scene.now + 600, scene.now)
    assert scene.status("rt") == "suppressed"
    assert [one.author for one in scene.book.silences(scene.now)] == ["ana"]
    assert kinds(scene.book.end_silence(ANA, silence.id, scene.now + 10)) == ["released"]
    assert scene.intents() == [("opened", 1), ("released", 1)]
    assert scene.book.silences(scene.now + 10) == []
    with pytest.raises(NotOpen):
        scene.book.end_silence(ANA, silence.id, scene.now + 20)


@pytest.mark.parametrize(
    ("matchers", "reason", "ends_in"),
    [
        ({}, "x", 60),
        ({"device": ["*"]}, "x", 60),
        ({"colour": ["red"]}, "x", 60),
        ({"device": [""]}, "x", 60),
        ({"device": ["rt"]}, " ", 60),
        ({"device": ["rt"]}, "x", -1),
        ({"device": ["rt"]}, "x", 400 * 86_400),
        ({"device": ["*a*a*a*a*a*"]}, "x", 60),
    ],
)
def test_a_silence_names_what_why_and_until_when(
    scene: Scene, matchers: dict[str, list[str]], reason: str, ends_in: float
) -> None:
    with pytest.raises(ValueError):
        scene.book.silence(ANA, matchers, reason, scene.now + ends_in, scene.now)
    assert scene.book.silences(scene.now) == []


def test_a_silence_stays_within_the_departments_of_its_author(scene: Scene) -> None:
    local = Actor("luis", frozenset({UserRole.ON_CALL}), frozenset({"obras"}))
    made = scene.book.silence(local, {"device": ["rt"]}, "known", scene.now + 60, scene.now)
    assert made.matchers == {"device": ["rt"], "department": ["obras"]}
    with pytest.raises(Forbidden):
        scene.book.silence(local, {"department": ["tesoreria"]}, "known", scene.now + 60, scene.now)
    with pytest.raises(Forbidden):
        scene.book.silence(VISITOR, {"device": ["rt"]}, "known", scene.now + 60, scene.now)


def test_brackets_in_a_key_are_no_pattern(scene: Scene) -> None:
    scene.after(0, replace(down("rt", 0), key="link/rt[1]?"), replace(down("rt", 0), key="link/rt1x"))
    scene.book.silence(ANA, {"key": ["link/rt[1]?"]}, "known", scene.now + 60, scene.now)
    assert {one.key: one.status.value for one in scene.book.open_alerts()} == {
        "link/rt[1]?": "suppressed",
        "link/rt1x": "firing",
    }


def test_what_is_still_down_when_maintenance_ends_fires(scene: Scene) -> None:
    scene.book.plan_maintenance(CHIEF, "new fibre", {"device": ["rt"]}, "agreed", START + 60, 3600, START)
    scene.after(120, down("rt", 0), down("sw", 0, because_of="rt"))
    assert (scene.status("rt"), scene.status("sw")) == ("suppressed", "suppressed")
    assert scene.incidents() == []
    changes = scene.after(3540, down("rt", 0), down("sw", 0, because_of="rt"))
    assert kinds(changes) == ["released", "incident-opened"]
    assert changes[1].reason == Message("the planned maintenance is over and the condition still holds")
    assert scene.incidents()[0]["opened_at"] == START + 3660
    assert scene.book.open_incidents()[0].symptoms == 1


def test_what_comes_back_within_maintenance_is_never_heard_of(scene: Scene) -> None:
    scene.book.plan_maintenance(CHIEF, "new fibre", {"device": ["rt"]}, "agreed", START, 3600, START)
    scene.after(60, down("rt", 0))
    scene.after(600, up("rt", 0))
    scene.after(60, up("rt", 0))
    scene.after(3600)
    assert scene.intents() == []
    assert [row["status"] for row in scene.alerts()] == ["resolved"]


def test_cancelled_maintenance_does_not_keep_quiet(scene: Scene) -> None:
    planned = scene.book.plan_maintenance(CHIEF, "new fibre", {"device": ["rt"]}, "agreed", START, 3600, START)
    scene.after(60, down("rt", 0))
    assert kinds(scene.book.cancel_maintenance(CHIEF, planned.id, scene.now + 1)) == ["released", "incident-opened"]
    with pytest.raises(NotOpen):
        scene.book.cancel_maintenance(CHIEF, planned.id, scene.now + 2)
    with pytest.raises(Forbidden):
        scene.book.plan_maintenance(ANA, "x", {"device": ["rt"]}, "", START, 3600, START)


def test_maintenance_of_the_configuration_recurs_by_the_office_clock(scene: Scene) -> None:
    window = MaintenanceWindow(
        name="weekly", start="2027-01-18 02:00", rule="FREQ=WEEKLY", duration="2h", scope=Scope(roles=("router",))
    )
    rt, sw = device("rt", role=Role.ROUTER), device("sw")
    scene.context = AlertContext({rt.id: rt, sw.id: sw}, configured_windows([window]))
    scene.now = 1_800_867_600.0 - 60  # 2027-01-25 02:59 in Mexico City
    scene.after(0, down("rt", 0), down("sw", 0))
    assert (scene.status("rt"), scene.status("sw")) == ("suppressed", "firing")
    scene.after(3600 + 59, down("rt", 0), down("sw", 0))
    assert scene.status("rt") == "suppressed"
    scene.after(1, down("rt", 0), down("sw", 0))
    assert scene.status("rt") == "firing"


def test_open_alerts_and_incidents_survive_a_restart(any_records: Records) -> None:
    scene = Scene(any_records)
    scene.after(0, down("rt", 0, value=3.5), down("sw", 0, because_of="rt"))
    scene.book.acknowledge(ANA, ["device-down/rt"], scene.now, "on my way")
    before = scene.book.open_alerts()
    scene.restart()
    assert scene.book.open_alerts() == before
    assert scene.after(60, down("rt", 0, value=3.5), down("sw", 0, because_of="rt")) == []
    assert scene.status("rt") == "acknowledged"
    assert len(scene.alerts()) == 2
    scene.after(60, up("rt", 0), up("sw", 0))
    assert kinds(scene.after(60, up("rt", 0), up("sw", 0))) == ["resolved", "resolved", "incident-resolved"]


def test_after_a_restart_recovery_needs_to_be_seen_anew(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.after(60, up("rt", 0))
    scene.restart()
    assert scene.after(7200) == []
    assert scene.status("rt") == "firing"


def test_a_follower_acts_inside_the_transaction_and_its_ticket_is_known(any_records: Records) -> None:
    seen: list[list[str]] = []

    def open_ticket(connection: sa.Connection, changes: list[AlertChange], now: float) -> None:
        seen.append(kinds(changes))
        for change in changes:
            if change.kind.value == "incident-opened" and change.incident:
                attach_ticket(connection, change.incident.id, "MC-1")

    scene = Scene(any_records, followers=[open_ticket])
    scene.after(0, down("rt", 0))
    assert seen == [["fired", "incident-opened"]]
    assert [one.ticket for one in scene.book.open_incidents()] == ["MC-1"]
    scene.after(60, down("sw", 0, because_of="rt"))
    scene.after(60, up("rt", 0), up("sw", 0))
    changes = scene.after(60, up("rt", 0), up("sw", 0))
    assert changes[-1].incident.ticket == "MC-1"  # type: ignore[union-attr]
    assert scene.incidents()[0]["ticket"] == "MC-1"


def test_when_a_follower_fails_nothing_has_happened(any_records: Records) -> None:
    broken = True

    def fail(_c: sa.Connection, _changes: list[AlertChange], _now: float) -> None:
        if broken:
            raise RuntimeError("tickets are broken")

    scene = Scene(any_records, followers=[fail])
    with pytest.raises(RuntimeError):
        scene.after(0, down("rt", 0))
    assert (scene.alerts(), scene.intents(), scene.book.open_alerts()) == ([], [], [])
    broken = False
    assert kinds(scene.after(60, down("rt", 0))) == ["fired", "incident-opened"]


def test_two_books_on_the_same_records_keep_one_open_alert_per_key(any_records: Records) -> None:
    scenes = [Scene(any_records), Scene(any_records)]
    barrier, errors = threading.Barrier(2), []

    def run(scene: Scene) -> None:
        try:
            for _ in range(15):
                barrier.wait()
                scene.after(1, *(down(f"d{n}", 0) for n in range(5)))
        except Exception as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(scene,)) for scene in scenes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(scenes[0].alerts()) == 5
    assert len(scenes[0].intents()) == 5
    assert scenes[0].book.open_alerts() == scenes[1].book.open_alerts()


def test_what_another_process_acknowledged_is_seen_at_once(any_records: Records) -> None:
    one, other = Scene(any_records), Scene(any_records)
    one.after(0, down("rt", 0))
    other.book.acknowledge(ANA, ["device-down/rt"], one.now + 1)
    assert one.status("rt") == "acknowledged"
    assert one.after(60, down("rt", 0)) == []
    assert one.status("rt") == "acknowledged"


def test_a_value_that_moves_is_shown_and_written_now_and_then(scene: Scene) -> None:
    scene.after(0, down("rt", 0, value=1.0))
    scene.after(60, down("rt", 0, value=2.0))
    assert (scene.book.alert("device-down/rt").value, scene.alerts()[0]["value"]) == (2.0, 1.0)  # type: ignore[union-attr]
    scene.after(300, down("rt", 0, value=3.0))
    assert scene.alerts()[0]["value"] == 3.0


def test_alerts_of_devices_that_left_the_inventory_end(scene: Scene) -> None:
    scene.after(0, down("rt", 0), down("sw", 0))
    changes = scene.book.retire_departed([DeviceId("sw")], scene.now + 60)
    assert [(one.kind.value, one.reason.template) for one in changes[:1]] == [
        ("resolved", "the device has left the inventory")
    ]
    assert [one.device for one in scene.book.open_alerts()] == ["sw"]
    assert scene.intents()[-1] == ("resolved", 1)


def test_a_clock_that_steps_back_or_forth_neither_loses_nor_doubles_an_alert(scene: Scene) -> None:
    scene.after(0, down("rt", 0))
    scene.after(60, up("rt", 0))
    scene.after(-7200, up("rt", 0))
    assert kinds(scene.after(60, up("rt", 0))) == ["resolved", "incident-resolved"]
    scene.after(60, down("rt", 0))
    scene.after(86_400, down("rt", 0))
    assert [row["resolved_at"] is None for row in scene.alerts()] == [False, True]
    assert all(row["resolved_at"] is None or row["resolved_at"] >= row["opened_at"] for row in scene.alerts())


def test_hostile_text_is_harmless_in_the_records(any_records: Records) -> None:
    scene = Scene(any_records)
    hostile = Message("{name} is down", {"name": "sw\x00\x1b]52;c;eA==\x07[@click=app.bell]", "load": float("nan")})
    scene.after(0, replace(down("rt", 0), summary=hostile, value=float("inf"), evidence=(hostile,)))
    alert = scene.book.alert("device-down/rt")
    assert alert is not None
    assert alert.summary.params == {"name": "sw ]52;c;eA== [@click=app.bell]", "load": "nan"}
    assert alert.value is None
    scene.restart()
    assert scene.book.open_alerts() == [alert]


def test_a_kept_alert_speaks_the_language_of_its_reader(any_records: Records) -> None:
    battery = Component("sensor", "Battery", "Battery", said=called("Battery"))
    said = Message("{component}: {state}", {"component": part("UPS Norte", battery), "state": spelled("batteryLow")})
    scene = Scene(any_records)
    scene.after(0, replace(down("ups", 0), component=battery, summary=said))
    scene.restart()
    (alert,) = scene.book.open_alerts()
    (incident,) = scene.book.open_incidents()
    assert (part_name(alert.component, "es"), part_name(alert.component, "en")) == ("Batería", "Battery")
    assert render(alert.summary, "es") == render(incident.summary, "es") == "UPS Norte · Batería: batería baja"
    assert render(alert.summary, "en") == "UPS Norte · Battery: batteryLow"
