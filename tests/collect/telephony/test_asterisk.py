"""An Asterisk exchange through its manager. The peer is a Python one whose answers are those of Asterisk 22.10."""

import asyncio

import pytest

from nms.collect.answer import Answer
from nms.collect.telephony.asterisk import AmiAsker
from nms.collect.telephony.desk import Desk
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity, StateReading
from nms.transports.ami import AmiTarget
from tests.collect.telephony.manager import Manager
from tests.peers import free_port
from tests.transports.servers import tcp_server

PBX = Device(DeviceId("pbx"), "pbx", Role.PBX, "127.0.0.1", "s", "d")
TRUNKS = {"troncal": 4}


def endpoint(name: str, state: str) -> dict[str, str]:
    return {"Event": "EndpointList", "ObjectType": "endpoint", "ObjectName": name, "Aor": name, "DeviceState": state}


def contact(name: str, address: str, status: str = "Reachable") -> dict[str, str]:
    uri = f"sip:{name}@{address}:5060"
    return {"Event": "ContactList", "Uri": uri, "Endpoint": name, "Status": status, "RoundtripUsec": "1200"}


def registration(name: str, status: str) -> dict[str, str]:
    return {"Event": "OutboundRegistrationDetail", "ObjectName": name, "Status": status, "ServerUri": "sip:10.0.0.9"}


def channel(name: str, linked: str, bridge: str = "") -> dict[str, str]:
    return {
        "Event": "CoreShowChannel",
        "Channel": name,
        "Uniqueid": f"{linked}.1",
        "Linkedid": linked,
        "BridgeId": bridge,
    }


def lists() -> dict[str, list[dict[str, str]]]:
    return {
        "PJSIPShowRegistrationsOutbound": [registration("proveedor", "Registered")],
        "PJSIPShowEndpoints": [
            endpoint("101", "Not in use"),
            endpoint("102", "In use"),
            endpoint("103", "Unavailable"),
            endpoint("troncal", "Not in use"),
        ],
        "PJSIPShowContacts": [contact("101", "10.1.0.1"), contact("102", "10.1.0.2")],
        "CoreShowChannels": [
            channel("PJSIP/102-0000000a", "1", "b1"),
            channel("PJSIP/troncal-0000000b", "1", "b1"),
            channel("PJSIP/troncal-0000000c", "2"),
        ],
        "QueueStatus": [
            {"Event": "QueueParams", "Queue": "agua", "Calls": "2"},
            {"Event": "QueueMember", "Queue": "agua", "Name": "PJSIP/103", "Status": "5", "Paused": "0"},
        ],
    }


async def ask(manager: Manager, password: str = "nmspass", desk: Desk | None = None, at: float = 1000.0) -> Answer:
    async with manager.serve() as port:
        asker = AmiAsker(lambda device, endpoint: AmiTarget("127.0.0.1", port, "nms", password), desk or Desk(), 5.0)
        return await asker.ask(PBX, Endpoint("ami", "127.0.0.1", port, options={"trunks": TRUNKS}), at)


def cells(answer: Answer) -> dict[tuple[str, str], float]:
    (reading,) = answer.readings
    return {
        (component.key, metric): value
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def states(answer: Answer) -> dict[tuple[str, str], StateReading]:
    return {(state.component.key, state.name): state for state in answer.states}


async def test_trunks_telephones_channels_and_queues_are_told():
    answer = await ask(Manager(lists()))
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    assert cells(answer) == {
        ("proveedor", "trunk_up"): 1,
        ("proveedor", "channels_used"): 0,
        ("troncal", "trunk_up"): 1,
        ("troncal", "channels_used"): 2,
        ("troncal", "channels_size"): 4,
        ("troncal", "load_ratio"): 0.5,
        ("", "channels_used"): 3,
        ("", "calls_active"): 2,
        ("", "registrations"): 2,
        ("agua", "count"): 2,
    }
    assert states(answer)["agua", "service"].severity is Severity.WARNING
    assert states(answer)["proveedor", "registration"].severity is None
    assert answer.facts == {"vendor": "Asterisk", "os": "asterisk", "version": "22.10.1"}


async def test_a_trunk_that_loses_its_registration_or_is_not_configured_is_critical():
    broken = lists()
    broken["PJSIPShowRegistrationsOutbound"] = [registration("proveedor", "Rejected")]
    broken["PJSIPShowEndpoints"] = [endpoint("101", "Not in use")]
    answer = await ask(Manager(broken))
    told = states(answer)
    assert (told["proveedor", "registration"].severity, in_english(told["proveedor", "registration"].text)) == (
        Severity.CRITICAL,
        "rejected",
    )
    assert in_english(told["troncal", "registration"].text) == "not configured in this exchange"


async def test_telephones_of_the_inventory_are_compared_by_address():
    desk = Desk.of(phone(f"tel-{number}", f"10.1.0.{number}") for number in (1, 2, 3))
    state = states(await ask(Manager(lists()), desk=desk))["telephones", "registered"]
    assert (state.value, state.severity) == (2, None)
    assert in_english(state.text) == "2 of 3 telephones of the inventory, missing tel-3"
    state = states(await ask(Manager(lists()), desk=desk, at=1200.0))["telephones", "registered"]
    assert (state.severity, state.about) == (Severity.WARNING, (DeviceId("tel-3"),))
    behind_a_border = Desk.of([phone("tel-1", "192.0.2.1")])
    assert ("telephones", "registered") not in states(await ask(Manager(lists()), desk=behind_a_border))


def phone(name: str, address: str) -> Device:
    return Device(DeviceId(name), name, Role.PHONE, address, "s", "d")


async def test_what_the_account_may_not_ask_is_named_and_the_rest_is_kept():
    answer = await ask(Manager(lists(), denied=["PJSIPShowEndpoints", "PJSIPShowContacts"]))
    assert answer.witness.outcome is Outcome.PARTIAL
    assert len(answer.problems) == 2
    assert "may not ask PJSIPShowEndpoints" in answer.problems[0]
    assert ("troncal", "registration") not in states(answer)
    assert cells(answer)["proveedor", "trunk_up"] == 1


async def test_an_exchange_that_goes_away_in_the_middle_keeps_what_it_said_and_invents_nothing():
    manager = Manager(lists())
    manager.leaves_at = "CoreShowChannels"
    answer = await ask(manager)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert "CoreShowChannels" in answer.witness.reason
    assert cells(answer)["troncal", "trunk_up"] == 1
    assert not [name for _, name in cells(answer) if name in ("channels_used", "load_ratio", "calls_active")]
    manager.leaves_at = "PJSIPShowRegistrationsOutbound"
    assert (await ask(manager)).witness.outcome is Outcome.SILENT


async def test_the_password_is_not_sent_where_there_is_a_challenge_and_only_reads_are_asked():
    manager = Manager(lists())
    await ask(manager)
    assert all("nmspass" not in str(action) for action in manager.heard)
    asked = {action["Action"] for action in manager.heard}
    assert asked <= {*lists(), "SIPpeers", "SIPshowregistry", "DAHDIShowChannels", "PRIShowSpans",
                     "VoicemailUsersList", "Challenge", "Login", "Logoff", "CoreSettings"}  # fmt: skip
    old = await ask(Manager(lists(), md5=False))
    assert old.witness.outcome is Outcome.ANSWERED


async def test_a_wrong_password_is_a_refusal():
    answer = await ask(Manager(lists()), "wrong")
    assert answer.witness.outcome is Outcome.REFUSED
    assert "wrong" not in answer.witness.reason.replace("“", "")


async def test_events_that_nobody_asked_for_do_not_disturb():
    manager = Manager(lists())
    manager.noise = [{"Event": "FullyBooted", "Status": "Fully Booted"}, {"Event": "EndpointList", "ObjectName": "x"}]
    answer = await ask(manager)
    assert cells(answer)["", "registrations"] == 2


async def test_spans_and_analogue_lines_are_told():
    whole = lists()
    whole["PRIShowSpans"] = [
        {"Event": "PRIShowSpans", "Span": "1", "Order": "Primary", "Active": "Yes", "Alarm": "No", "Up": "Yes"},
        {"Event": "PRIShowSpans", "Span": "2", "Order": "Primary", "Active": "Yes", "Alarm": "Yes", "Up": "No"},
    ]
    whole["DAHDIShowChannels"] = [dahdi("124", "FXS Kewlstart", "Red Alarm"), dahdi("125", "FXS Kewlstart", call="x")]
    whole["SIPpeers"] = [
        {"Event": "PeerEntry", "ObjectName": "201", "IPaddress": "10.1.0.9", "Status": "OK (12 ms)"},
        {"Event": "PeerEntry", "ObjectName": "202", "IPaddress": "-none-", "Status": "UNKNOWN"},
    ]
    whole["SIPshowregistry"] = [{"Event": "RegistryEntry", "Host": "sip.x", "Username": "m", "State": "Registered"}]
    answer = await ask(Manager(whole))
    told = states(answer)
    assert told["PRI 1/Primary", "span"].severity is None
    assert told["PRI 2/Primary", "span"].severity is Severity.CRITICAL
    assert in_english(told["DAHDI 124", "alarm"].text) == "Red Alarm"
    assert told["DAHDI 125", "alarm"].severity is None
    assert (cells(answer)["DAHDI FXO", "channels_used"], cells(answer)["DAHDI FXO", "channels_size"]) == (1, 2)
    assert cells(answer)["", "registrations"] == 3
    assert cells(answer)["m@sip.x", "trunk_up"] == 1


def dahdi(number: str, signalling: str, alarm: str = "No Alarm", call: str = "") -> dict[str, str]:
    row = {"Event": "DAHDIShowChannels", "DAHDIChannel": number, "Signalling": signalling, "Alarm": alarm}
    return row | ({"Channel": call} if call else {})


def e1(first: int, signalling: str, alarm: str = "No Alarm", busy: int = 0) -> list[dict[str, str]]:
    """The thirty channels of an E1 span, all but the sixteenth."""
    numbers = [number for number in range(first, first + 31) if number != first + 15]
    return [dahdi(str(n), signalling, alarm, "DAHDI/i1/5-1" if at < busy else "") for at, n in enumerate(numbers)]


def span(number: int, channel: int, alarm: str = "No") -> dict[str, str]:
    up = "No" if alarm == "Yes" else "Yes"
    return {"Event": "PRIShowSpans", "Span": str(number), "DChannel": str(channel), "Order": "Primary",
            "Active": "Yes", "Alarm": alarm, "Up": up}  # fmt: skip


async def test_a_lost_span_is_told_once_and_its_channels_are_counted():
    whole = lists()
    whole["PRIShowSpans"] = [span(2, 47), span(1, 16, alarm="Yes")]
    whole["DAHDIShowChannels"] = [*e1(1, "ISDN PRI", "Red Alarm"), *e1(32, "ISDN PRI", busy=7)]
    answer = await ask(Manager(whole))
    assert [key for key, state in states(answer).items() if state.severity is Severity.CRITICAL] == [
        ("PRI 1/Primary", "span")
    ]
    told = cells(answer)
    assert (told["PRI 2/Primary", "channels_used"], told["PRI 2/Primary", "channels_size"]) == (7, 30)
    assert (told["PRI 1/Primary", "channels_used"], told["PRI 1/Primary", "trunk_up"]) == (0, 0)


async def test_channels_that_fit_no_span_are_not_guessed():
    whole = lists()
    whole["PRIShowSpans"] = [span(1, 16), span(2, 47)]
    whole["DAHDIShowChannels"] = e1(1, "ISDN PRI")
    told = cells(await ask(Manager(whole)))
    assert told["PRI 1/Primary", "trunk_up"] == 1
    assert ("PRI 1/Primary", "channels_size") not in told


async def test_channels_of_a_signalling_without_a_d_channel_are_told_together():
    whole = lists()
    whole["DAHDIShowChannels"] = [*e1(1, "MFC/R2", "Red Alarm"), *e1(32, "MFC/R2", busy=3)]
    answer = await ask(Manager(whole))
    state = states(answer)["DAHDI MFC/R2", "alarm"]
    assert (state.severity, in_english(state.text)) == (Severity.CRITICAL, "Red Alarm: 30 of 60 channels (1-15, 17-31)")
    assert (cells(answer)["DAHDI MFC/R2", "channels_used"], cells(answer)["DAHDI MFC/R2", "trunk_up"]) == (3, 1)


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-x\r\n", b"Asterisk Call Manager/11\r\n" + b"a: b\r\n" * 5000, b"x" * 100_000]
)
async def test_what_is_no_manager_is_told_in_a_sentence(said: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with tcp_server(talk) as port:
        asker = AmiAsker(lambda device, endpoint: AmiTarget("127.0.0.1", port, "nms", "x"), Desk(), 1.0)
        answer = await asker.ask(PBX, Endpoint("ami", "127.0.0.1", port), 1.0)
    assert answer.witness.outcome in (Outcome.FAILED, Outcome.SILENT)
    assert len(answer.witness.reason) < 200


async def test_an_empty_port_is_silent():
    port = free_port()
    asker = AmiAsker(lambda device, endpoint: AmiTarget("127.0.0.1", port, "nms", "x"), Desk(), 2.0)
    assert (await asker.ask(PBX, Endpoint("ami", "127.0.0.1", port), 1.0)).witness.outcome is Outcome.SILENT
