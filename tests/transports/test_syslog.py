"""The syslog receiver: both formats, both transports, util-linux's logger as a real sender, and a flood."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nms.transports.errors import LocalFault
from nms.transports.syslog import RateLimit, SyslogMessage, SyslogReceiver, Watch, parse
from tests.peers import require_peer


def said(line: str | bytes) -> tuple[int, int, str, str, str]:
    found = parse(line.encode() if isinstance(line, str) else line, "10.0.0.1", 5.0)
    return found.facility, found.severity, found.host, found.app, found.text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<34>1 2003-10-11T22:14:15.003Z mymachine.example su - ID47 - \ufeff'su root' failed",
         (4, 2, "mymachine.example", "su", "ID47: 'su root' failed")),
        ('<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - [a@1 k="x]\\"y"][b@1 z="1"] It\'s time',
         (20, 5, "192.0.2.1", "myproc", "It's time")),
        ("<34>Oct 11 22:14:15 mymachine su: 'su root' failed", (4, 2, "mymachine", "su", "'su root' failed")),
        ("<13>Feb  5 17:32:18 10.0.0.99 sshd[42]: Failed password", (1, 5, "10.0.0.99", "sshd", "Failed password")),
        ("<189>*Mar  1 00:00:10.123 UTC: %SYS-5-CONFIG_I: Configured", (23, 5, "", "", "%SYS-5-CONFIG_I: Configured")),
        ("<189>sw-1: fan 2 failed", (23, 5, "", "sw-1", "fan 2 failed")),
        ("<189>45: sw1: *Mar  1 00:00:10.123 CST: %LINK-3-UPDOWN: Interface Gi1/0/3, changed state to down",
         (23, 5, "sw1", "", "%LINK-3-UPDOWN: Interface Gi1/0/3, changed state to down")),
        ("<189>000045: .Mar  1 00:00:10: %SYS-5-RESTART: System restarted",
         (23, 5, "", "", "%SYS-5-RESTART: System restarted")),
        ("<190>Jan  1 02:03:04 2024 HPE %%10IFNET/3/LINK_UPDOWN: down",
         (23, 6, "HPE", "", "%%10IFNET/3/LINK_UPDOWN: down")),
        ("<190>Mar  1 2024 10:00:00-06:00 HUAWEI %%01IFNET/4/LINK(l)[5]:down",
         (23, 6, "HUAWEI", "", "%%01IFNET/4/LINK(l)[5]:down")),
        ("<13>2024-03-01T10:00:00.123456-06:00 srv-01 sshd[42]: Failed password",
         (1, 5, "srv-01", "sshd", "Failed password")),
        ('<165>1 2003-08-24T05:14:15Z r1 mib2d - SNMP_TRAP_LINK_DOWN [j@2636 ifName="ge-0/0/1"]',
         (20, 5, "r1", "mib2d", 'SNMP_TRAP_LINK_DOWN: [j@2636 ifName="ge-0/0/1"]')),
        ("no priority at all", (1, 5, "", "", "no priority at all")),
        ("<999>x", (1, 5, "", "", "<999>x")),
        ("<0>", (0, 0, "", "", "")),
        (b"<13>a\x1b[2Jb\x00c\xff\nd", (1, 5, "", "", "a [2Jb c\ufffd d")),
    ],
)  # fmt: skip
def test_messages_of_both_formats_and_of_none(line: str | bytes, expected: tuple[int, int, str, str, str]):
    assert said(line) == expected


@given(st.binary(max_size=400))
def test_whatever_comes_is_a_message_without_control_characters(data: bytes):
    found = parse(b"<14>" + data, "x", 0.0)
    assert (found.facility, found.severity) == (1, 6)
    assert not any(ord(character) < 32 for text in (found.host, found.app, found.text) for character in text)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[int, asyncio.Queue[SyslogMessage], SyslogReceiver]]:
    heard: asyncio.Queue[SyslogMessage] = asyncio.Queue()
    made = SyslogReceiver(heard.put_nowait, RateLimit(per_second=1, burst=20), lambda: 99.0)
    port = await made.open("127.0.0.1", 0)
    yield port, heard, made
    await made.close()


@pytest.mark.parametrize("how", [["--udp", "--rfc3164"], ["--udp", "--rfc5424"], ["--tcp", "--rfc3164"],
                                 ["--tcp", "--octet-count", "--rfc5424"]])  # fmt: skip
async def test_logger_of_util_linux_is_heard(receiver, how: list[str]):
    port, heard, _ = receiver
    argv = [
        require_peer("logger"),
        "-n",
        "127.0.0.1",
        "-P",
        str(port),
        "-p",
        "local3.err",
        "-t",
        "prueba",
        *how,
        "ventilador 2",
    ]
    await asyncio.to_thread(subprocess.run, argv, check=True, timeout=10)
    message = await asyncio.wait_for(heard.get(), 5)
    assert (message.sender, message.at, message.facility, message.severity) == ("127.0.0.1", 99.0, 19, 3)
    assert (message.app, message.text) == ("prueba", "ventilador 2")


async def test_lines_and_counted_messages_may_follow_each_other(receiver):
    port, heard, _ = receiver
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"<13>one\n\n9 <13>two\nx<13>three\r\n<13>last")
    writer.write_eof()
    texts = [(await asyncio.wait_for(heard.get(), 5)).text for _ in range(4)]
    writer.close()
    assert texts == ["one", "two x", "three", "last"]


LONG = b"<13>" + b"a" * 100_000


@pytest.mark.parametrize("stream", [LONG + b"\n", b"%d " % len(LONG) + LONG], ids=["a line", "counted"])
async def test_of_a_message_that_is_too_long_the_beginning_is_kept_and_the_stream_goes_on(receiver, stream: bytes):
    port, heard, _ = receiver
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(stream + b"<13>after it\n")
    beginning = await asyncio.wait_for(heard.get(), 5)
    assert beginning.text.startswith("a" * 1900)
    assert len(beginning.text) <= 2000
    assert (await asyncio.wait_for(heard.get(), 5)).text == "after it"
    writer.close()


@pytest.mark.parametrize("stream", [b"<13>" + b"a" * 2_000_000, b"99999999 x", b"5" * 100_000, b"12x <13>"])
async def test_a_stream_that_breaks_the_rules_is_ended_and_others_go_on(receiver, stream: bytes):
    port, heard, _ = receiver
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(OSError):
        writer.write(stream)
        await asyncio.wait_for(reader.read(), 5)
    writer.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"<13>still here", ("127.0.0.1", port))
    assert (await asyncio.wait_for(heard.get(), 5)).text == "still here"


async def test_one_sender_does_not_take_all_connections(receiver):
    port, heard, made = receiver
    mine = [await asyncio.open_connection("127.0.0.1", port) for _ in range(11)]
    assert await asyncio.wait_for(asyncio.wait([asyncio.create_task(r.read(1)) for r, _ in mine],
                                               return_when=asyncio.FIRST_COMPLETED), 5)  # fmt: skip
    assert made.statistics.refused_connections == 1
    _, other = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
    other.write(b"<13>let in\n")
    assert (await asyncio.wait_for(heard.get(), 5)).sender == "127.0.0.2"
    for _, writer in (*mine, (None, other)):
        writer.close()


def test_unknown_senders_are_counted_and_not_read_and_all_together_have_a_limit():
    now, heard, flooding = [0.0], [], []
    watch = Watch(lambda sender: sender.startswith("10."), lambda sender, at: flooding.append(sender))
    few = RateLimit(per_second=1, burst=2, clock=lambda: now[0])
    all_together = RateLimit(per_second=1, burst=3, clock=lambda: now[0])
    made = SyslogReceiver(heard.append, few, lambda: 99.0, all_together, watch)
    for sender in ("10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3", "192.0.2.7", "192.0.2.7"):
        made.take(b"<13>x", sender)
    assert [message.sender for message in heard] == ["10.0.0.1", "10.0.0.1", "10.0.0.2"]
    assert flooding == ["10.0.0.1"]
    counted = made.statistics
    assert (counted.received, counted.over_limit, counted.over_total, counted.unknown) == (3, 1, 1, 2)
    assert counted.strangers == {"192.0.2.7": 2}
    for number in range(1000):
        made.take(b"<13>x", f"198.51.100.{number}")
    assert len(counted.strangers) == 100


async def test_a_receiver_of_both_families_names_senders_as_the_inventory_does():
    heard: asyncio.Queue[SyslogMessage] = asyncio.Queue()
    made = SyslogReceiver(heard.put_nowait)
    try:
        port = await made.open("::", 0)
    except LocalFault:
        pytest.skip("this machine has no IPv6")
    for family, where in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"<13>x", (where, port))
        assert (await asyncio.wait_for(heard.get(), 5)).sender == where
    await made.close()


async def test_a_flood_of_one_sender_is_cut_and_counted(receiver):
    port, heard, made = receiver
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(60):
            sender.sendto(f"<13>{number}".encode(), ("127.0.0.1", port))
    async with asyncio.timeout(5):
        while made.statistics.received + made.statistics.over_limit < 60:
            await asyncio.sleep(0.01)
    assert made.statistics.received == heard.qsize() == 20
    assert made.statistics.over_limit == 40


def test_a_sender_may_speak_again_after_a_while_and_others_are_not_held_back():
    now = [0.0]
    limit = RateLimit(per_second=2, burst=3, clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b")
    now[0] = 1.0
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]


async def test_a_port_that_is_taken_is_told(receiver):
    port, _, _ = receiver
    with pytest.raises(LocalFault, match=f"cannot listen for syslog on 127.0.0.1 port {port}"):
        await SyslogReceiver(print).open("127.0.0.1", port)
