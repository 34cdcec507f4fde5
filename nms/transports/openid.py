"""OpenID Connect: somebody logs in at a provider, and the provider says, signed, who it was.

Source: OpenID Connect Core 1.0 (code flow) and Discovery 1.0, OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), state and
nonce, the issuer in the answer (RFC 9207), RP-Initiated Logout 1.0 and Back-Channel Logout 1.0. Signatures are
checked by joserfc, claims by authlib; only algorithms with a public key count, so that neither “none” nor the client's
own secret signs anything.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from nms.text import clean
from nms.transports.errors import AccessDenied, Malformed
from nms.transports.http import HttpClient, HttpRequest, HttpResponse, Limits, plain
from nms.transports.reach import Reach

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
DISCOVERY = "/.well-known/openid-configuration"
KNOWN_SECONDS = 3600.0
"""The provider's document and keys are read again after this, and at once where a token does not fit the keys."""
LEEWAY_SECONDS = 60
LOGOUT_SECONDS = 300.0
"""A logout token is for now."""
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_HINT = 4000
"""An address may not grow without end; the provider asks back where the token is missing."""
LIMITS = Limits(seconds=10.0, redirects=0, body=200_000)


@dataclass(frozen=True, slots=True)
class Registration:
    """Under what the provider knows this monitor. `secret` empty: a public client."""

    issuer: str
    client_id: str
    secret: Callable[[], str] = field(default=lambda: "", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    claims: tuple[str, ...] = ()
    """What must be known of somebody; the provider's userinfo is asked where the signed token lacks it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One log-in on its way. It is kept on this side and good once."""

    url: str
    state: str
    redirect_uri: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider says of somebody, and the signed token in which it does."""

    claims: Mapping[str, Any]
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """Whose log-ins the provider has ended: one of them (`session`, its `sid` there), or all of a `subject`."""

    subject: str
    session: str


@dataclass(frozen=True, slots=True)
class _Known:
    document: Mapping[str, Any]
    keys: KeySet
    until: float


class OpenIdProvider:
    """One provider. Raises of every method: Unreachable, OverBudget, CertificateRefused, AccessDenied, Malformed."""

    def __init__(
        self, registration: Registration, clock: Callable[[], float] = time.time, reach: Reach | None = None
    ) -> None:
        """`reach`: where the provider's document may lead besides the issuer's own host."""
        self.registration = registration
        self._clock = clock
        self._http = HttpClient(reach)
        self._limits = replace(LIMITS, hosts=frozenset({urlsplit(registration.issuer).hostname or ""}))
        self._known: _Known | None = None

    async def begin(self, redirect_uri: str) -> Attempt:
        """Where the browser goes now."""
        mine, known = self.registration, await self._provider()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url: str = prepare_grant_uri(
            _endpoint(known.document, "authorization_endpoint"),
            mine.client_id,
            "code",
            redirect_uri,
            " ".join(mine.scopes),
            state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Attempt(url, state, redirect_uri, nonce, verifier)

    async def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Vouched:
        """Who logged in. `answer`: the query with which the browser came back."""
        issuer = self.registration.issuer
        if answer.get("state") != attempt.state:
            raise AccessDenied("the answer belongs to another log-in")
        if answer.get("iss", issuer) != issuer:
            raise AccessDenied("the answer comes from another provider")
        if "error" in answer or not answer.get("code"):
            said = clean(answer.get("error_description") or answer.get("error") or "no code", limit=120)
            raise AccessDenied(f"the provider refuses: {said}")
        tokens = await self._exchange(attempt, answer["code"])
        claims = await self._verified(tokens, attempt.nonce)
        return Vouched(await self._completed(claims, tokens), str(tokens["id_token"]))

    async def farewell(self, token: str, back: str) -> str | None:
        """Where the browser ends its log-in at the provider and comes `back` from; None where none offers that.

        `token`: the ID token of the log-in, which tells the provider that it was no stranger who asks.
        """
        document = (await self._provider()).document
        if not document.get("end_session_endpoint"):
            return None
        url, query = _endpoint(document, "end_session_endpoint"), {"client_id": self.registration.client_id}
        query |= {"post_logout_redirect_uri": back} if back else {}
        query |= {"id_token_hint": token} if 0 < len(token) <= LONGEST_HINT else {}
        return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"

    async def ended(self, text: str) -> Ended:
        """What a logout token of the provider ends (Back-Channel Logout 1.0, 2.6)."""
        try:
            token = await self._signed(text)
            claims, now = token.claims, self._clock()
            audience = claims.get("aud")
            for holds in (
                claims.get("iss") == self.registration.issuer,
                self.registration.client_id in (audience if isinstance(audience, list) else [audience]),
                abs(now - float(claims["iat"])) <= LOGOUT_SECONDS,
                float(claims.get("exp", now)) >= now - LEEWAY_SECONDS,
                isinstance(claims["events"].get(LOGOUT_EVENT), dict),
                "nonce" not in claims,
            ):
                if not holds:
                    raise ValueError("it is not for us, not for now, or no logout token")
            found = Ended(str(claims.get("sub") or ""), str(claims.get("sid") or ""))
            if not found.subject and not found.session:
                raise ValueError("it names nobody")
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise AccessDenied(f"the provider's token does not count: {clean(str(error), limit=120)}") from None
        return found

    async def _signed(self, text: str) -> jwt.Token:
        """A token whose signature holds; with the keys read anew where those that are known do not fit.

        Raises besides: JoseError, ValueError.
        """
        known = await self._provider()
        try:
            return jwt.decode(text, known.keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            known = await self._provider(anew=True)
            return jwt.decode(text, known.keys, algorithms=ALGORITHMS)

    async def _exchange(self, attempt: Attempt, code: str) -> dict[str, Any]:
        """The code for tokens; the provider knows us by our secret, and this log-in by the verifier."""
        known, mine, headers = await self._provider(), self.registration, {}
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
            "client_id": mine.client_id,
        }
        secret = mine.secret()
        ways = known.document.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            pair = f"{quote(mine.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif secret:
            form["client_secret"] = secret
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        url = _endpoint(known.document, "token_endpoint")
        return await self._ask(HttpRequest(url, "POST", headers, urlencode(form).encode()))

    async def _verified(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of an ID token that counts: signature, issuer, audience, time, nonce (Core 1.0, 3.1.3.7)."""
        text = tokens.get("id_token")
        if not isinstance(text, str):
            raise Malformed("the provider sends no ID token; does the scope “openid” count there?")
        try:
            token, mine = await self._signed(text), self.registration
            claims = CodeIDToken(
                token.claims,
                token.header,
                {"iss": {"value": mine.issuer}, "aud": {"value": mine.client_id}},
                {"nonce": nonce, "client_id": mine.client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(int(self._clock()), LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise AccessDenied(f"the provider's token does not count: {clean(str(error), limit=120)}") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise AccessDenied("the provider's token names nobody")
        return dict(claims)

    async def _completed(self, claims: dict[str, Any], tokens: Mapping[str, Any]) -> dict[str, Any]:
        """With what userinfo adds, where the token is silent; it never changes what was signed."""
        known = await self._provider()
        missing = [name for name in self.registration.claims if name not in claims]
        access = tokens.get("access_token")
        if not missing or not isinstance(access, str) or "userinfo_endpoint" not in known.document:
            return claims
        url = _endpoint(known.document, "userinfo_endpoint")
        more = await self._ask(HttpRequest(url, "GET", {"Authorization": f"Bearer {access}"}))
        if more.get("sub") != claims["sub"]:
            raise AccessDenied("the provider's userinfo is about somebody else")
        return {**more, **claims}

    async def _provider(self, *, anew: bool = False) -> _Known:
        if self._known is not None and not anew and self._clock() < self._known.until:
            return self._known
        issuer = self.registration.issuer
        document = await self._ask(HttpRequest(issuer.rstrip("/") + DISCOVERY))
        if document.get("issuer") != issuer:
            said = clean(str(document.get("issuer")), limit=120)
            raise Malformed(f"{plain(issuer)} calls itself “{said}”: write login.openid.issuer as it does")
        try:
            keys = KeySet.import_key_set(await self._ask(HttpRequest(_endpoint(document, "jwks_uri"))))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError):
            raise Malformed(f"the keys of {plain(issuer)} cannot be read") from None
        self._known = _Known(document, keys, self._clock() + KNOWN_SECONDS)
        return self._known

    async def _ask(self, request: HttpRequest) -> dict[str, Any]:
        headers = {"Accept": "application/json", **request.headers}
        response = await self._http.fetch(replace(request, headers=headers), self._limits)
        where = plain(request.url)
        document = _document(response, where)
        if response.status != 200:
            said = clean(str(document.get("error_description") or document.get("error") or response.status), limit=120)
            raise AccessDenied(f"{where} refuses: {said}")
        return document


def _document(response: HttpResponse, where: str) -> dict[str, Any]:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        found = None
    if response.cut or not isinstance(found, dict):
        raise Malformed(f"{where} answers {response.status} with something that is no JSON object")
    return found


def _endpoint(document: Mapping[str, Any], name: str) -> str:
    """An address of the provider, with TLS unless the provider itself is without."""
    url = document.get(name)
    secure = urlsplit(str(document.get("issuer"))).scheme == "https"
    if not isinstance(url, str) or urlsplit(url).scheme not in (("https",) if secure else ("https", "http")):
        raise Malformed(f"the provider's document has no “{name}” that can be used")
    return url
