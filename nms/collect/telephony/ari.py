"""An Asterisk PBX through its REST interface (ARI): endpoints, channels, calls. For those who offer no manager.

Sources: GET /asterisk/info, /endpoints, /channels, /bridges of Asterisk 13 to 22. What they say is put into the words
of the manager, so that both mean the same (`exchange`). Registrations of trunks, queues and quality are not in ARI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nms.collect.answer import Answer, failed
from nms.collect.telephony import exchange
from nms.collect.telephony.exchange import Exchange
from nms.model import Device, Endpoint, Outcome, Witness
from nms.text import clean
from nms.transports.ami import Packet
from nms.transports.errors import Malformed, TransportError
from nms.transports.http import HttpClient
from nms.transports.json_api import JsonApi

TRANSPORT = "ari"
USUAL_URL = "http://{address}:8088/ari"
_TECHNOLOGIES = frozenset({"PJSIP", "SIP", "IAX2"})
_STATES = {"online": "Not in use", "offline": "Unavailable"}

Authorise = Callable[[Device, Endpoint], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class AriAsker:
    web: HttpClient
    authorise: Authorise
    seconds: float = 10.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        url = str(endpoint.options.get("url") or USUAL_URL)
        address = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
        verify = bool(endpoint.options.get("verify_tls", True))
        try:
            headers = self.authorise(device, endpoint)
            api = JsonApi(self.web, url.replace("{address}", address), headers, self.seconds, verify)
            info, took = await api.timed("GET", "/asterisk/info")
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        lists, problems = await _lists(api)
        trunks = endpoint.options.get("trunks")
        found = Exchange(lists, trunks if isinstance(trunks, Mapping) else {}, _most(info))
        outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
        return Answer(
            Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(problems)),
            exchange.readings(device.id, at, found),
            exchange.states(found),
            {"vendor": "Asterisk", "os": "asterisk", **_version(info)},
            problems=tuple(problems),
        )


async def _lists(api: JsonApi) -> tuple[dict[str, Sequence[Packet]], list[str]]:
    """The lists in the manager's words; a part that fails is named, and the others are kept."""
    got: dict[str, list[Mapping[str, Any]]] = {}
    problems: list[str] = []
    for name in ("endpoints", "channels", "bridges"):
        try:
            got[name] = _rows(await api.get(f"/{name}"), api.base)
        except TransportError as error:
            problems.append(f"{TRANSPORT}: {name}: {error}")
    lists: dict[str, Sequence[Packet]] = {}
    if "endpoints" in got:
        lists["PJSIPShowEndpoints"] = list(_endpoints(got["endpoints"]))
    if "channels" in got:
        lists["CoreShowChannels"] = list(_channels(got["channels"], got.get("bridges", [])))
    return lists, problems


def _rows(document: object, where: str) -> list[Mapping[str, Any]]:
    if not isinstance(document, list):
        raise Malformed(f"{where} does not answer as Asterisk's ARI does")
    return [one for one in document if isinstance(one, Mapping)]


def _endpoints(rows: Sequence[Mapping[str, Any]]) -> Iterator[Packet]:
    for one in rows:
        if one.get("technology") in _TECHNOLOGIES:
            name, state = clean(str(one.get("resource", "")), limit=100), str(one.get("state", ""))
            yield {"objectname": name, "devicestate": _STATES.get(state, state)}


def _channels(rows: Sequence[Mapping[str, Any]], bridges: Sequence[Mapping[str, Any]]) -> Iterator[Packet]:
    """Channels with the bridge that joins them: channels of one bridge are one call."""
    joined = {str(channel): str(one.get("id")) for one in bridges for channel in one.get("channels") or ()}
    for one in rows:
        number = str(one.get("id", ""))
        yield {
            "channel": clean(str(one.get("name", "")), limit=200),
            "uniqueid": number,
            "bridgeid": joined.get(number, ""),
        }


def _version(info: object) -> dict[str, str]:
    system = info.get("system") if isinstance(info, Mapping) else None
    version = clean(str(system.get("version") or ""), limit=60) if isinstance(system, Mapping) else ""
    return {"version": version} if version else {}


def _most(info: object) -> int:
    """How many calls it is configured to take at once; 0 where it has no limit."""
    config = info.get("config") if isinstance(info, Mapping) else None
    most = config.get("max_channels") if isinstance(config, Mapping) else None
    return most if isinstance(most, int) and most > 0 else 0
