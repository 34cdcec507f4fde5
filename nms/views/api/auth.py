"""Who is asking: a bearer token names an actor; without one nothing but the public paths answers."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from nms.access import Actor
from nms.views.api.limits import RateLimit
from nms.views.api.problems import HttpProblem

FAILURES_PER_MINUTE = 30
"""Wrong tokens from one address; tokens cannot be guessed, but trying costs the monitor's time."""

scheme = HTTPBearer(auto_error=False, description="A token that `nms token create` made")
"""Only describes the scheme in the OpenAPI document; `actor` reads the header itself."""


class TokenVerifier(Protocol):
    def verify(self, token: str, origin: str) -> Actor | None:
        """The actor behind a token, or None when it is unknown, expired or revoked."""
        ...


def bearer(request: Request) -> str:
    word, _, token = request.headers.get("authorization", "").partition(" ")
    if word.lower() != "bearer" or not token.strip():
        detail = "this needs a token: send “Authorization: Bearer TOKEN” (nms token create makes one)"
        raise HttpProblem(401, detail, {"WWW-Authenticate": "Bearer"})
    return token.strip()


def origin_of(request: Request) -> str:
    return request.client.host if request.client else "local"


def actor(request: Request) -> Actor:
    """The actor of a request, looked up once for it. Raises: HttpProblem 401, or 429 after many wrong tokens."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    verifier: TokenVerifier = request.app.state.tokens
    failures: RateLimit = request.app.state.failures
    token, origin = bearer(request), origin_of(request)
    if failures.is_spent(origin):
        raise HttpProblem(429, "too many wrong tokens from this address; wait a minute", {"Retry-After": "60"})
    found = verifier.verify(token, origin)
    if found is None:
        failures.wait(origin)
        detail = "this token is unknown, expired or revoked; ask an administrator for a new one"
        raise HttpProblem(401, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    request.state.actor = found
    return found


CurrentActor = Annotated[Actor, Depends(actor)]
