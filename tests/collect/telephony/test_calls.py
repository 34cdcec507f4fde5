"""Calls and their quality from a manager's events, voice mail, capacity; and the same exchange through ARI."""

from __future__ import annotations

import asyncio
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.collect.answer import Answer
from nms.collect.telephony.ari import AriAsker
from nms.collect.telephony.asterisk import AmiAsker
from nms.collect.telephony.calls import CallBook
from nms.collect.telephony.desk import Desk
from nms.collect.telephony.quality import Heard, opinion, rating, score, together
from nms.i18n import in_english
from nms.model import Device, DeviceId, Endpoint, Outcome, Role, Severity
from nms.transports.ami import AmiTarget
from nms.transports.http import HttpClient
from tests.collect.telephony.manager import Manager
from tests.peers import free_port
from tests.transports.servers import tcp_server

PBX = Device(DeviceId("pbx"), "pbx", Role.PBX, "127.0.0.1", "s", "d")
TRUNKS = {"troncal": 30}


def cells(answer: Answer) -> dict[tuple[str, str, str], float]:
    (reading,) = answer.readings
    return {
        (component.kind, component.key, metric): value
        for metric, column in reading.columns.items()
        for component, value in zip(reading.components, column, strict=True)
        if value is not None
    }


def cdr(channel: str, to: str, disposition: str, seconds: int) -> dict[str, str]:
    return {
        "event": "Cdr",
        "channel": channel,
        "destinationchannel": to,
        "disposition": disposition,
        "billableseconds": str(seconds),
        "source": "5512345678",
    }


def rtcp(
    channel: str, lost: object, jitter: object, trip: str = "0.0400", kind: str = "RTCPReceived"
) -> dict[str, str]:
    return {
        "event": kind,
        "channel": channel,
        "rtt": trip,
        "report0fractionlost": str(lost),
        "report0iajitter": str(jitter),
    }


def test_the_e_model_gives_the_values_of_the_recommendation() -> None:
    """G.107 Annex B: R 93.2 is 4.41, 80 is 4.03, 70 is 3.60, 60 is 3.10, 50 is 2.58."""
    for r, wanted in ((93.2, 4.41), (90, 4.34), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58)):
        assert opinion(r) == pytest.approx(wanted, abs=0.01)
    assert opinion(0) == 1.0
    assert rating(0, 0) == 93.2
    assert rating(0.05, 0.05) < rating(0.01, 0.05) < rating(0, 0.05)
    assert rating(0, 0.4) < rating(0, 0.177) - 20


@given(st.floats(0, 1), st.floats(0, 5), st.one_of(st.none(), st.floats(0, 10)))
def test_a_score_is_always_one_and_worse_for_more_loss(loss: float, jitter: float, trip: float | None) -> None:
    found = score(loss, jitter, trip)
    assert 1 <= found <= 4.5
    assert found <= score(loss / 2, jitter, trip) + 1e-9


def test_reports_are_averaged_and_a_round_trip_that_nobody_told_is_absent() -> None:
    found = together([Heard(0.0, 0.01, None), Heard(0.1, 0.03, None)])
    assert found["loss_ratio"] == pytest.approx(0.05)
    assert found["jitter_seconds"] == pytest.approx(0.02)
    assert "delay_seconds" not in found
    assert together([]) == {}


def test_calls_of_the_last_hour_are_counted_by_trunk_without_who_called_whom() -> None:
    book = CallBook(("troncal",))
    book.take(cdr("PJSIP/101-00000001", "PJSIP/troncal-00000002", "ANSWERED", 60), 1000.0)
    book.take(cdr("PJSIP/102-00000003", "PJSIP/troncal-00000004", "NO ANSWER", 0), 1010.0)
    book.take(cdr("PJSIP/101-00000005", "PJSIP/102-00000006", "ANSWERED", 30), 1020.0)
    rows = {part.key: values for part, values in book.rows(1100.0).items()}
    assert rows["troncal"] == {"count": 2, "percentage_ratio": 0.5, "call_duration_seconds": 60.0}
    assert rows["telephones"]["count"] == 1
    assert "5512345678" not in repr(book)
    assert [part.key for part in book.rows(1015.0 + 3600)] == ["telephones"]
    assert book.rows(9000.0) == {}


def test_quality_is_that_of_the_last_five_minutes_and_nonsense_is_not_counted() -> None:
    book = CallBook(("troncal",))
    book.take(rtcp("PJSIP/troncal-00000002", 26, 160), 1000.0)
    book.take(rtcp("PJSIP/troncal-00000002", 0, 80, "0.0000", "RTCPSent"), 1005.0)
    for event in (rtcp("PJSIP/troncal-00000002", 300, 1), rtcp("x", "-1", 1), rtcp("x", 0, 10**9), rtcp("x", "", "")):
        book.take(event, 1006.0)
    ((part, values),) = book.rows(1010.0).items()
    assert (part.kind, part.key) == ("voice", "troncal")
    assert values["loss_ratio"] == pytest.approx(26 / 512)
    assert values["jitter_seconds"] == pytest.approx(0.015)
    assert values["delay_seconds"] == 0.04
    assert 3.5 < values["mean_opinion_score"] < 4.4
    assert book.rows(1400.0) == {}


async def test_events_between_polls_are_heard_over_a_connection_of_their_own() -> None:
    manager = Manager({"CoreShowChannels": []})
    async with manager.serve() as port:
        asker = AmiAsker(lambda *_: AmiTarget("127.0.0.1", port, "nms", "nmspass"), Desk(), 5.0)
        endpoint = Endpoint("ami", "127.0.0.1", port, options={"trunks": TRUNKS, "calls": True})
        first = await asker.ask(PBX, endpoint, 1000.0)
        assert first.witness.outcome is Outcome.ANSWERED
        manager.events.put_nowait({name.title(): value for name, value in cdr(
            "PJSIP/101-00000001", "PJSIP/troncal-00000002", "ANSWERED", 42).items()})  # fmt: skip
        (listener,) = asker._listeners.values()
        listener.clock = lambda: 1030.0
        for _ in range(500):
            if listener.heard:
                break
            await asyncio.sleep(0.01)
        second = await asker.ask(PBX, endpoint, 1060.0)
        asker.close()
    found = cells(second)
    assert found["calls", "troncal", "count"] == 1
    assert found["calls", "troncal", "call_duration_seconds"] == 42
    asked = [action.get("Events") for action in manager.heard if action.get("Action") == "Login"]
    assert sorted(str(one) for one in asked) == ["cdr,reporting", "off", "off"]


async def test_a_listener_that_is_refused_is_a_problem_of_its_own() -> None:
    async with Manager({"CoreShowChannels": []}).serve() as port:
        asker = AmiAsker(lambda *_: AmiTarget("127.0.0.1", port, "nms", "nmspass"), Desk(), 5.0)
        endpoint = Endpoint("ami", "127.0.0.1", port, options={"calls": True})
        await asker.ask(PBX, endpoint, 1000.0)
        (listener,) = asker._listeners.values()
        listener.trouble = "127.0.0.1 refuses the log-in"
        answer = await asker.ask(PBX, endpoint, 1060.0)
        asker.close()
    assert answer.witness.outcome is Outcome.PARTIAL
    assert "call events" in answer.problems[0]
    assert cells(answer)["device", "", "channels_used"] == 0


async def test_full_mailboxes_and_the_share_of_all_calls_are_told() -> None:
    boxes = [
        {"Event": "VoicemailUserEntry", "VoiceMailbox": "101", "NewMessageCount": "3", "OldMessageCount": "97",
         "MaxMessageCount": "100"},
        {"Event": "VoicemailUserEntry", "VoiceMailbox": "102", "NewMessageCount": "1", "OldMessageCount": "0",
         "MaxMessageCount": "100"},
    ]  # fmt: skip
    manager = Manager({"VoicemailUsersList": boxes, "CoreShowChannels": [{"Event": "CoreShowChannel", "Channel": "x"}]})
    manager.settings = {"AsteriskVersion": "22.10.1", "CoreMaxCalls": "4"}
    async with manager.serve() as port:
        asker = AmiAsker(lambda *_: AmiTarget("127.0.0.1", port, "nms", "nmspass"), Desk(), 5.0)
        answer = await asker.ask(PBX, Endpoint("ami", "127.0.0.1", port), 1000.0)
    found = cells(answer)
    assert found["voicemail", "mailboxes", "count"] == 4
    assert found["device", "", "load_ratio"] == 0.25
    (mail,) = [state for state in answer.states if state.component.kind == "voicemail"]
    assert (in_english(mail.text), mail.severity) == ("2 mailboxes, full: 101", Severity.WARNING)
    assert "most_calls" not in answer.facts


ARI = {
    "/ari/asterisk/info": {"system": {"version": "22.1.0"}, "config": {"max_channels": 10}},
    "/ari/endpoints": [
        {"technology": "PJSIP", "resource": "101", "state": "online", "channel_ids": ["1.1"]},
        {"technology": "PJSIP", "resource": "102", "state": "offline", "channel_ids": []},
        {"technology": "PJSIP", "resource": "troncal", "state": "offline", "channel_ids": []},
        {"technology": "Local", "resource": "x", "state": "unknown"},
    ],
    "/ari/channels": [{"id": "1.1", "name": "PJSIP/101-00000001"}, {"id": "1.2", "name": "PJSIP/troncal-00000002"}],
    "/ari/bridges": [{"id": "b1", "channels": ["1.1", "1.2"]}],
}


async def ari(documents: dict[str, object], status: str = "200 OK") -> Answer:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        right = "Basic bm1zOnNlY3JldG8=" in head
        code = status if right else "401 Unauthorized"
        code = code if path in documents else "404 Not Found"
        body = json.dumps(documents.get(path)).encode()
        writer.write(f"HTTP/1.1 {code}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()

    async with tcp_server(talk) as port:
        asker = AriAsker(HttpClient(), lambda *_: {"Authorization": "Basic bm1zOnNlY3JldG8="}, 5.0)
        options = {"url": f"http://{{address}}:{port}/ari", "trunks": TRUNKS}
        return await asker.ask(PBX, Endpoint("ari", "127.0.0.1", port, options=options), 1000.0)


async def test_the_rest_interface_tells_telephones_trunks_channels_and_calls() -> None:
    answer = await ari(ARI)
    assert answer.witness.outcome is Outcome.ANSWERED, answer.witness.reason
    found = cells(answer)
    assert found["device", "", "registrations"] == 1
    assert found["device", "", "calls_active"] == 1
    assert found["device", "", "load_ratio"] == 0.1
    assert found["trunk", "troncal", "channels_used"] == 1
    assert math.isclose(found["trunk", "troncal", "load_ratio"], 1 / 30)
    (trunk,) = [state for state in answer.states if state.component.key == "troncal"]
    assert trunk.severity is Severity.CRITICAL
    assert answer.facts["version"] == "22.1.0"


async def test_a_part_that_is_missing_is_named_and_the_rest_kept() -> None:
    answer = await ari({path: document for path, document in ARI.items() if path != "/ari/channels"})
    assert answer.witness.outcome is Outcome.PARTIAL
    assert "channels" in answer.problems[0]
    assert cells(answer)["device", "", "registrations"] == 1


@pytest.mark.parametrize(
    ("documents", "status"), [({}, "200 OK"), (ARI, "500 Oops"), ({**ARI, "/ari/endpoints": 7}, "200 OK")]
)
async def test_what_is_no_ari_is_told_in_a_sentence(documents: dict[str, object], status: str) -> None:
    answer = await ari(documents, status)
    assert answer.witness.outcome in (Outcome.FAILED, Outcome.PARTIAL)
    assert len(answer.witness.reason) < 300


async def test_nobody_at_the_port_is_silent() -> None:
    asker = AriAsker(HttpClient(), lambda *_: {}, 2.0)
    endpoint = Endpoint("ari", "127.0.0.1", options={"url": f"http://127.0.0.1:{free_port()}/ari"})
    assert (await asker.ask(PBX, endpoint, 1.0)).witness.outcome is Outcome.SILENT
