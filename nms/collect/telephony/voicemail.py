"""Mailboxes of an Asterisk exchange (VoicemailUsersList): how many messages wait, and which box takes no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nms.collect.parts import part
from nms.messages import called
from nms.model import Message, Number, Severity, StateReading
from nms.transports.ami import Packet

VOICEMAIL = part("voicemail", called("Voice mail"), "mailboxes")
_SEVERAL = 5


def row(entries: Sequence[Packet]) -> dict[str, Number]:
    """New messages in all mailboxes; nothing where there is none."""
    return {"count": sum(_number(one, "newmessagecount") for one in entries)} if entries else {}


def states(entries: Sequence[Packet]) -> Iterator[StateReading]:
    """A warning for mailboxes that are full: who calls them can leave no message."""
    if not entries:
        return
    full = [one.get("voicemailbox", "") for one in entries if _is_full(one)]
    names = ", ".join(sorted(full)[:_SEVERAL]) + (" ..." if len(full) > _SEVERAL else "")
    text = Message("{count} mailboxes", {"count": len(entries)})
    if full:
        text = Message("{count} mailboxes, full: {names}", {"count": len(entries), "names": names})
    yield StateReading(VOICEMAIL, "capacity", len(full), text, Severity.WARNING if full else None)


def _is_full(one: Packet) -> bool:
    most = _number(one, "maxmessagecount")
    return most > 0 and _number(one, "newmessagecount") + _number(one, "oldmessagecount") >= most


def _number(one: Packet, name: str) -> int:
    text = one.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
