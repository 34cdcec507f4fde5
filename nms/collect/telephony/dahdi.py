"""The digital spans and analogue lines of an Asterisk exchange (chan_dahdi): alarms, and how many channels are busy.

Sources: PRIShowSpans (spans with an ISDN D channel) and DAHDIShowChannels (every channel: its signalling, its alarm,
and in `Channel` the call that holds it). A span that loses its signal raises the alarm of each of its channels: it is
told once, with the span, or where no D channel tells (MFC/R2, E&M) with the channels of one signalling together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from nms.collect.parts import part
from nms.messages import called, spelled, verbatim
from nms.model import Component, Message, Number, Parameter, Severity, StateReading
from nms.transports.ami import Packet

_ANALOGUE = ("fxs", "fxo", "auto")
"""Signallings of analogue ports. A port of the carrier's lines (FXO) speaks FXS signalling."""
_TO_CARRIER = "fxs"
_ISDN = ("isdn", "pri", "bri")
_CHANNELS_OF_SPAN = {"e1": 30, "t1": 23}
CARRIER_LINES = part("trunk", called("Analogue lines"), "DAHDI FXO")

Rows = Sequence[Packet]


def rows(spans: Rows, channels: Rows) -> dict[Component, Mapping[str, Number]]:
    """Channels in use and how many there are, by span, by digital signalling, and of the analogue lines together."""
    found: dict[Component, Mapping[str, Number]] = {}
    of_span = _by_span(spans, channels)
    for row in spans:
        up: dict[str, Number] = {"trunk_up": int(_is_up(row))}
        found[_span(row)] = up | _use(of_span.get(row.get("span", ""), ()))
    for signalling, several in _groups(spans, channels).items():
        found[_group(signalling)] = {"trunk_up": int(any(map(_is_fine, several))), **_use(several)}
    lines = [row for row in channels if _signalling(row).startswith(_TO_CARRIER)]
    return found | ({CARRIER_LINES: _use(lines)} if lines else {})


def states(spans: Rows, channels: Rows) -> Iterator[StateReading]:
    for row in spans:
        up = _is_up(row)
        said: dict[str, Parameter] = {"alarm": row.get("alarm", "?"), "up": row.get("up", "?")}
        text = spelled("up") if up else Message("alarm: {alarm}; up: {up}", said)
        yield StateReading(_span(row), "span", int(up), text, None if up else Severity.CRITICAL)
    for signalling, several in _groups(spans, channels).items():
        yield _group_state(signalling, several)
    for row in channels:
        if _is_analogue(row):
            number, fine = row.get("dahdichannel", ""), _is_fine(row)
            line = part("trunk", called("Line {number}", number=number), f"DAHDI {number}")
            text = spelled("none") if fine else verbatim(row.get("alarm", ""))
            yield StateReading(line, "alarm", int(not fine), text, None if fine else Severity.CRITICAL)


def _group_state(signalling: str, several: Rows) -> StateReading:
    lost = [row for row in several if not _is_fine(row)]
    text = spelled("none")
    if lost:
        alarms = ", ".join(dict.fromkeys(row.get("alarm", "") for row in lost))
        numbers = ranges(int(row["dahdichannel"]) for row in lost if row.get("dahdichannel", "").isdecimal())
        told: dict[str, Parameter] = {"alarms": alarms, "lost": len(lost), "all": len(several), "numbers": numbers}
        text = Message("{alarms}: {lost} of {all} channels ({numbers})", told)
    return StateReading(_group(signalling), "alarm", len(lost), text, Severity.CRITICAL if lost else None)


def ranges(numbers: Iterable[int]) -> str:
    """“1-15, 17-31” of whole numbers."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found)


def _by_span(spans: Rows, channels: Rows) -> dict[str, Rows]:
    """The ISDN channels of each span, where they are as many as E1 or T1 spans have; else nothing, to guess nothing.

    DAHDI counts channels through all spans in their order, those of the D channels too.
    """
    ends = {row["span"]: int(row["dchannel"]) for row in spans if row.get("dchannel", "").isdecimal() and "span" in row}
    isdn = sorted((row for row in channels if _is_isdn(row)), key=_number)
    size = next((size for size in _CHANNELS_OF_SPAN.values() if ends and len(isdn) == size * len(ends)), 0)
    if not size:
        return {}
    ordered = sorted(ends, key=lambda span: ends[span])
    return {span: isdn[place * size : (place + 1) * size] for place, span in enumerate(ordered)}


def _groups(spans: Rows, channels: Rows) -> dict[str, list[Packet]]:
    """Digital channels by signalling, without those of whose spans `spans` tell."""
    found: dict[str, list[Packet]] = {}
    for row in channels:
        if not _is_analogue(row) and not (spans and _is_isdn(row)):
            found.setdefault(row.get("signalling", ""), []).append(row)
    return found


def _use(channels: Rows) -> dict[str, Number]:
    if not channels:
        return {}
    used = sum(bool(row.get("channel")) for row in channels)
    return {"channels_used": used, "channels_size": len(channels), "load_ratio": used / len(channels)}


def _span(row: Packet) -> Component:
    name = row.get("span", "")
    return part("trunk", called("PRI span {name}", name=name), f"PRI {name}/{row.get('order', '')}")


def _group(signalling: str) -> Component:
    return part("trunk", called("Channels {name}", name=signalling), f"DAHDI {signalling}")


def _is_up(row: Packet) -> bool:
    return row.get("up", "").lower() == "yes" and row.get("alarm", "").lower() == "no"


def _is_fine(row: Packet) -> bool:
    return row.get("alarm", "").lower() in ("no alarm", "")


def _is_analogue(row: Packet) -> bool:
    return not _signalling(row) or _signalling(row).startswith(_ANALOGUE)


def _is_isdn(row: Packet) -> bool:
    return _signalling(row).startswith(_ISDN)


def _signalling(row: Packet) -> str:
    return row.get("signalling", "").lower()


def _number(row: Packet) -> int:
    text = row.get("dahdichannel", "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
