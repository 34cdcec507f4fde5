"""Credentials: what opens a device, by the name that the inventory uses. The secrets themselves stay elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from nms.config.secrets import Secret
from nms.documents import Confidential, mistake

AuthProtocol = Literal["md5", "sha", "sha224", "sha256", "sha384", "sha512"]
PrivProtocol = Literal["des", "3des", "aes128", "aes192", "aes256"]


class SnmpCommunity(Confidential):
    """SNMP v1 or v2c: a community string."""

    kind: Literal["snmp-community"]
    """What sort of credential this is; it decides the other keys."""

    version: Literal["v1", "v2c"] = "v2c"
    """`v1` only for agents without GETBULK."""

    community: Secret
    """Reference to the community string."""


class SnmpUser(Confidential):
    """SNMPv3 user-based security (RFC 3414): no authentication, authentication, or both with privacy."""

    kind: Literal["snmp-user"]
    """What sort of credential this is; it decides the other keys."""

    user: str = Field(min_length=1)
    """Security name."""

    auth_protocol: AuthProtocol | None = None
    """Digest of the authentication; RFC 7860 names for SHA-2."""

    auth_key: Secret | None = None
    """Reference to the authentication passphrase (8 characters or more)."""

    priv_protocol: PrivProtocol | None = None
    """Cipher of the privacy."""

    priv_key: Secret | None = None
    """Reference to the privacy passphrase (8 characters or more)."""

    context_name: str = ""
    """SNMPv3 context; empty for nearly all agents."""

    @model_validator(mode="after")
    def _levels(self) -> SnmpUser:
        for name, protocol, key in (
            ("auth", self.auth_protocol, self.auth_key),
            ("priv", self.priv_protocol, self.priv_key),
        ):
            if (protocol is None) != (key is None):
                there, absent = (f"{name}_key", f"{name}_protocol")[:: 1 if key else -1]
                raise mistake("“{there}” needs “{absent}” beside it", there=there, absent=absent)
        if self.priv_protocol and not self.auth_protocol:
            raise mistake("privacy needs authentication: add “auth_protocol” and “auth_key”")
        return self


class SshLogin(Confidential):
    """SSH: a password or a private key, and the password of the privileged mode where there is one."""

    kind: Literal["ssh"]
    """What sort of credential this is; it decides the other keys."""

    user: str = Field(min_length=1)
    """Account on the device; a read-only one."""

    password: Secret | None = None
    """Reference to the password."""

    key_file: str | None = None
    """Path of a private key that the monitor may read."""

    key_passphrase: Secret | None = None
    """Reference to the passphrase of the key, where it has one."""

    enable: Secret | None = None
    """Reference to the password of the privileged mode (`enable`)."""

    @model_validator(mode="after")
    def _some_way_in(self) -> SshLogin:
        if self.password is None and self.key_file is None:
            raise mistake("an SSH credential needs a “password” or a “key_file”")
        return self


class HttpLogin(Confidential):
    """HTTP and Redfish: basic authentication with user and password, or a bearer token."""

    kind: Literal["http"]
    """What sort of credential this is; it decides the other keys."""

    user: str = ""
    """Account; empty with a token."""

    password: Secret | None = None
    """Reference to the password."""

    token: Secret | None = None
    """Reference to a bearer token."""

    @model_validator(mode="after")
    def _one_way_in(self) -> HttpLogin:
        if (self.token is None) == (self.password is None):
            raise mistake("an HTTP credential needs either “user” and “password”, or “token”")
        if self.password is not None and not self.user:
            raise mistake("“password” needs “user” beside it")
        return self


class Login(Confidential):
    """A user and a password: Asterisk Manager (`ami`), NUT (`nut`), IPMI (`ipmi`), mail (`mail`), LDAP, databases."""

    kind: Literal["ami", "nut", "ipmi", "mail", "ldap", "sql"]
    """What sort of credential this is; it decides the other keys."""

    user: str = Field(min_length=1)
    """Account; a read-only one."""

    password: Secret
    """Reference to the password."""


Credential = Annotated[SnmpCommunity | SnmpUser | SshLogin | HttpLogin | Login, Field(discriminator="kind")]
