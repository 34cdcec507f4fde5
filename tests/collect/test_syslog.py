"""What syslog messages begin and end, and that no sender can open alerts without end."""

from dataclasses import replace
from pathlib import Path

import pytest

from nms.collect.messages import MessageEvent, load_messages
from nms.collect.syslog import RULE, KnownEvent, SyslogEvents, by_address, compiled
from nms.config import SyslogEvent
from nms.model import Alert, AlertStatus, Device, DeviceId, Endpoint, Role, Severity, Verdict
from nms.transports.syslog import SyslogMessage
from tests.collect.support import SHIPPED

KNOWN = load_messages(SHIPPED).events
SWITCH = Device(DeviceId("sw"), "sw", Role.SWITCH, "10.0.0.1", "s", "d", (Endpoint("snmp", "10.0.0.9"),))
MESSAGE = SyslogMessage("10.0.0.1", 1000.0, 23, 3, "sw", "", "")


class Desk:
    def __init__(self, known: tuple[KnownEvent, ...] | None = None) -> None:
        self.told: list[Verdict] = []
        self.events = SyslogEvents(by_address([SWITCH]), known or compiled(KNOWN)[0], self.told.append)

    def say(self, text: str, at: float = 1000.0, sender: str = "10.0.0.1") -> Verdict | None:
        before = len(self.told)
        self.events.take(replace(MESSAGE, text=text, at=at, sender=sender))
        return self.told[-1] if len(self.told) > before else None


@pytest.mark.parametrize(
    ("text", "name", "severity"),
    [
        ("%PLATFORM-1-PS: Power Supply 2 failed", "power supply", Severity.CRITICAL),
        ("%ENVMON-3: Fan 3 has failed", "fan", Severity.CRITICAL),
        ("%SPANTREE-2-BLOCK_BPDUGUARD: Received BPDU on port Gi0/1", "loop", Severity.CRITICAL),
        ("%IP-4-DUPADDR: Duplicate address 10.0.0.1 on Vlan1", "address in use twice", Severity.WARNING),
        ("%SYS-5-RESTART: System restarted --", "restart", Severity.WARNING),
        ("Failed password for root from 10.0.0.7", "log-in failures", Severity.INFO),
        ("blk_update_request: I/O error, dev sda, sector 1", "disk", Severity.CRITICAL),
    ],
)
def test_messages_that_every_network_knows(text: str, name: str, severity: Severity):
    verdict = Desk().say(text)
    assert verdict is not None
    assert (verdict.key.split("/")[-1], verdict.severity, verdict.device) == (name, severity, "sw")
    assert verdict.evidence


@pytest.mark.parametrize("text", ["Interface up", "Power supply 2 is ok", "Fan speed normal", "user ana logged in", ""])
def test_messages_of_every_day_say_nothing(text: str):
    assert Desk().say(text) is None


def test_a_condition_begins_once_and_ends_with_its_message_or_its_time():
    desk = Desk()
    begun, other = desk.say("Power supply 1 failed"), desk.say("Power supply 2 failed")
    assert begun is not None
    assert other is not None
    assert begun.key != other.key
    ended = desk.say("Power supply 1 restored", 1100.0)
    assert ended is not None
    assert (ended.key, ended.severity) == (begun.key, None)
    assert desk.say("Power supply 1 restored", 1200.0) is None
    desk.events.expire(1000.0 + 86_399)
    assert len(desk.told) == 3
    desk.events.expire(1000.0 + 86_400)
    assert (desk.told[-1].key, desk.told[-1].severity) == (other.key, None)


def test_strangers_say_nothing_and_an_endpoint_s_address_counts_too():
    desk = Desk()
    assert desk.say("Fan 1 failed", sender="192.0.2.1") is None
    assert (desk.events.knows("192.0.2.1"), desk.events.knows("10.0.0.9")) == (False, True)
    assert desk.say("Fan 1 failed", sender="10.0.0.9") is not None


def test_addresses_are_those_of_senders_however_the_inventory_writes_them():
    written = replace(SWITCH, address="2001:DB8:0::0:1", endpoints=())
    assert list(by_address([written])) == ["2001:db8::1"]


def test_a_device_that_floods_is_told_once_and_until_it_is_quiet():
    desk = Desk()
    for second in range(100):
        desk.events.flooding("10.0.0.1", 1000.0 + second)
        desk.events.flooding("192.0.2.1", 1000.0 + second)
    assert [(verdict.key, verdict.severity) for verdict in desk.told] == [
        ("syslog/sw/-/too many messages", Severity.WARNING)
    ]
    desk.events.expire(1698.0)
    assert len(desk.told) == 1
    desk.events.expire(1699.0)
    assert desk.told[-1].severity is None


def test_after_a_start_the_message_that_ends_an_alert_and_its_time_still_do():
    opened = Desk()
    for text in ("Power supply 1 failed", "Power supply 2 failed", "Fan 3 failed"):
        opened.say(text)
    alerts = [
        Alert(number, one.key, RULE, one.device, "d", "s", one.component, one.severity, AlertStatus.FIRING, one.summary,
              1000.0, 1000.0)
        for number, one in enumerate(opened.told)
        if one.severity is not None
    ]  # fmt: skip
    anew = Desk()
    other = replace(alerts[0], rule="threshold")
    gone = replace(alerts[1], key="syslog/sw/9/an event that was taken out")
    assert set(anew.events.resume([*alerts, other, gone])) == {alert.key for alert in alerts}
    ended = anew.say("Power supply 1 restored", 1100.0)
    assert ended is not None
    assert (ended.key, ended.severity) == (alerts[0].key, None)
    anew.events.expire(1000.0 + 86_400)
    assert {verdict.key for verdict in anew.told} == {alert.key for alert in alerts}


def test_a_sender_cannot_open_alerts_without_end():
    known, _ = compiled([SyslogEvent(name="x", begins=r"port (?P<part>\w+) bad")])
    desk = Desk(known)
    for number in range(1000):
        desk.say(f"port p{number} bad")
    assert len({verdict.key for verdict in desk.told}) == 20
    assert desk.say("port p1 bad") is not None


def test_patterns_that_are_none_or_could_take_for_ever_are_told_and_left_out():
    known, problems = compiled(
        [
            SyslogEvent(name="open", begins="(a"),
            SyslogEvent(name="slow", begins="(a+)+b"),
            SyslogEvent(name="good", begins="ab", ends="cd", severity="critical"),
        ]
    )
    assert [event.name for event in known] == ["good"]
    assert [problem.split(":")[0] for problem in problems] == ["syslog event “open”", "syslog event “slow”"]


def test_own_events_come_before_the_known_ones_which_can_be_left_out():
    own = SyslogEvent(name="mine", begins="fan 1 failed", severity="info")
    verdict = Desk(compiled((own, *KNOWN))[0]).say("fan 1 failed")
    assert verdict is not None
    assert verdict.severity is Severity.INFO


@pytest.mark.parametrize("event", KNOWN, ids=lambda event: f"{event.name}: {event.begins[:30]}")
def test_each_example_of_the_shipped_messages_begins_and_ends_its_own_event(event: MessageEvent):
    """Among all the others: a message that an earlier event catches would never reach its own."""
    for number, text in enumerate(event.examples):
        desk = Desk()
        begun = desk.say(text)
        assert begun is not None
        assert (begun.key.split("/")[-1], begun.severity) == (event.name, Severity[event.severity.upper()])
        if event.ended and number < len(event.ended):
            ended = desk.say(event.ended[number], 1100.0)
            assert ended is not None
            assert (ended.key, ended.severity) == (begun.key, None)


def test_a_file_whose_example_does_not_match_is_told_with_its_line_and_left_out(tmp_path: Path):
    folder = tmp_path / "collectors" / "messages"
    folder.mkdir(parents=True)
    (folder / "acme.yaml").write_text("title: Acme\nevents:\n  - {name: x, begins: 'bad', examples: [good]}\n")
    (folder / "other.yaml").write_text("title: Other\nevents:\n  - {name: y, begins: '(a+)+b', examples: [aab]}\n")
    (folder / "fine.yaml").write_text("title: Fine\nevents:\n  - {name: z, begins: 'oh no', examples: [oh no]}\n")
    found = load_messages(tmp_path / "collectors")
    assert [event.name for event in found.events] == ["z"]
    assert sorted((Path(problem.file).name, problem.line) for problem in found.problems) == [
        ("acme.yaml", 3), ("other.yaml", 3),
    ]  # fmt: skip


def test_the_shipped_messages_have_no_mistakes():
    assert load_messages(SHIPPED).problems == ()
    assert len(KNOWN) > 40
