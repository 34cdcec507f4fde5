"""The FastAPI application: routes under /api/v1, metrics beside them, one place for headers and errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from starlette.responses import Response

from nms import __version__
from nms.queries.ports import Acts, Reads
from nms.views.api import acts, problems, reads
from nms.views.api.auth import TokenVerifier
from nms.views.api.stream import EventHub

PREFIX = "/api/v1"
MAX_BODY_BYTES = 1_000_000
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

Exposition = Callable[[], bytes]


def create(
    reader: Reads,
    actor: Acts,
    tokens: TokenVerifier,
    hub: EventHub,
    *,
    own_metrics: Exposition,
    device_metrics: Exposition,
) -> FastAPI:
    """The application over the monitor's reads and acts."""
    app = FastAPI(title="nms", version=__version__, docs_url=None, redoc_url=None, openapi_url=f"{PREFIX}/openapi.json")
    app.state.reads, app.state.acts, app.state.tokens, app.state.hub = reader, actor, tokens, hub
    problems.install(app)
    app.include_router(reads.router, prefix=PREFIX)
    app.include_router(acts.router, prefix=PREFIX)
    app.middleware("http")(_guard)
    _add_metrics(app, own_metrics, device_metrics)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def _guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        return problems.respond(413, f"the request is larger than {MAX_BODY_BYTES} bytes")
    response = await answer(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _add_metrics(app: FastAPI, own: Exposition, devices: Exposition) -> None:
    """Prometheus text exposition: the monitor itself, and at another path the latest readings of all devices."""
    media_type = "text/plain; version=0.0.4; charset=utf-8"

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(own(), media_type=media_type)

    @app.get("/metrics/devices", include_in_schema=False)
    def metrics_of_devices() -> Response:
        return Response(devices(), media_type=media_type)
