"""An Asterisk PBX through its manager: trunks, telephones, channels, queues, spans.

Sources: the actions PJSIPShowRegistrationsOutbound, PJSIPShowEndpoints, PJSIPShowContacts, SIPpeers, SIPshowregistry,
CoreShowChannels, QueueStatus, DAHDIShowChannels, PRIShowSpans, CoreStatus, CoreSettings. What this Asterisk has no
module for is left out; what the account may not ask is named in `problems`, and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from nms.collect.answer import Answer, failed
from nms.collect.telephony import exchange
from nms.collect.telephony.exchange import Exchange
from nms.model import Device, Endpoint, Outcome, Witness
from nms.transports import ami
from nms.transports.ami import AmiSession, AmiTarget, NotAllowed, Packet
from nms.transports.errors import TransportError

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
)

Resolver = Callable[[Device, Endpoint], AmiTarget]
Phones = Mapping[str, str]
"""Address -> name of the telephone sets of the inventory."""


@dataclass(frozen=True, slots=True)
class AmiAsker:
    resolve: Resolver
    phones: Phones = field(default_factory=dict)
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        try:
            async with ami.session(self.resolve(device, endpoint), self.seconds) as (session, logged_in):
                lists, facts, problems = await _gather(session)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        trunks = endpoint.options.get("trunks")
        found = Exchange(lists, trunks if isinstance(trunks, Mapping) else {}, self.phones)
        outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
        witness = Witness(TRANSPORT, outcome, at, round_trip=logged_in, reason="; ".join(problems))
        return Answer(
            witness, exchange.readings(device.id, at, found), exchange.states(found), facts, problems=tuple(problems)
        )


async def _gather(session: AmiSession) -> tuple[dict[str, Sequence[Packet]], dict[str, str], list[str]]:
    lists: dict[str, Sequence[Packet]] = {}
    problems: list[str] = []
    for action in LISTS:
        try:
            found = await session.listing(action)
        except NotAllowed as error:
            problems.append(f"{TRANSPORT}: {error}")
            continue
        if found is not None:
            lists[action] = found
    settings = await session.ask("CoreSettings")
    version = settings.get("asteriskversion", "")
    facts = {"vendor": "Asterisk", "os": "asterisk"} | ({"version": version} if version else {})
    return lists, facts, problems
