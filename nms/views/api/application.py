"""The FastAPI application: routes under /api/v1, metrics beside them, one place for headers and errors."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from nms import __version__
from nms.access import Permission, require
from nms.queries.audited import AuditReads
from nms.queries.ports import Acts, Reads
from nms.queries.presence import PresenceReads
from nms.store.accounts import AccountBook
from nms.store.announcements import AnnouncementBook
from nms.store.factors import FactorBook
from nms.store.replies import ReplyBook
from nms.store.tokens import TokenBook
from nms.tickets.faults import FaultBook
from nms.views.api import (
    accounts,
    acts,
    announcements,
    audit,
    configurations,
    dossier,
    faults,
    live,
    oncall,
    plan,
    presence,
    problems,
    quiet,
    reads,
    tokens,
)
from nms.views.api.auth import FAILURES_PER_MINUTE, actor, scheme
from nms.views.api.guard import Guard
from nms.views.api.limits import RateLimit
from nms.views.api.stream import EventHub

PREFIX = "/api/v1"
LOOPBACK = ("127.0.0.0/8", "::1/128")

Exposition = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the application stands on. `metrics_allow`: networks that read metrics without a token; None: no metrics."""

    reads: Reads
    acts: Acts
    tokens: TokenBook
    announcements: AnnouncementBook
    accounts: AccountBook
    replies: ReplyBook
    hub: EventHub
    own_metrics: Exposition
    device_metrics: Exposition
    metrics_allow: Sequence[str] | None = LOOPBACK
    requests_per_minute: float = 600.0
    presence: PresenceReads | None = None
    faults: FaultBook | None = None
    public_url: str = ""
    largest_upload: int = 20_000_000
    largest_fault: int = 5_000_000
    configurations: configurations.Door | None = None
    factors: FactorBook | None = None
    audited: AuditReads | None = None


def create(parts: Parts) -> FastAPI:
    """The application over the monitor's reads and acts."""
    app = FastAPI(title="nms", version=__version__, docs_url=None, redoc_url=None, openapi_url=f"{PREFIX}/openapi.json")
    state = app.state
    state.reads, state.acts, state.tokens, state.hub = parts.reads, parts.acts, parts.tokens, parts.hub
    state.replies, state.failures = parts.replies, RateLimit(FAILURES_PER_MINUTE)
    state.presence, state.announcements, state.faults = parts.presence, parts.announcements, parts.faults
    state.accounts, state.public_url = parts.accounts, parts.public_url
    state.configurations, state.factors = parts.configurations, parts.factors
    state.audited = parts.audited
    problems.install(app)
    refusals = problems.documented(401, 403, 422, 429, 503)
    routers = (
        reads,
        oncall,
        live,
        presence,
        configurations,
        acts,
        quiet,
        dossier,
        plan,
        announcements,
        faults,
        accounts,
        tokens,
        audit,
    )
    for router in (module.router for module in routers):
        app.include_router(router, prefix=PREFIX, responses=refusals, dependencies=[Depends(scheme)])
    app.add_middleware(
        Guard,
        limit=RateLimit(parts.requests_per_minute),
        largest_upload=parts.largest_upload,
        largest_fault=parts.largest_fault,
    )
    if parts.metrics_allow is not None:
        _add_metrics(app, parts.own_metrics, parts.device_metrics, parts.metrics_allow)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def _add_metrics(app: FastAPI, own: Exposition, devices: Exposition, allow: Sequence[str]) -> None:
    """Prometheus text exposition: the monitor itself, and at another path the latest readings of all devices."""
    media_type = "text/plain; version=0.0.4; charset=utf-8"
    networks = [ipaddress.ip_network(one, strict=False) for one in allow]

    def may_read(request: Request) -> None:
        """From an allowed network as it is, from elsewhere with a token."""
        if request.client is not None and _is_within(request.client.host, networks):
            return
        found = actor(request)
        require(found, Permission.READ)
        if found.departments:
            raise problems.HttpProblem(403, "metrics are of all departments; this token is of some")

    @app.get("/metrics", include_in_schema=False, dependencies=[Depends(may_read)])
    def metrics() -> Response:
        return Response(own(), media_type=media_type)

    @app.get("/metrics/devices", include_in_schema=False, dependencies=[Depends(may_read)])
    def metrics_of_devices() -> Response:
        return Response(devices(), media_type=media_type)


def _is_within(host: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)
