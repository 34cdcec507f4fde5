"""Whatever happens: nobody hears of what is no incident, and whoever heard of one hears its end."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from nms.config.policies import Notify
from nms.model import Severity
from nms.notify.channels import NotDelivered, Parcel
from nms.notify.receivers import Way
from nms.store.records import Records
from tests.alerts.scenes import ANA, down
from tests.notify.office import Office, city

NAMES = ("d0", "d1", "d2", "d3")
SEVERITIES = st.sampled_from([None, None, Severity.WARNING, Severity.CRITICAL])
WAYS = {"chat": {"url": "env:NMS_TEST_NO_CHANNEL", "fallback": "other"}, "other": {"url": "env:NMS_TEST_NO_CHANNEL"}}
ENDINGS = {"resolved", "merged"}


class Killed(BaseException):
    """The process dies while it sends."""


class Messages(RuleBasedStateMachine):
    template: Path | None = None

    def __init__(self) -> None:
        super().__init__()
        if Messages.template is None:
            Messages.template = Path(tempfile.mkdtemp(prefix="nms-messages-")) / "records.db"
            Records.open(Messages.template).close()
        self.folder = Path(tempfile.mkdtemp(prefix="nms-messages-"))
        shutil.copy(Messages.template, self.folder / "records.db")
        self.records = Records.open(self.folder / "records.db")
        self.heard: dict[tuple[str, int], list[str]] = defaultdict(list)
        self.sent: dict[int, int] = defaultdict(int)
        self.instants: dict[str, dict[int, float]] = defaultdict(dict)
        self.crashes = 0
        self.dies = ""
        self.broken: set[str] = set()

    @initialize(quiet=st.sampled_from([None, "22:00-07:00"]), wait=st.sampled_from(["0s", "20s"]))
    def begin(self, quiet: str | None, wait: str) -> None:
        notify = {
            "channels": WAYS,
            "routing": [{"to": ["ana"], "channels": ["chat"]}],
            "escalation": [{"after": "10m", "to": ["jefa"]}],
            "grouping": {"wait": wait},
            "quiet": {"hours": quiet},
            "retries": 1000,
        }
        self.office = Office(self.records, Notify.model_validate(notify), inventory=city(4))
        self.office.take = self.take  # type: ignore[method-assign]
        self.office.restart()

    def take(self, way: Way, parcel: Parcel) -> None:
        if self.dies == "before":
            raise Killed
        if way.channel in self.broken:
            raise NotDelivered("broken")
        self.sent[parcel.number] += 1
        self.instants[parcel.receiver].setdefault(parcel.number, parcel.at)
        if self.sent[parcel.number] == 1:
            for event in parcel.events:
                details = event["payload"]["custom_details"]
                self.heard[parcel.receiver, details["incident"]] += details["what"]
        if self.dies == "after":
            raise Killed

    def live(self, seconds: float, *verdicts: object) -> None:
        try:
            self.office.after(seconds, *verdicts)  # type: ignore[arg-type]
        except Killed:
            self.crashes += 1
            self.dies = ""
            self.office.scene.restart()
            self.office.restart()

    @rule(data=st.data(), seconds=st.sampled_from([0, 5, 30, 61, 300]))
    def hear(self, data: st.DataObject, seconds: float) -> None:
        names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
        verdicts = [
            down(
                name,
                0,
                severity=data.draw(SEVERITIES),
                because_of=data.draw(st.sampled_from(["", "", "d0"])) if name != "d0" else "",
                unknown=data.draw(st.integers(0, 5)) == 0,
            )
            for name in names
        ]
        self.live(seconds, *verdicts)

    @rule(seconds=st.sampled_from([10, 60, 700, 4000]))
    def wait(self, seconds: float) -> None:
        for _ in range(4):
            self.live(seconds / 4)

    @rule(name=st.sampled_from(NAMES))
    def acknowledge(self, name: str) -> None:
        if self.office.scene.book.alert(f"device-down/{name}"):
            self.office.scene.book.acknowledge(ANA, [f"device-down/{name}"], self.office.scene.now)

    @rule(name=st.sampled_from(NAMES), seconds=st.sampled_from([60, 600]))
    def silence(self, name: str, seconds: float) -> None:
        now = self.office.scene.now
        self.office.scene.book.silence(ANA, {"device": [name]}, "a reason", now + seconds, now)

    @rule(way=st.sampled_from(["mail", "chat", "other"]))
    def break_or_mend(self, way: str) -> None:
        self.broken ^= {way}

    @rule(when=st.sampled_from(["before", "after"]))
    def die_while_sending(self, when: str) -> None:
        self.dies = when

    @invariant()
    def nobody_hears_of_what_is_no_incident(self) -> None:
        numbers = {row["id"] for row in self.office.scene.incidents()}
        assert {incident for _, incident in self.heard} <= numbers

    @invariant()
    def a_crash_doubles_at_most_what_was_on_its_way(self) -> None:
        doubled = sum(count - 1 for count in self.sent.values())
        assert doubled <= self.crashes * 3

    @invariant()
    def at_most_five_messages_in_ten_minutes(self) -> None:
        for instants in self.instants.values():
            times = list(instants.values())
            assert all(sum(at <= other < at + 600 for other in times) <= 5 for at in times)

    def teardown(self) -> None:
        if hasattr(self, "office"):
            self.dies, self.broken = "", set()
            for _ in range(16):
                self.live(4000, *(down(name, 0, severity=None) for name in NAMES))
            self.everything_ended_and_was_told()
        self.records.close()
        shutil.rmtree(self.folder)

    def everything_ended_and_was_told(self) -> None:
        self.nobody_hears_of_what_is_no_incident()
        assert set(self.office.states()) <= {"sent"}
        silenced = {state for _, state, _ in self.office.reasons()} == {"dropped"}
        for (_, incident), kinds in self.heard.items():
            assert kinds[0] not in ENDINGS, (incident, kinds)
            assert kinds[-1] in ENDINGS, (incident, kinds)
        heard_of = {incident for _, incident in self.heard}
        untold = {row["id"] for row in self.office.scene.incidents()} - heard_of
        assert silenced or not untold or any(state == "dropped" for _, state, _ in self.office.reasons())


TestMessages = Messages.TestCase
TestMessages.settings = settings(
    max_examples=12,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
