"""Storage through its own interface: pools, volumes, disks, alerts. Only reads are sent, besides log-in and log-out.

Sources: Synology DSM 6 and 7 (Web API: SYNO.API.Auth, SYNO.Core.System, SYNO.Storage.CGI.Storage); TrueNAS CORE 12 and
13, SCALE 22 to 24 (REST 2.0: system/info, pool, alert/list); NetApp ONTAP 9.6 to 9.15 (REST: cluster,
storage/aggregates, storage/volumes, storage/disks).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

from nms.collect.answer import Answer, failed
from nms.collect.servers import storage_parts as parts
from nms.collect.servers.hypervisor_parts import Site
from nms.collect.sheet import sheet
from nms.model import Device, Endpoint, Outcome, Witness
from nms.transports.errors import AccessDenied, Malformed, TransportError, Unreachable
from nms.transports.http import HttpClient
from nms.transports.json_api import JsonApi

TRANSPORT = "storage"
USUAL_PORT = {"synology": 5001, "truenas": 443, "ontap": 443}
_MOST_PAGES = 20
_SYNOLOGY_REFUSALS = {
    400: "wrong user or password",
    401: "the account is disabled",
    402: "permission denied",
    403: "it asks for a second factor",
    404: "the second factor is wrong",
    407: "this address is blocked",
}

Authorise = Callable[[Device, Endpoint], Mapping[str, str]]
Login = Callable[[Device, Endpoint], tuple[str, str]]


@dataclass(slots=True)
class _Visit:
    """One visit: the interface, what is found, and what could not be read."""

    api: JsonApi
    site: Site
    problems: list[str] = field(default_factory=list)

    async def part(self, name: str, path: str, understand: Callable[[Site, object], None]) -> object:
        """Its document. One that fails is named, and the others are kept. Raises: Unreachable."""
        try:
            document = await self.api.get(path)
            understand(self.site, document)
        except Unreachable:
            raise
        except TransportError as error:
            self.problems.append(f"{TRANSPORT}: {name}: {error}")
            return None
        return document


@dataclass(frozen=True, slots=True)
class StorageAsker:
    web: HttpClient
    authorise: Authorise
    login: Login
    seconds: float = 20.0

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        visit = _Visit(JsonApi(self.web, "", {}, self.seconds), Site())
        try:
            product = str(endpoint.options.get("product"))
            visit.api = self._api(device, endpoint, product)
            began = time.perf_counter()
            if product == "synology":
                async with _synology(visit.api, *self.login(device, endpoint)) as visit.api:
                    took = time.perf_counter() - began
                    await _synology_parts(visit)
            else:
                took = await {"truenas": _truenas, "ontap": _ontap}[product](visit)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        outcome = Outcome.PARTIAL if visit.problems else Outcome.ANSWERED
        return Answer(
            Witness(TRANSPORT, outcome, at, round_trip=took, reason="; ".join(visit.problems)),
            sheet(device.id, TRANSPORT, at, visit.site.rows),
            tuple(visit.site.states),
            visit.site.facts,
            problems=tuple(visit.problems),
        )

    def _api(self, device: Device, endpoint: Endpoint, product: str) -> JsonApi:
        host = f"[{endpoint.address}]" if ":" in endpoint.address else endpoint.address
        scheme = "https" if endpoint.options.get("tls", True) else "http"
        below = {"synology": "/webapi", "truenas": "/api/v2.0", "ontap": "/api"}[product]
        headers = {} if product == "synology" else dict(self.authorise(device, endpoint))
        verify = bool(endpoint.options.get("verify_tls", True))
        base = f"{scheme}://{host}:{endpoint.port or USUAL_PORT[product]}{below}"
        return JsonApi(self.web, base, headers, self.seconds, verify)


@asynccontextmanager
async def _synology(api: JsonApi, user: str, password: str) -> AsyncIterator[JsonApi]:
    """A session whose number goes in a cookie, given back whatever happens. Raises: AccessDenied."""
    asked = {"api": "SYNO.API.Auth", "version": "6", "method": "login", "session": "nms", "format": "sid"}
    answer = await api.post_form("/entry.cgi", {**asked, "account": user, "passwd": password})
    data = parts.synology_data(answer)
    if data is None:
        code = parts.synology_error(answer)
        said = _SYNOLOGY_REFUSALS.get(code, f"error {code}")
        raise AccessDenied(f"{api.base} refuses the log-in of “{user}”: {said}")
    number = data.get("sid")
    if not isinstance(number, str) or not number.isprintable() or ";" in number:
        raise Malformed(f"{api.base} does not open a session as Synology DSM does")
    inside = api.with_headers({"Cookie": f"id={number}"})
    try:
        yield inside
    finally:
        with suppress(TransportError):  # the station ends it by itself
            await inside.within(5.0).get(_synology_path("SYNO.API.Auth", "logout", 6, session="nms"))


def _synology_path(api: str, method: str, version: int, **more: str) -> str:
    return "/entry.cgi?" + urlencode({"api": api, "version": version, "method": method, **more})


async def _synology_parts(visit: _Visit) -> None:
    await visit.part("system", _synology_path("SYNO.Core.System", "info", 1), parts.synology_system)
    await visit.part("storage", _synology_path("SYNO.Storage.CGI.Storage", "load_info", 1), parts.synology_storage)


async def _truenas(visit: _Visit) -> float:
    info, took = await visit.api.timed("GET", "/system/info")
    parts.truenas_system(visit.site, info)
    await visit.part("pools", "/pool", parts.truenas_pools)
    await visit.part("alerts", "/alert/list", parts.truenas_alerts)
    return took


async def _ontap(visit: _Visit) -> float:
    cluster, took = await visit.api.timed("GET", "/cluster?fields=name,version")
    parts.ontap_cluster(visit.site, cluster)
    wanted: Mapping[str, tuple[str, Callable[[Site, object], None]]] = {
        "aggregates": ("/storage/aggregates?fields=state,space.block_storage&max_records=500", parts.ontap_aggregates),
        "volumes": (
            "/storage/volumes?fields=state,svm.name,space.size,space.used&max_records=500",
            parts.ontap_volumes,
        ),
        "disks": ("/storage/disks?fields=state,container_type&max_records=500", parts.ontap_disks),
    }
    for name, (path, understand) in wanted.items():
        await _pages(visit, name, path, understand)
    return took


async def _pages(visit: _Visit, name: str, path: str, understand: Callable[[Site, object], None]) -> None:
    """A collection page after page, as the links say, as long as they stay below the interface; bounded."""
    for _ in range(_MOST_PAGES):
        path = parts.ontap_next(await visit.part(name, path, understand))
        if not path:
            return
    visit.problems.append(f"{TRANSPORT}: {name}: more than {_MOST_PAGES} pages; the rest is left out")
