"""SIP OPTIONS against Kamailio and SIPp, and against peers that misbehave."""

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nms.collect.telephony.sip import SipProbe
from nms.model import Outcome, Severity
from nms.transports import sip
from nms.transports.sip import SipTarget
from tests.collect.applications.asking import ask, state, values
from tests.peers import Peer, free_port
from tests.transports.daemons import start_kamailio, start_sipp
from tests.transports.servers import make_certificate, tcp_server, udp_server


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("kamailio")
    made = make_certificate(folder)
    with start_kamailio(folder, made.certificate, made.key) as peer:
        yield peer


@pytest.mark.parametrize("protocol", ["udp", "tcp", "tls"])
async def test_kamailio_answers_options_with_its_timing(kamailio: Peer, protocol: str):
    port = kamailio.tls_port if protocol == "tls" else kamailio.port
    answer = await ask(SipProbe(), "sip", port, protocol=protocol, verify_tls=False)
    found = values(answer)
    assert found["check_up"] == 1, answer.witness.reason
    assert 0 < (found["sip_response_seconds"] or 0) < 1
    assert state(answer, "retransmissions").value == 0
    if protocol == "tls":
        untrusted = await ask(SipProbe(), "sip", port, protocol="tls")
        assert "certificate" in untrusted.witness.reason


@pytest.mark.parametrize(("user", "up"), [("", 1), ("ausente", 1), ("rota", 0)])
async def test_a_refusal_for_one_user_comes_from_a_server_at_work_and_503_does_not(kamailio: Peer, user: str, up: int):
    answer = await ask(SipProbe(), "sip", kamailio.port, user=user)
    assert values(answer)["check_up"] == up
    assert ("503 Service Unavailable" in answer.witness.reason) is not bool(up)


async def test_kamailio_names_its_software(kamailio: Peer):
    answer = await sip.options(SipTarget("127.0.0.1", kamailio.port), 5)
    assert (answer.status, answer.server, answer.sent) == (200, "test exchange", 1)


async def test_an_agent_that_knows_no_options_is_silent(tmp_path: Path):
    with start_sipp(tmp_path) as peer:
        answer = await ask(SipProbe(), "sip", peer.port, 1.0)
    assert answer.witness.outcome is Outcome.SILENT


def respond(request: bytes, status: str = "200 OK", **changed: str) -> bytes:
    """A response to a request, with headers of the request repeated or changed."""
    lines = request.decode().split("\r\n")
    kept = [line for line in lines if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
    kept = [f"{name}: {changed.get(name.replace('-', '_'), value.strip())}" for name, _, value in
            (line.partition(":") for line in kept)]  # fmt: skip
    return "\r\n".join([f"SIP/2.0 {status}", *kept, "l: 0", "", ""]).encode()


async def test_a_lost_request_is_sent_again_after_half_a_second():
    seen = []

    def deaf_at_first(data: bytes) -> bytes | None:
        seen.append(time.monotonic())
        return respond(data) if len(seen) > 1 else None

    async with udp_server(deaf_at_first) as port:
        answer = await sip.options(SipTarget("127.0.0.1", port), 5)
    assert (answer.sent, len(seen)) == (2, 2)
    assert 0.45 < seen[1] - seen[0] < 1.5
    assert answer.seconds > 0.45


async def test_loss_that_callers_would_hear_is_a_warning():
    seen = []
    async with udp_server(lambda data: respond(data) if seen.append(1) or len(seen) > 3 else None) as port:
        answer = await ask(SipProbe(), "sip", port, 8.0)
    assert state(answer, "retransmissions").severity is Severity.WARNING


@pytest.mark.parametrize(
    "forge",
    [
        lambda request: respond(request, Call_ID="other@nms"),
        lambda request: respond(request, Via="SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKother"),
        lambda request: respond(request, CSeq="1 INVITE"),
        lambda request: respond(request, "100 Trying"),
        lambda request: b"\xff" * 600,
        lambda request: b"SIP/2.0 abc OK\r\n\r\n",
        lambda request: request,
    ],
)
async def test_what_is_no_final_answer_to_our_request_does_not_count(forge):
    async with udp_server(forge) as port:
        answer = await ask(SipProbe(), "sip", port, 0.3)
    assert answer.witness.outcome is Outcome.SILENT


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"a" * 200_000,
        b"SIP/2.0 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"SIP/2.0",
    ],
)
async def test_a_stream_that_is_no_sip_is_told_in_a_sentence(said: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)

    async with tcp_server(talk) as port:
        answer = await ask(SipProbe(), "sip", port, 2.0, protocol="tcp")
    assert answer.witness.outcome is Outcome.PARTIAL
    assert len(answer.witness.reason) < 200


async def test_nobody_there_is_silent_and_an_unusable_user_never_leaves():
    for protocol, kind in (("udp", socket.SOCK_DGRAM), ("tcp", socket.SOCK_STREAM)):
        answer = await ask(SipProbe(), "sip", free_port(kind), 2.0, protocol=protocol)
        assert answer.witness.outcome is Outcome.SILENT, answer.witness
    answer = await ask(SipProbe(), "sip", 5060, user="x\r\nVia: y")
    assert answer.witness.outcome is Outcome.FAILED
