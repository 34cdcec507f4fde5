"""What the lists of an Asterisk manager mean: the state of trunks, telephones, queues and spans."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nms.collect.parts import part
from nms.collect.sheet import sheet
from nms.collect.telephony import dahdi, voicemail
from nms.messages import called, spelled, spellings, verbatim
from nms.model import DEVICE_ITSELF, Component, DeviceId, Message, Number, Parameter, Reading, Severity, StateReading
from nms.transports.ami import Packet

TABLE = "telephony"
_CHANNEL = re.compile(r"([A-Za-z0-9]+)/(.+)-[0-9a-f]{8}(?:;\d)?")
_URI_HOST = re.compile(r"@(\[[0-9a-fA-F:]+\]|[^:;>]+)")
_SEVERAL = 5
_IN_SERVICE = frozenset({"not in use", "in use", "busy", "ringing", "ring+inuse", "on hold"})
_OUT_OF_SERVICE = frozenset({"unavailable", "invalid"})
"""Device states of Asterisk; contacts that are configured, not registered, appear only there."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The lists by action; `trunks`: name -> channels (0: not known).

    `most_calls`: how many calls it takes at once (0: no limit). `calls`: rows of those that ended, and their quality.
    """

    lists: Mapping[str, Sequence[Packet]]
    trunks: Mapping[str, object]
    most_calls: int = 0
    calls: Mapping[Component, Mapping[str, Number]] = field(default_factory=dict)

    def rows(self, action: str) -> Sequence[Packet]:
        return self.lists.get(action, ())


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk or a telephone: its name, whether it is in service (`None`: nobody watches it), and in whose words."""

    name: str
    up: bool | None
    text: Message


def readings(device: DeviceId, at: float, found: Exchange) -> tuple[Reading, ...]:
    used = _channels_used(found)
    rows: dict[Component, dict[str, Number]] = {}
    for line in trunks(found):
        values: dict[str, Number] = {"channels_used": used[line.name]} if used is not None else {}
        if line.up is not None:
            values["trunk_up"] = int(line.up)
        size = found.trunks.get(line.name)
        if isinstance(size, int) and size:
            values |= {"channels_size": size} | ({"load_ratio": used[line.name] / size} if used is not None else {})
        rows[_trunk(line.name)] = values
    rows |= {part: dict(row) for part, row in dahdi.rows(
        found.rows("PRIShowSpans"), found.rows("DAHDIShowChannels")
    ).items()}  # fmt: skip
    whole: dict[str, Number] = {}
    if "CoreShowChannels" in found.lists:
        whole["channels_used"] = len(found.rows("CoreShowChannels"))
        whole["calls_active"] = _calls(found)
        if found.most_calls:
            whole["load_ratio"] = whole["calls_active"] / found.most_calls
    if phones := telephones(found):
        whole["registrations"] = sum(bool(line.up) for line in phones)
    if whole:
        rows[DEVICE_ITSELF] = whole
    for row in found.rows("QueueStatus"):
        if row.get("event") == "QueueParams" and row.get("calls", "").isdecimal():
            name = row.get("queue", "")
            rows[_queue(name)] = {"count": int(row["calls"])}
    if mail := voicemail.row(found.rows("VoicemailUsersList")):
        rows[voicemail.VOICEMAIL] = mail
    rows |= {part: dict(values) for part, values in found.calls.items()}
    return sheet(device, TABLE, at, rows)


def states(found: Exchange) -> tuple[StateReading, ...]:
    return (
        *_trunk_states(found),
        *dahdi.states(found.rows("PRIShowSpans"), found.rows("DAHDIShowChannels")),
        *_queue_states(found),
        *voicemail.states(found.rows("VoicemailUsersList")),
    )


def trunks(found: Exchange) -> list[Line]:
    """Outbound registrations, and the endpoints that the inventory names as trunks."""
    lines: dict[str, Line] = {}
    for row in found.rows("PJSIPShowRegistrationsOutbound"):
        name, status = row.get("objectname", ""), row.get("status", "")
        lines[name] = Line(name, status.lower() == "registered", _spelled(status))
    for row in found.rows("SIPshowregistry"):
        name = f"{row.get('username', '')}@{row.get('host', '')}"
        lines[name] = Line(name, row.get("state", "").lower() == "registered", _spelled(row.get("state", "")))
    for name, line in _endpoints(found).items():
        if name in found.trunks and (name not in lines or lines[name].up):
            lines[name] = line
    listed = "PJSIPShowEndpoints" in found.lists or "SIPpeers" in found.lists
    for name in found.trunks if listed else ():
        lines.setdefault(name, Line(name, False, Message("not configured in this exchange")))
    return list(lines.values())


def telephones(found: Exchange) -> list[Line]:
    """Endpoints that are no trunks."""
    registered = {row.get("objectname", "") for row in found.rows("PJSIPShowRegistrationsOutbound")}
    return [line for name, line in _endpoints(found).items() if name not in found.trunks and name not in registered]


def _endpoints(found: Exchange) -> dict[str, Line]:
    """By name, chan_pjsip and chan_sip together."""
    contacts: dict[str, list[str]] = {}
    for row in found.rows("PJSIPShowContacts"):
        contacts.setdefault(row.get("endpoint", ""), []).append(row.get("status", ""))
    lines = {}
    for row in found.rows("PJSIPShowEndpoints"):
        name, state = row.get("objectname", ""), row.get("devicestate", "")
        own = contacts.get(name, [])
        lines[name] = Line(name, _endpoint_up(state, own), _contacts_said(state, own))
    for row in found.rows("SIPpeers"):
        name, status = row.get("objectname", ""), row.get("status", "")
        lines[name] = Line(name, _peer_up(row, status), _spelled(status))
    return lines


_WORDS = spellings(
    "not in use", "in use", "busy", "invalid", "unavailable", "ringing", "ring+inuse", "on hold", "unknown",
    "reachable", "unreachable", "nonqualified", "created", "updated", "removed", "avail", "unavail",
    "registered", "unregistered", "rejected", "request sent", "auth. sent", "no authentication", "timeout", "failed",
    "stopped", "stopping", "temporary", "permanent", "unmonitored", "lagged",
)  # fmt: skip
"""Device states, states of contacts and of registrations, of chan_pjsip and chan_sip."""


def _spelled(word: str) -> Message:
    if not word:
        return spelled("unknown")
    return spelled(word.lower()) if word.lower() in _WORDS else verbatim(word)


def _contacts_said(state: str, contacts: Sequence[str]) -> Message:
    match contacts[:_SEVERAL]:
        case []:
            return _spelled(state) if state else Message("no contact")
        case [one]:
            return _spelled(one)
        case several:
            return verbatim(", ".join(several))


def _endpoint_up(state: str, contacts: Sequence[str]) -> bool | None:
    if state.lower() in _IN_SERVICE or any(status.lower() == "reachable" for status in contacts):
        return True
    return False if state.lower() in _OUT_OF_SERVICE else None


def _peer_up(row: Packet, status: str) -> bool | None:
    """chan_sip: “OK (12 ms)” and “LAGGED” answer; an unmonitored peer is there when it has an address."""
    word = status.split(" ")[0].upper()
    if word in ("OK", "LAGGED"):
        return True
    if word == "UNMONITORED":
        return True if row.get("ipaddress", "-none-") not in ("-none-", "", "(null)") else None
    return False


def _channels_used(found: Exchange) -> Counter[str] | None:
    """By endpoint; nothing where the list of channels did not come."""
    if "CoreShowChannels" not in found.lists:
        return None
    used: Counter[str] = Counter()
    for row in found.rows("CoreShowChannels"):
        match = _CHANNEL.fullmatch(row.get("channel", ""))
        if match:
            used[match[2]] += 1
    return used


def _calls(found: Exchange) -> int:
    """Channels that are bridged together are one call, a channel alone is one too."""
    rows = found.rows("CoreShowChannels")
    return len({row.get("bridgeid") or row.get("linkedid") or row.get("uniqueid") or number
                for number, row in enumerate(rows)})  # fmt: skip


def _trunk(name: str) -> Component:
    return part("trunk", called("Trunk {name}", name=name), name)


def _queue(name: str) -> Component:
    return part("queue", called("Queue {name}", name=name), name)


def _trunk_states(found: Exchange) -> Iterator[StateReading]:
    for line in trunks(found):
        severity = Severity.CRITICAL if line.up is False else None
        yield StateReading(_trunk(line.name), "registration", int(bool(line.up)), line.text, severity, line.up is None)


def registered(found: Exchange) -> Iterator[str]:
    """The addresses from which telephones are registered."""
    for row in found.rows("PJSIPShowContacts"):
        if row.get("status", "").lower() not in ("unreachable", "removed"):
            match = _URI_HOST.search(row.get("uri", ""))
            if match:
                yield match[1].strip("[]")
            if row.get("viaaddr"):
                yield row["viaaddr"].rpartition(":")[0].strip("[]") or row["viaaddr"]
    for row in found.rows("SIPpeers"):
        if _peer_up(row, row.get("status", "")):
            yield row.get("ipaddress", "")


def _queue_states(found: Exchange) -> Iterator[StateReading]:
    """Calls that wait while nobody can take them."""
    able: Counter[str] = Counter()
    for row in found.rows("QueueStatus"):
        if row.get("event") == "QueueMember" and row.get("paused") != "1" and row.get("status") in ("1", "2", "3", "6"):
            able[row.get("queue", "")] += 1
    for row in found.rows("QueueStatus"):
        if row.get("event") != "QueueParams":
            continue
        name, calls = row.get("queue", ""), row.get("calls", "0")
        stuck = calls.isdecimal() and int(calls) > 0 and not able[name]
        told: dict[str, Parameter] = {"calls": calls, "members": able[name]}
        text = Message("calls waiting: {calls}; members who can answer: {members}", told)
        yield StateReading(_queue(name), "service", int(stuck), text, Severity.WARNING if stuck else None)
