"""SNMPv3 through pysnmp: its User-based Security Model, driven by the same careful reads as v1 and v2c.

One pysnmp engine stands for each user, because pysnmp keeps users by name and two devices may know the same name
with different passwords. Passwords become keys once, keys are localised once for each agent, and the agents' engine
ids and clocks are kept between polls. Source: RFC 3412, RFC 3414, RFC 3826, RFC 7860.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.cmdgen import CommandGenerator
from pysnmp.error import PySnmpError
from pysnmp.proto.api import v2c

from nms.transports.errors import AccessDenied, LocalFault, Malformed, TransportError, Unreachable
from nms.transports.snmp.agent import Budget, Pace, Reply, Silence
from nms.transports.snmp.ber import (
    END_OF_MIB_VIEW,
    INTEGER,
    IP_ADDRESS,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    OPAQUE,
    UNSIGNED,
    decode_arcs,
    decode_value,
    encode_oid,
)
from nms.transports.snmp.flights import Flights
from nms.transports.snmp.messages import Answer
from nms.transports.snmp.targets import AuthProtocol, PrivProtocol, SnmpStatistics, SnmpTarget, UsmUser
from nms.transports.snmp.values import Oid, Value

_AUTH = {
    AuthProtocol.MD5: config.USM_AUTH_HMAC96_MD5,
    AuthProtocol.SHA: config.USM_AUTH_HMAC96_SHA,
    AuthProtocol.SHA224: config.USM_AUTH_HMAC128_SHA224,
    AuthProtocol.SHA256: config.USM_AUTH_HMAC192_SHA256,
    AuthProtocol.SHA384: config.USM_AUTH_HMAC256_SHA384,
    AuthProtocol.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
_PRIV = {
    PrivProtocol.DES: config.USM_PRIV_CBC56_DES,
    PrivProtocol.AES128: config.USM_PRIV_CFB128_AES,
    PrivProtocol.AES192: config.USM_PRIV_CFB192_AES,
    PrivProtocol.AES256: config.USM_PRIV_CFB256_AES,
}
_REFUSALS = {
    "UnknownUserName": "it does not know the user",
    "UnknownSecurityName": "it does not know the user",
    "UnsupportedSecurityLevel": "the user has another security level there",
    "WrongDigest": "wrong authentication password or protocol",
    "AuthenticationFailure": "wrong authentication password or protocol",
    "AuthenticationError": "wrong authentication password or protocol",
    "DecryptionError": "wrong privacy password or protocol",
    "NoSuchContext": "it has no such context",
    "NotInView": "the user may not read this",
    "NotInTimeWindow": "its clock and ours do not agree on the SNMPv3 time window",
}
_SILENCES = ("RequestTimedOut", "EmptyResponse")
_VERSION_3 = 3


def protocols(user: UsmUser) -> tuple[Any, Any]:
    """pysnmp's names of the user's authentication and privacy protocols."""
    auth = _AUTH[user.auth_protocol] if user.auth_protocol else config.USM_AUTH_NONE
    return auth, _PRIV[user.priv_protocol] if user.priv_protocol else config.USM_PRIV_NONE


class UsmEngine:
    """pysnmp's engine for one user: a socket, the keys, and what is known of the agents."""

    def __init__(self, user: UsmUser, flights: Flights) -> None:
        self.flights = flights
        auth, priv = protocols(user)
        level = "authPriv" if user.priv_protocol else "authNoPriv" if user.auth_protocol else "noAuthNoPriv"
        self.engine = SnmpEngine()
        self.generator = CommandGenerator()
        self._names: dict[tuple[tuple[str, int], float], str] = {}
        self._families: set[bool] = set()
        config.add_v3_user(self.engine, user.name, auth, user.auth_password or None, priv, user.priv_password or None)
        config.add_target_parameters(self.engine, "user", user.name, level, _VERSION_3)

    def register(self, address: tuple[str, int], timeout: float) -> str:
        """pysnmp's name of an agent. Retries are ours, and so is the timeout that counts."""
        known = self._names.get((address, timeout))
        if known:
            return known
        is_v6 = ":" in address[0]
        domain = udp6.DOMAIN_NAME if is_v6 else udp.DOMAIN_NAME
        if is_v6 not in self._families:
            carrier = udp6.Udp6AsyncioTransport() if is_v6 else udp.UdpAsyncioTransport()
            config.add_transport(self.engine, domain, carrier.open_client_mode())
            self._families.add(is_v6)
        name = f"agent{len(self._names)}"
        config.add_target_address(self.engine, name, domain, address, "user", int(timeout * 100) + 100, 0)
        self._names[(address, timeout)] = name
        return name

    def close(self) -> None:
        self.engine.close_dispatcher()


class UsmAgent:
    """One agent, read as one SNMPv3 user."""

    def __init__(
        self,
        target: SnmpTarget,
        engine: UsmEngine,
        name: str,
        budget: Budget,
        statistics: SnmpStatistics,
    ) -> None:
        if not isinstance(target.credential, UsmUser):
            raise TypeError("an SNMPv3 user is needed here")
        self.target = target
        self.pace = Pace(target.max_repetitions)
        self.statistics = statistics
        self._user = target.credential
        self._engine = engine
        self._name = name
        self._budget = budget
        self._free = asyncio.Semaphore(target.max_in_flight)

    @property
    def has_bulk(self) -> bool:
        return True

    async def ask_get(self, names: Sequence[bytes], tries: int) -> Reply:
        """The instances `names`. Raises Silence, OverBudget, AccessDenied, Malformed."""
        pdu = v2c.GetRequestPDU()
        v2c.apiPDU.set_defaults(pdu)
        v2c.apiPDU.set_varbinds(pdu, _bindings(names))
        return await self._ask(pdu, tries)

    async def ask_next(self, names: Sequence[bytes], repetitions: int, tries: int) -> Reply:
        """What follows `names`, by GETBULK. Raises as `ask_get`."""
        pdu = v2c.GetBulkRequestPDU()
        v2c.apiBulkPDU.set_defaults(pdu)
        v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
        v2c.apiBulkPDU.set_max_repetitions(pdu, repetitions)
        v2c.apiBulkPDU.set_varbinds(pdu, _bindings(names))
        return await self._ask(pdu, tries)

    def unreachable(self, silence: Silence) -> TransportError:
        """What people are told when the last try failed."""
        return Unreachable(
            f"{self.target.address} port {self.target.port}: no SNMPv3 answer in {self.target.retries + 1} tries of"
            f" {self.target.timeout:g} s; check the address and whether the agent admits this monitor"
        )

    async def _ask(self, pdu: Any, tries: int) -> Reply:
        async with self._free:
            for left in range(tries - 1, -1, -1):
                self._budget.spend(asyncio.get_running_loop().time())
                try:
                    async with self._engine.flights.one():
                        return await self._ask_once(pdu)
                except Silence:
                    self.statistics.timeouts += 1
                    if not left:
                        raise
                    self.statistics.retries += 1
        raise Silence("")

    async def _ask_once(self, pdu: Any) -> Reply:
        answered: asyncio.Future[tuple[Any, Any]] = asyncio.get_running_loop().create_future()

        def take(_engine: object, _handle: object, indication: Any, response: Any, _context: object) -> None:
            if not answered.done():
                answered.set_result((indication, response))

        self.statistics.requests += 1
        sent = asyncio.get_running_loop().time()
        v2c.apiPDU.set_request_id(pdu, v2c.getNextRequestID())
        try:
            self._engine.generator.send_pdu(
                self._engine.engine, self._name, None, self._user.context.encode(), pdu, take, None
            )
            async with asyncio.timeout(self.target.timeout):
                indication, response = await answered
        except TimeoutError:
            raise Silence("") from None
        except PySnmpError as error:
            raise LocalFault(f"{self.target.address}: the SNMPv3 request could not be sent ({error})") from None
        if indication:
            raise self._problem(indication)
        self.statistics.responses += 1
        if self._budget.round_trip is None:
            self._budget.round_trip = asyncio.get_running_loop().time() - sent
        return Reply(_answer(response))

    def _problem(self, indication: Any) -> Exception:
        """What pysnmp's error indication means for people; the words of the agent are not repeated."""
        kind = type(indication).__name__
        if kind in _SILENCES:
            return Silence("")
        where = f"{self.target.address} port {self.target.port}"
        if kind in _REFUSALS:
            return AccessDenied(f"{where}: refuses the SNMPv3 user {self._user.name}: {_REFUSALS[kind]}")
        self.statistics.dropped["malformed"] += 1
        return Malformed(f"{where}: the SNMPv3 answer cannot be read ({kind})")


def _bindings(names: Sequence[bytes]) -> list[tuple[Any, Any]]:
    return [(v2c.ObjectIdentifier(_arcs(name)), v2c.null) for name in names]


def _arcs(name: bytes) -> tuple[int, ...]:
    first, *rest = decode_arcs(name)
    top = min(first // 40, 2)
    return (top, first - 40 * top, *rest)


def _answer(response: Any) -> Answer:
    names: list[bytes] = []
    values: list[Value | None] = []
    ended: set[int] = set()
    octets = 0
    for at, (name, value) in enumerate(v2c.apiPDU.get_varbinds(response)):
        names.append(encode_oid(str(name)))
        values.append(value_of(value))
        if _tag(value) == END_OF_MIB_VIEW:
            ended.add(at)
        octets += len(names[-1]) + 12
    status = int(v2c.apiPDU.get_error_status(response))
    index = int(v2c.apiPDU.get_error_index(response, muteErrors=True))
    return Answer(names, values, status, index, frozenset(ended), octets)


def _tag(value: Any) -> int:
    tag = value.tagSet.superTags[-1]
    return int(tag.tagClass) | int(tag.tagId)


def value_of(value: Any) -> Value | None:
    """What a pysnmp value is in this package."""
    tag = _tag(value)
    if tag == INTEGER or tag in UNSIGNED:
        return int(value)
    if tag == OBJECT_IDENTIFIER:
        return Oid(str(value))
    if tag in (OCTET_STRING, IP_ADDRESS, OPAQUE):
        return decode_value(tag, bytes(value))
    return None
