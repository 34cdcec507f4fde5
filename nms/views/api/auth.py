"""Who is asking: a bearer token names an actor; without one nothing but the public paths answers."""

from __future__ import annotations

from typing import Annotated, Protocol

from fastapi import Depends, Request

from nms.access import Actor
from nms.i18n import DEFAULT_LANGUAGE, LANGUAGES
from nms.views.api.problems import Problem


class TokenVerifier(Protocol):
    def verify(self, token: str, origin: str) -> Actor | None:
        """The actor behind a token, or None when it is unknown, expired or revoked."""
        ...


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        detail = "this needs a token: send “Authorization: Bearer TOKEN” (nms token create makes one)"
        raise Problem(401, detail, {"WWW-Authenticate": "Bearer"})
    return token.strip()


def actor(request: Request) -> Actor:
    verifier: TokenVerifier = request.app.state.tokens
    origin = request.client.host if request.client else "local"
    found = verifier.verify(bearer(request), origin)
    if found is None:
        detail = "this token is unknown, expired or revoked; ask an administrator for a new one"
        raise Problem(401, detail, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    return found


def language(request: Request) -> str:
    """`?lang=` first, then Accept-Language, then Spanish."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE


CurrentActor = Annotated[Actor, Depends(actor)]
Language = Annotated[str, Depends(language)]
