"""The least of IMAP, LDAP, NTP and PostgreSQL that a check asks for: no mail, no directory, no data behind it."""

from __future__ import annotations

import asyncio
import struct

from nms.demo.simulator.speaking.scene import Datagram, Scene

_PATIENCE_SECONDS = 10.0
_NTP = struct.Struct("!BBBbII4sQQQQ")
_UNIX_TO_NTP = 2_208_988_800
_LONGEST = 65_536


async def imap(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"* BYE simulated failure\r\n" if scene.fails else b"* OK [CAPABILITY IMAP4rev1] simulator ready\r\n")
    while not scene.fails:
        await writer.drain()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            tag, _, rest = (await reader.readline()).decode("latin-1").strip().partition(" ")
        match rest.split(" ")[0].upper():
            case "CAPABILITY":
                writer.write(f"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n".encode())
            case "LOGOUT":
                writer.write(f"* BYE\r\n{tag} OK done\r\n".encode())
                return
            case "":
                return
            case _:
                writer.write(f"{tag} NO this mailbox is simulated\r\n".encode())


async def ldap(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Anonymous bind, and the root entry (RFC 4512, 5.1)."""
    while not scene.fails:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            head = await reader.readexactly(2)
            message = await reader.readexactly(head[1])
        number, operation = message[2], message[3]
        if head[0] != 0x30 or operation == 0x42:
            return
        result = b"\x0a\x01\x00\x04\x00\x04\x00"
        if operation == 0x63:
            context = _tlv(0x30, _tlv(0x04, b"namingContexts") + _tlv(0x31, _tlv(0x04, b"dc=ejemplo,dc=invalid")))
            vendor = _tlv(0x30, _tlv(0x04, b"vendorName") + _tlv(0x31, _tlv(0x04, b"simulator")))
            entry = _tlv(0x64, _tlv(0x04, b"") + _tlv(0x30, context + vendor))
            writer.write(_tlv(0x30, bytes((2, 1, number)) + entry))
        writer.write(_tlv(0x30, bytes((2, 1, number)) + _tlv(0x61 if operation == 0x60 else 0x65, result)))
        await writer.drain()


def _tlv(tag: int, content: bytes) -> bytes:
    size = bytes((len(content),)) if len(content) < 0x80 else b"\x81" + bytes((len(content),))
    return bytes((tag,)) + size + content


def ntp(scene: Scene) -> Datagram:
    """The machine's own clock at stratum 3."""

    def answer(packet: bytes) -> bytes | None:
        if scene.fails or len(packet) < _NTP.size or packet[0] & 7 != 3:
            return None
        stamp = int((scene.now() + _UNIX_TO_NTP) * 2**32)
        asked = _NTP.unpack_from(packet)[-1]
        return _NTP.pack(0x24, 3, 6, -20, 0x0A00, 0x0B00, bytes((192, 0, 2, 123)), stamp, asked, stamp, stamp)

    return answer


async def postgresql(scene: Scene, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One row that says 1 to any query (PostgreSQL protocol 3.0), after a password in the clear."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            (length,) = struct.unpack("!I", await reader.readexactly(4))
            start = await reader.readexactly(min(length, _LONGEST) - 4)
            if struct.unpack_from("!I", start)[0] == 196_608:
                break
            writer.write(b"N")  # no TLS, no GSSAPI
        if scene.fails:
            writer.write(_tell(b"E", b"SFATAL\0C57P03\0Mthe database system is starting up (simulated failure)\0\0"))
            return
        writer.write(_tell(b"R", struct.pack("!I", 3)))
        await writer.drain()
        password = await _heard(reader)
    if password[1].rstrip(b"\0").decode("utf-8", "replace") != scene.secret:
        writer.write(_tell(b"E", b'SFATAL\0C28P01\0Mpassword authentication failed for user "monitor"\0\0'))
        return
    writer.write(_tell(b"R", struct.pack("!I", 0)) + _tell(b"S", b"server_version\x0015.0 (simulated)\0"))
    writer.write(_tell(b"S", b"client_encoding\0UTF8\0") + _tell(b"Z", b"I"))
    while not scene.fails:
        await writer.drain()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            kind, _ = await _heard(reader)
        if kind not in _ANSWERS:
            return
        writer.write(_ANSWERS[kind])


async def _heard(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    (length,) = struct.unpack("!I", await reader.readexactly(4))
    return kind, await reader.readexactly(min(length, _LONGEST) - 4)


def _tell(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!I", len(content) + 4) + content


_COLUMN = _tell(b"T", struct.pack("!H", 1) + b"value\0" + struct.pack("!IHIhih", 0, 0, 23, 4, -1, 0))
_ROW = _tell(b"D", struct.pack("!Hi", 1, 1) + b"1") + _tell(b"C", b"SELECT 1\0")
_READY = _tell(b"Z", b"I")
_ANSWERS = {
    b"Q": _COLUMN + _ROW + _READY,
    b"P": _tell(b"1", b""),
    b"B": _tell(b"2", b""),
    b"D": _COLUMN,
    b"E": _ROW,
    b"S": _READY,
}
"""To a plain query, and to the five messages of an extended one: parse, bind, describe, execute, synchronise."""
