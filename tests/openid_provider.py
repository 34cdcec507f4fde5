"""An OpenID provider that does what the specifications ask of one: signed tokens, codes good once, PKCE checked.

`changes` makes its next ID tokens lie; everything else stays honest. It lets everybody in as `person` without asking.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
CLIENT, SECRET = "nms", "a secret of the registration / with signs"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """`now`: the clock of its tokens; `userinfo`: what it says there besides the subject."""

    issuer: str = ""
    key: RSAKey = field(default_factory=new_key)
    person: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] | None = None
    now: Callable[[], float] = time.time
    issued: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    """Addresses that its document gives instead of its own."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _access: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """Honest again, with an ordinary technician at the door."""
        self.person = {"sub": "1001", "preferred_username": "Eva.Luna@ciudad.example", "groups": ["soporte"]}
        self.userinfo, self.changes, self.sign, self.now = {}, {}, None, time.time
        self.moved = {}

    def document(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        paths |= {"userinfo_endpoint": "userinfo", "end_session_endpoint": "end"}
        found: dict[str, Any] = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        found |= self.moved
        return {"issuer": self.issuer, **found, "token_endpoint_auth_methods_supported": ["client_secret_basic"]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to."""
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        kind, _, pair = authorization.partition(" ")
        name, _, secret = base64.b64decode(pair).decode().partition(":") if kind == "Basic" else ("", "", "")
        if (unquote(name), unquote(secret)) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or challenge.decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": "code or verifier"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant", "error_description": "redirect_uri"}
        access = secrets.token_urlsafe(16)
        self._access[access] = self.person["sub"]
        return 200, {"access_token": access, "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        now = int(self.now())
        standard = {"iss": self.issuer, "aud": CLIENT, "exp": now + 300, "iat": now, "nonce": nonce}
        claims = {**standard, **self.person, **self.changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        made = self.sign(claims) if self.sign else jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        self.issued.append(made)
        return made

    def logout_token(self, **changes: Any) -> str:
        """What it sends to everybody where somebody was logged in (Back-Channel Logout 1.0)."""
        now = int(self.now())
        about = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8)}
        claims = {**about, "sub": self.person["sub"], "events": {LOGOUT: {}}, **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid, "typ": "logout+jwt"}
        return self.sign(claims) if self.sign else jwt.encode(header, claims, self.key)

    def about(self, authorization: str) -> tuple[int, dict[str, Any]]:
        subject = self._access.get(authorization.removeprefix("Bearer "))
        return (200, {"sub": subject, **self.userinfo}) if subject else (401, {"error": "invalid_token"})


@contextmanager
def serving() -> Iterator[Provider]:
    """The provider on a free port of loopback, in threads of its own."""
    provider = Provider()
    provider.forget()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/keys":
                self._say(200, {"keys": [provider.key.as_dict(private=False)]})
            elif parts.path == "/userinfo":
                self._say(*provider.about(self.headers.get("Authorization", "")))
            else:
                self._say(200, provider.document())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(*provider.token(form, self.headers.get("Authorization", "")))

        def _say(self, status: int, document: dict[str, Any]) -> None:
            raw = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
