"""How people log in to the web pages: passwords, second factors, and the city hall's own OpenID provider."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from nms.access import UserRole
from nms.config.secrets import Secret
from nms.documents import Confidential, Strict, mistake

LOCAL = ("127.0.0.1", "::1", "localhost")
EVERYWHERE = "*"

Group = Annotated[str, Field(min_length=1, max_length=300)]


class OpenId(Confidential):
    """An OpenID Connect provider (Keycloak, Entra ID, Authentik, ...): who somebody is, and in which groups."""

    issuer: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    """Address of the provider, as its discovery document writes it; empty: no such log-in."""

    name: str = ""
    """What its button on the log-in page says; the host of the provider unless said."""

    client_id: str = ""
    """Under which this monitor is registered there; needed with `issuer`."""

    client_secret: Secret | None = None
    """Reference to the secret of that registration; none: a public client (PKCE protects both)."""

    scopes: tuple[str, ...] = ("openid", "profile")
    """What is asked for; some providers tell groups only for a scope `groups`."""

    name_claim: str = "preferred_username"
    """Claim that holds the account's name; of `ana.ruiz@example.org` the part before the @ counts."""

    groups_claim: str = "groups"
    """Claim that holds the groups."""

    roles: dict[Group, UserRole] = Field(default_factory=dict)
    """Role of each group. Who is in none of them does not get in."""

    departments: dict[Group, str] = Field(default_factory=dict)
    """Department of each group, `*` for all of them. Empty: everybody sees all; otherwise who is in none of them does
    not get in."""

    logout: bool = True
    """Whether to log out here is to log out at the provider as well, where it offers that."""

    @model_validator(mode="after")
    def _is_whole(self) -> OpenId:
        if not self.issuer:
            return self
        if urlsplit(self.issuer).scheme != "https" and urlsplit(self.issuer).hostname not in LOCAL:
            raise mistake("“issuer” has no TLS: write it with https://, whoever is in between could log in as anybody")
        if not self.client_id:
            raise mistake("“client_id” is missing: write the name under which the provider knows this monitor")
        if not self.roles:
            raise mistake("“roles” is missing: write which group has which role; nobody could log in")
        if "openid" not in self.scopes:
            raise mistake("“scopes” needs “openid”: without it the provider does not say who somebody is")
        return self


class LogIn(Strict):
    """How people log in to the web pages."""

    passwords: bool = True
    """Whether accounts log in with a password of their own."""

    second_factor: tuple[UserRole, ...] = ()
    """Roles that need a second factor: a code from their telephone (TOTP, RFC 6238), or what the OpenID provider asked
    for. Others may have one. These roles log in to the pages with an account only, not with a token."""

    openid: OpenId = OpenId()
    """The city hall's own provider."""
