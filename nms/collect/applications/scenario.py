"""A scripted sequence of web requests: log in, look up, log out. One row for all of it, and which step failed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from nms.collect.applications.check import Finding, slowness
from nms.collect.applications.expectations import as_text, at_path, found, shortfall
from nms.collect.applications.servers import Login
from nms.collect.applications.web import url_of
from nms.model import Device, Endpoint
from nms.text import clean
from nms.transports.cookies import Cookies
from nms.transports.errors import LocalFault, OverBudget, TransportError, Unreachable
from nms.transports.http import HttpClient, HttpRequest, HttpResponse, Limits
from nms.transports.sockets import ascii_host

_HOLE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LONGEST_KEPT = 4096

Fill = Callable[[str], str]


@dataclass(slots=True)
class _Visit:
    """What is carried from step to step."""

    address: str
    limits: Limits
    ends: float
    values: dict[str, str] = field(repr=False)
    cookies: Cookies = field(default_factory=Cookies)
    size: int = 0


@dataclass(frozen=True, slots=True)
class ScenarioProbe:
    client: HttpClient
    login: Login

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        steps = endpoint.options.get("steps")
        if not isinstance(steps, list | tuple) or not steps:
            raise LocalFault(f"the scenario of {endpoint.address} has no steps")
        user, password = self.login(device, endpoint)
        began = time.monotonic()
        limits = Limits(verify=bool(endpoint.options.get("verify_tls", True)), hosts=_hosts(steps, endpoint.address))
        visit = _Visit(endpoint.address, limits, began + seconds, {"user": user, "password": password})
        failure = await self._walk(steps, visit, last_always=bool(endpoint.options.get("last_always", True)))
        taken = time.monotonic() - began
        return Finding(failure, {"check_size_bytes": visit.size}, slowness(endpoint, taken), round_trip=taken)

    async def _walk(self, steps: Sequence[Mapping[str, Any]], visit: _Visit, *, last_always: bool) -> str:
        for number, step in enumerate(steps, 1):
            failure = await self._attempt(step, number, len(steps), visit)
            if failure:
                if last_always and 1 < number < len(steps):
                    await self._attempt(steps[-1], len(steps), len(steps), visit)
                return failure
        return ""

    async def _attempt(self, step: Mapping[str, Any], number: int, of: int, visit: _Visit) -> str:
        """One step, and why it failed. A first step that nobody answers is raised: the service is not there."""
        name = f"step {number} of {of}" + (f" ({step['name']})" if step.get("name") else "")
        left = visit.ends - time.monotonic()
        if left <= 0:
            return f"{name} was not reached in time"
        try:
            limits = Limits(left, visit.limits.verify, visit.limits.redirects, visit.limits.body, visit.limits.hosts)
            response = await self.client.fetch(_request(step, visit), limits, visit.cookies)
        except (Unreachable, LocalFault, OverBudget) as error:
            if number == 1 or isinstance(error, LocalFault):
                raise
            return f"{name}: {error}"
        except TransportError as error:
            return f"{name}: {error}"
        visit.size += len(response.body)
        failure = shortfall(response, step) or _keep(step, response, visit)
        return f"{name}: {failure}" if failure else ""


def _hosts(steps: Sequence[Mapping[str, Any]], address: str) -> frozenset[str]:
    """The hosts that the inventory writes out. One that an answer fills in is not among them."""
    authorities = [urlsplit(url_of(str(step.get("url")), address)) for step in steps]
    return frozenset(ascii_host(one.hostname or "") for one in authorities if not _HOLE.search(one.netloc))


def _request(step: Mapping[str, Any], visit: _Visit) -> HttpRequest:
    url = _filled(url_of(str(step.get("url")), visit.address), visit, lambda text: quote(text, safe=""))
    headers = {str(name): _filled(str(value), visit) for name, value in (step.get("headers") or {}).items()}
    form = step.get("form") or {}
    body = _filled(str(step.get("body") or ""), visit)
    method = str(step.get("method") or "GET")
    if form:
        body = urlencode({str(name): _filled(str(value), visit) for name, value in form.items()})
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        method = "POST" if method == "GET" else method
    return HttpRequest(url, method, headers, body.encode())


def _filled(template: str, visit: _Visit, encode: Fill = str) -> str:
    """Names that are known are filled in, once; what an answer gave is never read as a template again."""
    values = visit.values
    return _HOLE.sub(lambda hole: encode(values[hole[1]]) if hole[1] in values else hole[0], template)


def _keep(step: Mapping[str, Any], response: HttpResponse, visit: _Visit) -> str:
    for name, where in (step.get("keep") or {}).items():
        value = _kept(where, response)
        if not value or len(value) > _LONGEST_KEPT:
            return f"{response.url} answered without what is to be kept as “{clean(str(name), limit=40)}”"
        visit.values[str(name)] = value
    return ""


def _kept(where: Mapping[str, Any], response: HttpResponse) -> str:
    if where.get("header"):
        return response.header(str(where["header"]).lower())
    if where.get("json_path"):
        try:
            value = at_path(json.loads(response.text), str(where["json_path"]))
        except (ValueError, RecursionError):
            return ""
        return clean(as_text(value), limit=_LONGEST_KEPT) if found(value) else ""
    after, before = str(where.get("after") or ""), str(where.get("before") or "")
    text = response.text
    at = text.find(after)
    start = at + len(after)
    end = text.find(before, start) if before else len(text)
    return clean(text[start:end], limit=_LONGEST_KEPT + 1) if at >= 0 and end >= 0 else ""
