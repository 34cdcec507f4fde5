"""An Asterisk PBX through its manager: trunks, telephones, channels, queues, spans.

Sources: the actions PJSIPShowRegistrationsOutbound, PJSIPShowEndpoints, PJSIPShowContacts, SIPpeers, SIPshowregistry,
CoreShowChannels, QueueStatus, DAHDIShowChannels, PRIShowSpans, VoicemailUsersList, CoreSettings. What this Asterisk
has no module for is left out; what the account may not ask is named in `problems`, and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.telephony import exchange
from nms.collect.telephony.calls import CallBook
from nms.collect.telephony.desk import Desk
from nms.collect.telephony.exchange import Exchange
from nms.collect.telephony.listening import Listener
from nms.model import Device, Endpoint, Outcome, Witness
from nms.transports import ami
from nms.transports.ami import AmiSession, AmiTarget, NotAllowed, Packet
from nms.transports.errors import TransportError
from nms.transports.sockets import deadline

TRANSPORT = "ami"
LISTS = (
    "PJSIPShowRegistrationsOutbound",
    "PJSIPShowEndpoints",
    "PJSIPShowContacts",
    "SIPpeers",
    "SIPshowregistry",
    "CoreShowChannels",
    "QueueStatus",
    "DAHDIShowChannels",
    "PRIShowSpans",
    "VoicemailUsersList",
)
_FACTS = {"vendor": "Asterisk", "os": "asterisk"}
CONTACTS = frozenset({"PJSIPShowContacts", "SIPpeers"})
"""Lists that tell which telephones are registered."""


@dataclass(slots=True)
class AmiAsker:
    """Asks at each poll; where the endpoint says `calls`, it listens in between too. `close` ends that."""

    resolve: Resolver[AmiTarget]
    desk: Desk = field(default_factory=Desk)
    seconds: float = 10.0
    _listeners: dict[AmiTarget, Listener] = field(default_factory=dict)

    def close(self) -> None:
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        trunks = endpoint.options.get("trunks")
        named = trunks if isinstance(trunks, Mapping) else {}
        try:
            target = self.resolve(device, endpoint)
            listener = self._listener(target, named) if endpoint.options.get("calls") else None
            async with ami.session(target, self.seconds) as (session, logged_in):
                lists, facts, problems = await _gather(session, self.seconds / 2)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        if listener is not None and listener.trouble:
            problems.append(f"{TRANSPORT}: call events: {listener.trouble}")
        most = facts.pop("most_calls", "")
        calls = listener.book.rows(at) if listener else {}
        found = Exchange(lists, named, int(most) if most.isdecimal() else 0, calls)
        outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
        witness = Witness(TRANSPORT, outcome, at, round_trip=logged_in, reason="; ".join(problems))
        told = exchange.states(found)
        if CONTACTS & lists.keys():
            told += self.desk.compare(device.id, exchange.registered(found), at)
        return Answer(witness, exchange.readings(device.id, at, found), told, facts, problems=tuple(problems))

    def _listener(self, target: AmiTarget, trunks: Mapping[str, object]) -> Listener:
        """The one that listens to a manager; it is begun again when its task ended."""
        known = self._listeners.get(target)
        if known is None:
            known = self._listeners[target] = Listener(target, CallBook(tuple(trunks)))
        known.start()
        return known


async def _gather(session: AmiSession, seconds: float) -> tuple[dict[str, Sequence[Packet]], dict[str, str], list[str]]:
    """The lists, each within `seconds`. Where one hangs, or the exchange goes away in the middle, what came before it
    is kept. Raises: TransportError when nothing came."""
    lists: dict[str, Sequence[Packet]] = {}
    problems: list[str] = []
    for action in LISTS:
        try:
            async with deadline(seconds, f"{action} (AMI)"):
                found = await session.listing(action)
        except NotAllowed as error:
            problems.append(f"{TRANSPORT}: {error}")
            continue
        except TransportError as error:
            if not lists:
                raise
            return lists, dict(_FACTS), [*problems, f"{TRANSPORT}: {action}: {error}"]
        if found is not None:
            lists[action] = found
    settings = await session.ask("CoreSettings")
    version = settings.get("asteriskversion", "")
    facts = _FACTS | ({"version": version} if version else {})
    if settings.get("coremaxcalls", "0") not in ("", "0"):
        facts["most_calls"] = settings["coremaxcalls"]
    return lists, facts, problems
