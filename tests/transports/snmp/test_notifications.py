"""Traps and informs from Net-SNMP's senders, and floods."""

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from nms.transports.errors import LocalFault
from nms.transports.snmp import AuthProtocol, PrivProtocol, UsmUser
from nms.transports.snmp.ber import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, TIME_TICKS, encode_oid, tlv
from nms.transports.snmp.notification import SYS_UPTIME, TRAP_OID, Notification
from nms.transports.snmp.notifications import FloodLimits, NotificationReceiver
from tests.peers import require_peer

LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"
IF_INDEX = "1.3.6.1.2.1.2.2.1.1.7"
USER = UsmUser("avisos", AuthProtocol.SHA256, "clave-avisos", PrivProtocol.AES128, "secreto-avisos")
USM = "-v3 -l authPriv -u avisos -a SHA-256 -A clave-avisos -x AES -X secreto-avisos"
ENGINE = "-e 0x80001f8880aabbccdd01"


class Inbox:
    def __init__(self) -> None:
        self.arrived: list[Notification] = []
        self._news = asyncio.Event()

    def __call__(self, arrived: Notification) -> None:
        self.arrived.append(arrived)
        self._news.set()

    async def holds(self, count: int) -> list[Notification]:
        async with asyncio.timeout(5):
            while len(self.arrived) < count:
                self._news.clear()
                await self._news.wait()
        return self.arrived


@asynccontextmanager
async def receiver(
    inbox: Callable[[Notification], None], known: Callable[[str], bool] = lambda _: True, **more: object
) -> AsyncIterator[NotificationReceiver]:
    made = NotificationReceiver(inbox, known, address="127.0.0.1", port=0, **more)
    await made.start()
    try:
        yield made
    finally:
        made.close()


async def send(program: str, port: int, options: str, *rest: str) -> int:
    path = require_peer(program)
    environment = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent"}
    process = await asyncio.create_subprocess_exec(path, *options.split(), f"127.0.0.1:{port}", *rest, env=environment)
    return await process.wait()


async def test_a_v1_trap_has_the_oid_of_its_v2_twin() -> None:
    inbox = Inbox()
    async with receiver(inbox) as listening:
        down = ("1.3.6.1.4.1.9.9", "10.0.0.1", "2", "0", "4242", IF_INDEX, "i", "7")
        own = ("1.3.6.1.4.1.9.9", "10.0.0.1", "6", "17", "1")
        assert await send("snmptrap", listening.port, "-v1 -c public", *down) == 0
        assert await send("snmptrap", listening.port, "-v1 -c public", *own) == 0
        first, second = await inbox.holds(2)
        assert first == Notification("127.0.0.1", "1", LINK_DOWN, 4242, ((IF_INDEX, 7),), False, "10.0.0.1")
        assert second.trap_oid == "1.3.6.1.4.1.9.9.0.17"


async def test_a_v2c_trap_and_inform_arrive_and_the_inform_is_acknowledged() -> None:
    inbox = Inbox()
    async with receiver(inbox) as listening:
        body = ("99", LINK_DOWN, IF_INDEX, "i", "7")
        assert await send("snmptrap", listening.port, "-v2c -c public", *body) == 0
        assert await send("snmpinform", listening.port, "-v2c -c public -t 3 -r 0", *body) == 0
        trap, inform = await inbox.holds(2)
        assert trap == Notification("127.0.0.1", "2c", LINK_DOWN, 99, ((IF_INDEX, 7),))
        assert inform == Notification("127.0.0.1", "2c", LINK_DOWN, 99, ((IF_INDEX, 7),), is_inform=True)
        assert listening.statistics.acknowledged == 1


async def test_v3_traps_and_informs_arrive_without_knowing_the_senders_engine() -> None:
    inbox = Inbox()
    async with receiver(inbox, users=lambda _: [USER]) as listening:
        body = ("99", LINK_DOWN, IF_INDEX, "i", "7")
        assert await send("snmptrap", listening.port, f"{USM} {ENGINE}", *body) == 0
        assert await send("snmptrap", listening.port, f"{USM} {ENGINE}", *body) == 0
        assert await send("snmpinform", listening.port, f"{USM} -t 3 -r 0", *body) == 0
        trap, again, inform = await inbox.holds(3)
        assert trap == again == Notification("127.0.0.1", "3", LINK_DOWN, 99, ((IF_INDEX, 7),))
        assert inform == Notification("127.0.0.1", "3", LINK_DOWN, 99, ((IF_INDEX, 7),), is_inform=True)


async def test_v3_with_a_wrong_password_or_user_is_refused() -> None:
    inbox = Inbox()
    async with receiver(inbox, users=lambda _: [USER]) as listening:
        body = ("99", LINK_DOWN, IF_INDEX, "i", "7")
        await send("snmptrap", listening.port, f"{USM.replace('clave', 'llave')} {ENGINE}", *body)
        await send("snmptrap", listening.port, f"{USM.replace('-u avisos', '-u otro')} {ENGINE}", *body)
        await send("snmptrap", listening.port, "-v2c -c public", *body)
        await inbox.holds(1)
        assert listening.statistics.dropped == {"refused": 2}
        assert [arrived.version for arrived in inbox.arrived] == ["2c"]


def trap(**changes: bytes) -> bytes:
    parts = {
        "uptime": tlv(SEQUENCE, tlv(OBJECT_IDENTIFIER, encode_oid(SYS_UPTIME)) + tlv(TIME_TICKS, b"\x63")),
        "oid": tlv(
            SEQUENCE,
            tlv(OBJECT_IDENTIFIER, encode_oid(TRAP_OID)) + tlv(OBJECT_IDENTIFIER, encode_oid(LINK_DOWN)),
        ),
        "rest": b"",
    } | changes
    pdu = tlv(0xA7, tlv(INTEGER, b"\1") + 2 * tlv(INTEGER, b"\0") + tlv(SEQUENCE, b"".join(parts.values())))
    return tlv(SEQUENCE, tlv(INTEGER, b"\1") + tlv(OCTET_STRING, b"public") + pdu)


async def settle(listening: NotificationReceiver, received: int) -> None:
    async with asyncio.timeout(10):
        while listening.statistics.received < received:
            await asyncio.sleep(0.005)


async def test_a_flood_from_thousands_of_sources_is_counted_and_remembered_little() -> None:
    inbox = Inbox()
    data = trap()
    async with receiver(inbox, known=lambda address: address == "127.0.0.1") as listening:
        listening._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sent = 0
        for number in range(4000):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as spoofed:
                spoofed.bind((f"127.9.{number // 250}.{number % 250 + 1}", 0))
                spoofed.sendto(data, ("127.0.0.1", listening.port))
            sent += 1
            if number % 50 == 0:
                await settle(listening, sent)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as known:
            known.bind(("127.0.0.1", 0))
            known.sendto(data, ("127.0.0.1", listening.port))
        await settle(listening, sent + 1)
        assert listening.statistics.dropped == {"unknown-source": 4000}
        assert len(inbox.arrived) == 1
        assert len(listening.statistics.strangers) <= 200


async def test_a_flood_from_a_known_source_is_capped() -> None:
    inbox = Inbox()
    limits = FloodLimits(per_source=0.001, all_together=0.001, burst_seconds=5000)
    async with receiver(inbox, limits=limits) as listening:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as known:
            for number in range(500):
                known.sendto(trap(), ("127.0.0.1", listening.port))
                if number % 50 == 0:
                    await settle(listening, number + 1)
        await settle(listening, 500)
        assert len(inbox.arrived) == 5
        assert listening.statistics.dropped == {"flood": 495}


async def test_a_callback_that_fails_does_not_end_the_receiver(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: Notification) -> None:
        raise RuntimeError("full")

    async with receiver(fail) as listening:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as known:
            known.sendto(trap(), ("127.0.0.1", listening.port))
            known.sendto(trap(), ("127.0.0.1", listening.port))
        await settle(listening, 2)
        assert listening.statistics.callback_failures == 2


async def test_mutated_notifications_never_escape_the_receiver() -> None:
    inbox = Inbox()
    dice = random.Random(7)
    limits = FloodLimits(1e9, 1e9, 1e9)
    async with receiver(inbox, users=lambda _: [USER], limits=limits) as listening:
        for _ in range(20_000):
            data = bytearray(trap())
            for _ in range(dice.randrange(1, 6)):
                data[dice.randrange(len(data))] = dice.randrange(256)
            if dice.random() < 0.3:
                del data[dice.randrange(len(data)) :]
            listening._take(bytes(data), ("127.0.0.1", 9))
        statistics = listening.statistics
        assert statistics.accepted + statistics.dropped.total() == 20_000
        assert statistics.accepted == len(inbox.arrived)
        assert statistics.dropped["malformed"] > 5000


async def test_a_port_in_use_is_a_clear_fault() -> None:
    async with receiver(Inbox()) as listening:
        second = NotificationReceiver(Inbox(), lambda _: True, address="127.0.0.1", port=listening.port)
        with pytest.raises(LocalFault, match=f"port {listening.port}"):
            await second.start()
