"""Whatever happens, in whatever order: one open alert per key, incidents that begin and end, intents to match."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from nms.alerts.changes import AlertChange, AlertPolicy
from nms.model import Severity
from nms.store.records import Records
from tests.alerts.scenes import ANA, Scene, down

NAMES = ("core", "dist", "leaf", "other")
SEVERITIES = st.sampled_from([None, None, Severity.WARNING, Severity.CRITICAL])
CAUSES = {"core": [""], "dist": ["", "core"], "leaf": ["", "dist", "core", "ghost"], "other": ["", "leaf"]}


class Life(RuleBasedStateMachine):
    template: Path | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="nms-life-"))
        if Life.template is None:
            Life.template = Path(tempfile.mkdtemp(prefix="nms-life-")) / "records.db"
            Records.open(Life.template).close()
        shutil.copy(Life.template, self.folder / "records.db")
        self.records = Records.open(self.folder / "records.db")
        self.fails = False

    @initialize(pending=st.sampled_from([0.0, 60.0]))
    def begin(self, pending: float) -> None:
        self.held_once: set[str] = set()
        self.scene = Scene(self.records, AlertPolicy(pending_seconds=pending), followers=[self.follow])
        self.other = Scene(self.records, AlertPolicy(pending_seconds=pending))

    def follow(self, _connection: sa.Connection, changes: list[AlertChange], _now: float) -> None:
        for change in changes:
            assert (change.incident if change.kind.is_of_incident else change.alert) is not None
        if self.fails:
            raise InterruptedError

    @rule(
        data=st.data(),
        names=st.lists(st.sampled_from(NAMES), min_size=1, unique=True),
        seconds=st.sampled_from([0, 5, 30, 61, 200, 1000, -100]),
    )
    def hear(self, data: st.DataObject, names: list[str], seconds: float) -> None:
        verdicts = []
        for name in names:
            severity, unknown = data.draw(SEVERITIES), data.draw(st.integers(0, 4)) == 0
            cause = data.draw(st.sampled_from(CAUSES[name]))
            flapping = data.draw(st.integers(0, 5)) == 0
            verdicts.append(
                down(name, 0, because_of=cause, severity=severity, unknown=unknown, flapping=flapping, value=seconds)
            )
            if severity is not None and not unknown:
                self.held_once.add(f"device-down/{name}")
        scene = self.scene if data.draw(st.integers(0, 3)) else self.other
        scene.now = max(self.scene.now, self.other.now)
        scene.after(seconds, *verdicts)

    @rule(seconds=st.sampled_from([1, 60, 200, 1000]))
    def wait(self, seconds: float) -> None:
        self.scene.now = max(self.scene.now, self.other.now)
        self.scene.after(seconds)

    @rule()
    def restart(self) -> None:
        self.scene.restart()

    @rule(name=st.sampled_from(NAMES))
    def be_killed_while_writing(self, name: str) -> None:
        self.fails = True
        try:
            self.scene.after(1, down(name, 0))
            self.held_once.add(f"device-down/{name}")
        except InterruptedError:
            pass
        self.fails = False

    @rule(name=st.sampled_from(NAMES), seconds=st.sampled_from([None, 30, 500]))
    def acknowledge(self, name: str, seconds: float | None) -> None:
        if self.scene.book.alert(f"device-down/{name}"):
            until = None if seconds is None else self.scene.now + seconds
            self.scene.book.acknowledge(ANA, [f"device-down/{name}"], self.scene.now, until=until)

    @rule(name=st.sampled_from(NAMES), seconds=st.sampled_from([30, 500]))
    def silence(self, name: str, seconds: float) -> None:
        self.scene.book.silence(ANA, {"device": [name]}, "a reason", self.scene.now + seconds, self.scene.now)

    @invariant()
    def one_open_alert_per_key(self) -> None:
        rows = self.scene.alerts()
        open_keys = [row["key"] for row in rows if row["resolved_at"] is None]
        assert len(open_keys) == len(set(open_keys))
        assert {row["key"] for row in rows} <= self.held_once
        assert all(row["resolved_at"] is None or row["resolved_at"] >= row["opened_at"] for row in rows)

    @invariant()
    def what_is_remembered_is_what_is_written(self) -> None:
        remembered = {one.key: (one.id, one.status.value, one.incident) for one in self.scene.book.open_alerts()}
        rows = [row for row in self.scene.alerts() if row["resolved_at"] is None]
        assert remembered == {row["key"]: (row["id"], row["status"], row["incident"]) for row in rows}

    @invariant()
    def people_hear_of_every_incident_from_its_beginning_to_its_end(self) -> None:
        told: dict[int, list[str]] = {}
        for kind, incident in self.scene.intents():
            told.setdefault(incident, []).append(kind)
        for incident in self.scene.incidents():
            kinds = told.pop(incident["id"])
            assert kinds[0] == "opened"
            openings = Counter(kind in {"opened", "reopened"} for kind in kinds)[True]
            endings = Counter(kind in {"resolved", "merged"} for kind in kinds)[True]
            assert openings - endings == (incident["resolved_at"] is None)
            assert incident["resolved_at"] is None or kinds[-1] in {"resolved", "merged"}
        assert told == {}, "no notification without an incident"

    @invariant()
    def who_speaks_has_an_open_incident_of_its_own(self) -> None:
        open_roots = {row["root_key"] for row in self.scene.incidents() if row["resolved_at"] is None}
        for row in self.scene.alerts():
            if row["status"] in {"firing", "acknowledged", "flapping"}:
                assert row["key"] in open_roots

    def teardown(self) -> None:
        if hasattr(self, "scene"):
            self.scene.now = max(self.scene.now, self.other.now)
            for _ in range(4):
                self.scene.after(1000, *(down(name, 0, severity=None) for name in NAMES))
            assert self.scene.book.open_alerts() == []
            assert self.scene.book.open_incidents() == []
            self.people_hear_of_every_incident_from_its_beginning_to_its_end()
        self.records.close()
        shutil.rmtree(self.folder)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
