"""Mail, directory, database, name and time servers: real ones, and some that break the rules."""

import asyncio
import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from nms.collect.applications.ports import DnsProbe, NtpProbe, TcpProbe, UdpProbe
from nms.collect.applications.servers import LdapProbe, MailProbe, SqlProbe
from nms.collect.applications.web import TlsProbe
from nms.model import Outcome
from nms.transports.errors import TransportError
from nms.transports.ldap import root_entry
from nms.transports.secured import SecuredTarget
from nms.transports.sql import SqlClient
from tests.collect.applications.asking import ask, no_login, state, values
from tests.databases import start_postgresql
from tests.peers import Peer, free_port, wait_until
from tests.transports.daemons import start_chronyd, start_dovecot, start_mariadb, start_slapd
from tests.transports.servers import make_certificate, tcp_server, udp_server


def login(user: str = "nms", password: str = "nmspass"):
    return lambda device, endpoint: (user, password)


class Sink:
    pass


@pytest.fixture(params=[()])
def smtp(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """aiosmtpd with STARTTLS, and a log-in only behind it, without the mechanisms of the parameter."""
    made = make_certificate(tmp_path)
    sessions: list[SMTP] = []

    class Server(Controller):
        def factory(self) -> SMTP:
            def check(server, session, envelope, mechanism, data):
                right = isinstance(data, LoginPassword) and data.password == b"nmspass"
                return AuthResult(success=right, handled=right)

            sessions.append(
                SMTP(
                    Sink(),
                    tls_context=made.context(),
                    authenticator=check,
                    hostname="mx.example",
                    auth_exclude_mechanism=request.param,
                )
            )
            return sessions[-1]

    server = Server(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server.port
    wait_until(
        lambda: all(one.transport is None or one.transport.is_closing() for one in sessions), "the end of all sessions"
    )
    server.stop()


async def test_a_mail_server_that_greets_passes(smtp: int):
    answer = await ask(MailProbe(no_login), "smtp", smtp)
    assert values(answer)["check_up"] == 1, answer.witness.reason


@pytest.mark.parametrize("smtp", [(), ("PLAIN",), ("LOGIN",)], indirect=True, ids=["both", "LOGIN", "PLAIN"])
async def test_starttls_protects_the_log_in_and_a_wrong_password_is_refused(smtp: int):
    secure = {"security": "starttls", "verify_tls": False}
    right = await ask(MailProbe(login()), "smtp", smtp, **secure)
    assert right.witness.outcome is Outcome.ANSWERED, right.witness.reason
    assert (values(right)["check_tls_seconds"] or 0) > 0
    wrong = await ask(MailProbe(login(password="x")), "smtp", smtp, **secure)
    assert (wrong.witness.outcome, values(wrong)["check_up"]) == (Outcome.REFUSED, 0)
    untrusted = await ask(MailProbe(no_login), "smtp", smtp, security="starttls")
    assert "certificate" in untrusted.witness.reason
    bare = await ask(MailProbe(login()), "smtp", smtp)
    assert bare.witness.outcome is Outcome.FAILED
    assert "would go out unprotected" in bare.witness.reason


async def test_the_certificate_behind_starttls_is_looked_at(smtp: int):
    asked = {"server_name": "portal.example", "verify": False}
    answer = await ask(TlsProbe(), "tls", smtp, at=time.time(), starttls="smtp", **asked)
    assert values(answer)["check_up"] == 1, answer.witness.reason
    assert (values(answer)["certificate_not_after_seconds"] or 0) > time.time()
    assert state(answer, "strength").severity is None
    other = await ask(TlsProbe(), "tls", smtp, 5.0, starttls="imap", **asked)
    assert "does not greet as IMAP does" in other.witness.reason


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Peer]:
    made = make_certificate(tmp_path)
    with start_dovecot(tmp_path, made.certificate, made.key) as peer:
        yield peer


async def test_a_mailbox_server_takes_a_log_in(dovecot: Peer):
    secure = {"security": "starttls", "verify_tls": False}
    behind = {"starttls": "imap", "server_name": "portal.example", "verify": False}
    certificate = await ask(TlsProbe(), "tls", dovecot.port, at=time.time(), **behind)
    assert values(certificate)["check_up"] == 1, certificate.witness.reason
    greeted = await ask(MailProbe(no_login), "imap", dovecot.port)
    assert values(greeted)["check_up"] == 1, greeted.witness.reason
    right = await ask(MailProbe(login("ana", 'pa"ss\\word')), "imap", dovecot.port, **secure)
    assert values(right)["check_up"] == 1, right.witness.reason
    wrong = await ask(MailProbe(login("ana", "x")), "imap", dovecot.port, **secure)
    assert wrong.witness.outcome is Outcome.REFUSED, wrong.witness.reason


async def test_a_directory_shows_its_root_and_refuses_a_wrong_password(tmp_path: Path):
    made = make_certificate(tmp_path, ("127.0.0.1",))
    with start_slapd(tmp_path, (made.certificate, made.key)) as peer:
        anonymous = await ask(LdapProbe(no_login), "ldap", peer.port)
        assert values(anonymous)["check_up"] == 1, anonymous.witness.reason
        secure = {"security": "starttls", "verify_tls": False}
        right = await ask(LdapProbe(login("cn=nms,dc=example")), "ldap", peer.port, **secure)
        assert values(right)["check_up"] == 1, right.witness.reason
        wrong = await ask(LdapProbe(login("cn=nms,dc=example", "x")), "ldap", peer.port, **secure)
        assert (wrong.witness.outcome, values(wrong)["check_up"]) == (Outcome.REFUSED, 0)
        root = await root_entry(SecuredTarget("127.0.0.1", peer.port), 5)
    assert root.attributes["namingcontexts"] == ("dc=example",)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x80", b"\x30\x03\x02\x01\x02", b"HTTP/1.1 400\r\n\r\n",
     b"\x30\x07\x02\x01\x02\x61\x7f\x0a\x01", b"\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00" * 40],
)  # fmt: skip
async def test_what_is_no_directory_is_said_in_a_sentence(garbage: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(garbage)

    async with tcp_server(talk) as port:
        with pytest.raises(TransportError, match=r"127\.0\.0\.1"):
            await root_entry(SecuredTarget("127.0.0.1", port), 0.5)


@pytest.mark.parametrize("transport", ["smtp", "imap"])
@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH\r\n", b"a" * 100_000 + b"\r\n", b"220-more\r\n" * 200, b"\xff\x00\r\n"]
)
async def test_what_is_no_mail_server_is_heard_and_fails(transport: str, said: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()

    async with tcp_server(talk) as port:
        answer = await ask(MailProbe(no_login), transport, port, seconds=1.0)
    assert answer.witness.outcome is Outcome.PARTIAL
    assert len(answer.witness.reason) < 200


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Peer]:
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))  # outside pytest's own, which only root may enter
    folder.chmod(0o755)
    try:
        with start_postgresql(folder) as peer:
            yield peer
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def databases() -> Iterator[SqlClient]:
    client = SqlClient(2)
    yield client
    client.close()


async def test_postgresql_answers_a_query_and_only_reads(postgresql: Peer, databases: SqlClient):
    probe = SqlProbe(databases, login("nms", ""))

    async def query(text: str, seconds: float = 5.0, **more: str):
        return await ask(probe, "sql", postgresql.port, seconds, engine="postgresql", query=text, **more)

    passed = await query("SELECT count(*) FROM pg_class")
    assert values(passed)["check_up"] == 1, passed.witness.reason
    assert "read-only" in (await query("CREATE TABLE x (a int)")).witness.reason
    assert 'relation "nada" does not exist' in (await query("SELECT 1 FROM nada")).witness.reason
    assert "gave no rows" in (await query("SELECT 1 WHERE false")).witness.reason
    missing = await query("SELECT 1", database="nada")
    assert (missing.witness.outcome, values(missing)["check_up"]) == (Outcome.PARTIAL, 0)
    slow = await query("SELECT pg_sleep(30)", 0.5)
    assert "0.5 s" in slow.witness.reason or "statement timeout" in slow.witness.reason
    many = await query("SELECT generate_series(1, 100000)")
    assert values(many)["check_up"] == 1


async def test_mysql_answers_a_query_and_refuses_a_wrong_password(tmp_path: Path, databases: SqlClient):
    with start_mariadb(tmp_path) as peer:

        async def query(text: str, password: str = "nmspass"):
            probe = SqlProbe(databases, login("nms", password))
            return await ask(probe, "sql", peer.port, engine="mysql", query=text)

        passed = await query("SELECT 1")
        assert values(passed)["check_up"] == 1, passed.witness.reason
        refused = await query("SELECT 1", "x")
        assert refused.witness.outcome is Outcome.REFUSED, refused.witness.reason
        assert "x" not in refused.witness.reason.split("refuses")[0]
        assert "cannot answer the query" in (await query("SELECT nada")).witness.reason


@pytest.mark.parametrize("engine", ["postgresql", "mysql", "mssql"])
async def test_a_database_that_is_gone_is_silent_and_one_that_is_none_is_told(engine: str, databases: SqlClient):
    probe = SqlProbe(databases, login())
    gone = await ask(probe, "sql", free_port(), 1.0, engine=engine)
    assert gone.witness.outcome is Outcome.SILENT, gone.witness

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with tcp_server(talk) as port:
        answer = await ask(probe, "sql", port, 3.0, engine=engine)
    assert values(answer)["check_up"] == 0


@pytest.mark.parametrize("engine", ["mysql", "mssql"])
async def test_a_database_that_never_finishes_costs_no_thread_for_longer_than_its_time(engine: str):
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xff\xff\x00" if engine == "mysql" else b"\x04\x00\x0f\xff\x00\x00\x01\x00")
        while True:
            writer.write(b"\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    client = SqlClient(1)
    probe = SqlProbe(client, login())
    async with tcp_server(drip) as slow, tcp_server(other) as quick:
        first = await ask(probe, "sql", slow, 0.3, engine=engine)
        second = await ask(probe, "sql", quick, 30.0, engine=engine)
    client.close()
    assert first.witness.outcome is Outcome.SILENT
    assert "did not answer the query within 0.3 s" in first.witness.reason
    assert "did not answer the query" not in second.witness.reason


async def test_a_database_server_cannot_send_the_log_in_to_another_address(databases: SqlClient):
    """Routing of TDS 7.4 ([MS-TDS] 2.2.7.9, type 20): a server may name another one."""
    reached = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(await reader.read(1))

    def packet(payload: bytes) -> bytes:
        return struct.pack("!BBHHBB", 4, 1, 8 + len(payload), 0, 1, 0) + payload

    def token(kind: int, content: bytes) -> bytes:
        return struct.pack("<BH", kind, len(content)) + content

    async with tcp_server(elsewhere) as target:
        host = "127.0.0.1".encode("utf-16-le")
        route = struct.pack("<BHH", 0, target, len(host) // 2) + host
        routed = token(0xE3, b"\x14" + struct.pack("<H", len(route)) + route + b"\0\0")
        accepted = token(0xAD, b"\x01\x74\x00\x00\x04\x01x\x00" + bytes(4))
        done = b"\xfd" + bytes(12)
        options = b"\x00\x00\x0b\x00\x06\x01\x00\x11\x00\x01\xff" + b"\x0f\0\0\0\0\0" + b"\x02"

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for answer in (packet(options), packet(accepted + routed + done)):
                head = await reader.readexactly(8)
                await reader.readexactly(struct.unpack("!H", head[2:4])[0] - 8)
                writer.write(answer)
            await reader.read()

        async with tcp_server(talk) as port:
            answer = await ask(SqlProbe(databases, login("nms", "secreta")), "sql", port, 5.0, engine="mssql")
    assert "sends its clients to another address" in answer.witness.reason
    assert reached == []


async def test_a_missing_driver_is_our_own_fault(databases: SqlClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "pytds", None)
    answer = await ask(SqlProbe(databases, login()), "sql", free_port(), engine="mssql")
    assert (answer.witness.outcome, answer.readings) == (Outcome.FAILED, ())
    assert "pip install 'nms[mssql]'" in answer.witness.reason


def name_server(code: str = "NOERROR", *records: str, kind: str = "A", truncate: bool = False):
    def answer(query: bytes) -> bytes:
        response = dns.message.make_response(dns.message.from_wire(query))
        response.set_rcode(dns.rcode.from_text(code))
        if records:
            response.answer.append(dns.rrset.from_text("portal.example.", 60, "IN", kind, *records))
        if truncate:
            response.flags |= 0x0200
            response.answer.clear()
        return response.to_wire()

    return answer


@pytest.mark.parametrize(
    ("server", "options", "reason"),
    [
        (name_server("NOERROR", "127.10.100.1"), {"expect": ("127.10.100.1",)}, ""),
        (name_server("NOERROR", "10.0.0.1", "10.0.0.2"), {"expect": ("10.0.0.3",)},
         "portal.example (A) is 10.0.0.1, 10.0.0.2, expected 10.0.0.3"),
        (name_server("NXDOMAIN"), {}, "portal.example (A): the name does not exist"),
        (name_server("SERVFAIL"), {}, "portal.example (A): the server cannot answer (SERVFAIL)"),
        (name_server(), {}, "portal.example has no A record"),
        (name_server("NOERROR", "10 MX.example.", kind="MX"), {"type": "MX", "expect": ("10 mx.example",)}, ""),
        (name_server("NOERROR", '"v=spf1 -all"', kind="TXT"), {"type": "TXT", "expect": ("v=spf1 -all",)}, ""),
    ],
)  # fmt: skip
async def test_a_name_server_must_give_the_records_that_are_expected(server, options, reason):
    async with udp_server(server) as port:
        answer = await ask(DnsProbe(), "dns", port, name="portal.example", **options)
    assert answer.witness.reason == reason
    assert values(answer)["check_up"] == int(not reason)


async def test_an_answer_too_long_for_a_datagram_comes_over_tcp():
    whole = name_server("NOERROR", *[f"10.0.{n}.1" for n in range(200)])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        query = await reader.readexactly(struct.unpack("!H", await reader.readexactly(2))[0])
        wire = whole(query)
        writer.write(struct.pack("!H", len(wire)) + wire)
        await writer.drain()
        writer.close()

    async with udp_server(name_server(truncate=True)) as port:
        server = await asyncio.start_server(talk, "127.0.0.1", port)
        async with server:
            answer = await ask(DnsProbe(), "dns", port, name="portal.example", expect=("10.0.199.1",))
    assert values(answer)["check_up"] == 1, answer.witness.reason


async def test_forged_and_broken_answers_of_a_name_server_do_not_count():
    async with udp_server(lambda query: b"\xff" * 3) as port:
        broken = await ask(DnsProbe(), "dns", port, 0.4, name="portal.example")
    assert values(broken)["check_up"] == 0
    other = name_server("NOERROR", "10.0.0.1")
    async with udp_server(lambda query: b"\0\0" + other(query)[2:]) as port:
        forged = await ask(DnsProbe(), "dns", port, 0.4, name="portal.example")
    assert forged.witness.outcome is Outcome.SILENT
    gone = await ask(DnsProbe(), "dns", free_port(socket.SOCK_DGRAM), 1.0, name="portal.example")
    assert gone.witness.outcome is Outcome.SILENT


async def test_a_time_server_tells_its_offset(tmp_path: Path):
    with start_chronyd(tmp_path) as peer:
        answer = await ask(NtpProbe(), "ntp", peer.port)
    found = values(answer)
    assert (found["check_up"], found["clock_stratum"]) == (1, 5), answer.witness.reason
    assert abs(found["clock_offset_seconds"] or 0) < 0.1
    assert state(answer, "clock").severity is None


async def test_a_time_server_that_follows_nobody_fails(tmp_path: Path):
    with start_chronyd(tmp_path, synchronised=False) as peer:
        answer = await ask(NtpProbe(), "ntp", peer.port)
    assert values(answer)["check_up"] == 0
    assert "not synchronised" in answer.witness.reason


async def test_a_time_server_in_another_era_or_that_says_nonsense():
    def half_an_hour_ahead(query: bytes) -> bytes:
        stamp = struct.unpack_from("!Q", query, 40)[0]
        now = int((time.time() + 2_208_988_800 + 1800) * 2**32) % 2**64
        return struct.pack("!BBbbII4sQQQQ", 0x24, 2, 0, 0, 0, 0, bytes((10, 0, 0, 9)), now, stamp, now, now)

    async with udp_server(half_an_hour_ahead) as port:
        answer = await ask(NtpProbe(), "ntp", port)
    assert abs((values(answer)["clock_offset_seconds"] or 0) - 1800) < 1
    assert state(answer, "clock").severity is not None
    async with udp_server(lambda query: b"\x24" * 10) as port:
        short = await ask(NtpProbe(), "ntp", port, 0.3)
    assert short.witness.outcome is Outcome.SILENT


async def test_an_answer_that_was_long_on_its_way_accuses_no_clock(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nms.collect.applications.ports._CLOCK_WARNING_SECONDS", 0.05)

    def late(query: bytes) -> bytes:
        now = int((time.time() + 2_208_988_800) * 2**32) % 2**64
        time.sleep(0.3)
        asked = struct.unpack_from("!Q", query, 40)[0]
        return struct.pack("!BBbbII4sQQQQ", 0x24, 2, 0, 0, 0, 0, bytes((10, 0, 0, 9)), now, asked, now, now)

    async with udp_server(late) as port:
        answer = await ask(NtpProbe(), "ntp", port)
    assert (values(answer)["clock_offset_seconds"] or 0) < -0.1
    assert state(answer, "clock").severity is None


async def test_a_port_that_accepts_passes_and_one_that_says_something_else_fails():
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 listo\r\n")
        writer.write((await reader.read(100)).upper())

    async with tcp_server(greet) as port:
        assert values(await ask(TcpProbe(), "tcp", port))["check_up"] == 1
        echoed = await ask(TcpProbe(), "tcp", port, send="hola", expect="HOLA")
        assert values(echoed)["check_up"] == 1, echoed.witness.reason
        wrong = await ask(TcpProbe(), "tcp", port, send="hola", expect="PONG")
        assert "said “220 listo HOLA”, expected “PONG”" in wrong.witness.reason
        waiting = await ask(TcpProbe(), "tcp", port, 0.2, expect="PONG")
        assert waiting.witness.outcome is Outcome.PARTIAL
        assert "accepts connections, but did not say “PONG”" in waiting.witness.reason
    gone = await ask(TcpProbe(), "tcp", free_port())
    assert gone.witness.outcome is Outcome.SILENT


async def test_a_datagram_port_is_asked_again_when_a_datagram_gets_lost():
    seen = []

    def forgetful(data: bytes) -> bytes | None:
        seen.append(data)
        return b"pong" if len(seen) > 1 else None

    async with udp_server(forgetful) as port:
        answer = await ask(UdpProbe(), "udp", port, send="ping", expect="pong")
    assert values(answer)["check_up"] == 1, answer.witness.reason
    assert seen == [b"ping", b"ping"]
    gone = await ask(UdpProbe(), "udp", free_port(socket.SOCK_DGRAM), 1.0, send="x")
    assert gone.witness.outcome is Outcome.SILENT
