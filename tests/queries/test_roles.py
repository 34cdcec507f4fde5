"""What rows say of a device beyond its state: the numbers of its role, its complaints, the lines of an exchange."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nms.messages import spelled, verbatim
from nms.model import (
    DEVICE_ITSELF,
    Component,
    Device,
    DeviceId,
    Inventory,
    Message,
    Number,
    Reading,
    Role,
    Severity,
    State,
    StateReading,
)
from nms.queries import equipment, gauges
from nms.queries.equipment import Present
from nms.queries.live import DeviceLive, LiveBoard
from nms.queries.rows import Attention
from nms.queries.situation import Situation
from nms.queries.telephony import telephony

BATTERY, OUTPUT = Component("sensor", "Battery", "Battery"), Component("sensor", "Output", "Output")
ON_BATTERY = Component("sensor", "Time on battery", "Time on battery")
TRUNK = [Component("trunk", f"span{i}", f"Span {i}") for i in (1, 2)]

Table = tuple[Sequence[Component], Mapping[str, Sequence[Number | None]]]


def live(*tables: Table, states: Sequence[StateReading] = ()) -> DeviceLive:
    readings = [Reading(DeviceId("d"), str(i), 1.0, tuple(t[0]), t[1]) for i, t in enumerate(tables)]
    return DeviceLive(
        at=1.0,
        duration=0.1,
        late_by=0.0,
        witnesses=(),
        problems=(),
        readings={reading.table: reading for reading in readings},
        states={(s.component.kind, s.component.key, s.name): s for s in states},
    )


def device(role: Role, name: str = "d") -> Device:
    return Device(DeviceId(name), name, role, "10.0.0.1", "s", "dep", rack="R1 U4")


def present(boards: Mapping[str, DeviceLive], *devices: Device) -> Present:
    board = LiveBoard({DeviceId(name): found for name, found in boards.items()})
    inventory = Inventory("M", {}, {}, {one.id: one for one in devices}, {})
    return Present(inventory, board, Situation(), "en")


def test_the_time_left_of_a_ups_is_not_the_time_it_already_runs_on_battery() -> None:
    found = live(
        ([BATTERY], {"charge_ratio": [0.9], "runtime_seconds": [1300.0], "temperature_celsius": [26.0]}),
        ([ON_BATTERY], {"runtime_seconds": [0.0]}),
        ([OUTPUT], {"load_ratio": [0.4], "temperature_celsius": [60.0]}),
    )
    assert gauges.numbers(device(Role.UPS), found) == {
        "charge": 0.9,
        "runtime": 1300.0,
        "load": 0.4,
        "battery_temperature": 26.0,
    }


def test_a_printer_tells_its_lowest_supply_and_what_it_complains_of() -> None:
    supplies = [Component("supply", name, name) for name in ("Black", "Cyan", "Waste")]
    cover = StateReading(Component("cover", "1", "Front cover"), "cover", 3, spelled("open"), Severity.WARNING)
    paper = StateReading(Component("tray", "1", "Tray 1"), "paper", 1, spelled("empty"), Severity.CRITICAL)
    fine = StateReading(Component("printer", "1", "Toner"), "toner", 0, spelled("present"), None)
    found = live(
        (supplies, {"supply_level_ratio": [0.6, 0.2, None]}),
        ([Component("marker", "1")], {"pages_total": [48211]}),
        states=[cover, fine, paper],
    )
    row = equipment.device_row(present({"d": found}), device(Role.PRINTER))
    assert row.numbers == {"supply_left": 0.2, "pages": 48211.0}
    assert (row.supply, row.complaints, row.rack) == ("Cyan", "Tray 1: empty; Front cover: open", "R1 U4")


def test_what_is_not_known_is_absent() -> None:
    assert gauges.numbers(device(Role.UPS), None) == {}
    assert gauges.numbers(device(Role.PRINTER), live()) == {}
    assert gauges.numbers(device(Role.COMPUTER), live(([BATTERY], {"charge_ratio": [1.0]}))) == {}


def test_the_channels_of_an_exchange_are_those_of_the_whole_or_else_of_its_trunks() -> None:
    trunks: Table = (TRUNK, {"trunk_up": [1, 0], "channels_used": [3, 4], "channels_size": [30, 30]})
    whole: Table = ([DEVICE_ITSELF], {"channels_used": [9], "calls_active": [5], "registrations": [44]})
    of_trunks = gauges.numbers(device(Role.PBX), live(trunks))
    assert of_trunks == {"channels_used": 7.0, "channels_size": 60.0, "trunks": 2.0, "trunks_up": 1.0}
    told = gauges.numbers(device(Role.PBX), live(trunks, whole))
    assert (told["channels_used"], told["calls"], told["registrations"]) == (9.0, 5.0, 44.0)
    licence: Table = ([Component("licence", "users")], {"channels_used": [41], "channels_size": [50]})
    assert gauges.numbers(device(Role.PBX), live(trunks, licence))["channels_used"] == 7.0


def test_telephony_lists_trunks_with_their_use_and_their_state() -> None:
    queue = Component("queue", "desk", "Queue desk")
    stuck = StateReading(queue, "service", 1, verbatim("2 calls wait"), Severity.WARNING)
    alarm = StateReading(TRUNK[1], "span", 0, verbatim("red alarm"), Severity.CRITICAL)
    sets = Component("registration", "telephones", "Telephones")
    missing = StateReading(
        sets,
        "registered",
        45,
        Message("{there} of {all} telephones of the inventory", {"there": 45, "all": 46}),
        Severity.WARNING,
    )
    board = live(
        (TRUNK, {"trunk_up": [1, 0], "channels_used": [3, 0], "channels_size": [30, None]}),
        ([queue], {"count": [2]}),
        ([DEVICE_ITSELF], {"calls_active": [5]}),
        ([Component("voicemail", "mailboxes", "Voice mail")], {"count": [7]}),
        ([Component("licence", "sip", "SIP channels")], {"channels_used": [28], "channels_size": [30]}),
        ([Component("voice", "isp", "Voice isp")], {"mean_opinion_score": [3.4], "loss_ratio": [0.03]}),
        ([Component("calls", "isp", "Calls isp, last hour")], {"count": [12], "percentage_ratio": [0.75]}),
        states=[alarm, stuck, missing],
    )
    found = telephony(present({"pbx": board}, device(Role.PBX, "pbx"), device(Role.PHONE, "tel"), device(Role.UPS)))
    assert [row.id for row in found.exchanges] == ["pbx"]
    assert [row.id for row in found.phones] == ["tel"]
    lines = {line.key: line for line in found.lines if line.kind != "calls"}
    assert (lines[""].kind, lines[""].metric, lines[""].value) == ("exchange", "calls_active", 5)
    up, down = lines["span1"], lines["span2"]
    assert (up.state, up.attention, up.used, up.size, up.load) == (State.UP, Attention.FINE, 3, 30, 0.1)
    assert (down.state, down.text, down.load) == (State.DOWN, "red alarm", None)
    assert (lines["desk"].state, lines["desk"].value) == (State.DEGRADED, 2)
    assert (lines["mailboxes"].kind, lines["mailboxes"].value) == ("mailbox", 7)
    assert (lines["sip"].kind, lines["sip"].used, lines["sip"].size) == ("licence", 28, 30)
    assert lines["telephones"].kind == "telephones"
    assert lines["telephones"].text == "45 of 46 telephones of the inventory"
    (calls,) = [line for line in found.lines if line.kind == "calls"]
    assert (calls.component_kind, calls.label, calls.metric) == ("voice", "isp", "mean_opinion_score")
    assert calls.numbers == {"mean_opinion_score": 3.4, "loss_ratio": 0.03, "count": 12, "percentage_ratio": 0.75}
