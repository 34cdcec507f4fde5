"""The smaller protocols that applications of the city hall speak: DNS, SMTP and the language of NUT's upsd."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator, Sequence

from nms.demo.simulator.conditions import Battery

_A, _IN = 1, 1
_NO_ERROR, _SERVER_FAILURE, _NO_SUCH_NAME = 0, 2, 3
_TTL_SECONDS = 300
_HEADER = struct.Struct("!HHHHHH")


def answer_dns(query: bytes, name: str, addresses: Sequence[str], *, fails: bool = False) -> bytes | None:
    """The answer to one question (RFC 1035): `addresses` for A records of `name`; `None` for what is no question."""
    if len(query) < _HEADER.size:
        return None
    identity, flags, questions, *_ = _HEADER.unpack_from(query)
    end = _question_end(query)
    if flags & 0x8000 or questions != 1 or end is None:
        return None
    asked, (kind, _) = _asked_name(query), struct.unpack_from("!HH", query, end - 4)
    known = asked == name.lower().rstrip(".")
    found = [ipaddress.IPv4Address(a) for a in addresses if ":" not in a] if known and kind == _A and not fails else []
    code = _SERVER_FAILURE if fails else _NO_ERROR if known else _NO_SUCH_NAME
    head = _HEADER.pack(identity, 0x8480 | (flags & 0x0100) | code, 1, len(found), 0, 0)
    records = (struct.pack("!HHHIH", 0xC00C, _A, _IN, _TTL_SECONDS, 4) + address.packed for address in found)
    return head + query[_HEADER.size : end] + b"".join(records)


def _question_end(query: bytes) -> int | None:
    at = _HEADER.size
    while at < len(query) and query[at]:
        if query[at] > 63:
            return None
        at += query[at] + 1
    return at + 5 if at + 5 <= len(query) else None


def _asked_name(query: bytes) -> str:
    labels, at = [], _HEADER.size
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1").lower())
        at += query[at] + 1
    return ".".join(labels)


SMTP_GREETING = "220 correo.ejemplo.invalid ESMTP simulator"


def answer_smtp(line: str, *, fails: bool = False) -> str:
    """One reply of a mail server that takes no mail (RFC 5321); a reply that begins with 221 ends the conversation."""
    if fails:
        return "221 simulated failure"
    match line.split(" ")[0].upper():
        case "EHLO":
            return "250-correo.ejemplo.invalid\r\n250-8BITMIME\r\n250 SIZE 10485760"
        case "HELO" | "NOOP" | "RSET":
            return "250 OK"
        case "QUIT":
            return "221 Bye"
        case "MAIL" | "RCPT" | "DATA":
            return "550 this mail server is simulated and takes no mail"
        case _:
            return "502 not implemented"


def answer_nut(line: str, ups: str, battery: Battery, now: float) -> str:
    """One reply of upsd (RFC 9271) about one UPS; several lines for a list."""
    words = line.split()
    match words:
        case ["VER"]:
            return "Network UPS Tools upsd simulated"
        case ["USERNAME" | "PASSWORD", _] | ["LOGIN", _]:
            return "OK"
        case ["LOGOUT"]:
            return "OK Goodbye"
        case ["LIST", "UPS"]:
            return f'BEGIN LIST UPS\nUPS {ups} "Simulated UPS"\nEND LIST UPS'
        case ["LIST" | "GET", "VAR", other, *_] if other != ups:
            return "ERR UNKNOWN-UPS"
        case ["LIST", "VAR", _]:
            lines = (f'VAR {ups} {name} "{value}"' for name, value in _nut_variables(battery, now))
            return "\n".join((f"BEGIN LIST VAR {ups}", *lines, f"END LIST VAR {ups}"))
        case ["GET", "VAR", _, name]:
            value = dict(_nut_variables(battery, now)).get(name)
            return "ERR VAR-NOT-SUPPORTED" if value is None else f'VAR {ups} {name} "{value}"'
        case _:
            return "ERR UNKNOWN-COMMAND"


def _nut_variables(battery: Battery, now: float) -> Iterator[tuple[str, str]]:
    charge = battery.charge(now)
    status = "OB" if battery.on_battery else "OL"
    if battery.on_battery:
        status += " DISCHRG LB" if charge < 0.2 else " DISCHRG"
    elif charge < 1:
        status += " CHRG"
    yield "battery.charge", f"{100 * charge:.0f}"
    yield "battery.runtime", f"{battery.seconds_left(now):.0f}"
    yield "battery.voltage", f"{22.5 + 4.8 * charge:.1f}"
    yield "device.mfr", "Simulated"
    yield "input.voltage", "0.0" if battery.on_battery else "127.0"
    yield "output.voltage", "0.0" if battery.is_exhausted(now) else "120.0"
    yield "ups.load", f"{100 * battery.load_ratio:.0f}"
    yield "ups.realpower", f"{battery.rated_watts * battery.load_ratio:.0f}"
    yield "ups.realpower.nominal", f"{battery.rated_watts:.0f}"
    yield "ups.status", status
