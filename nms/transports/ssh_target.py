"""Where and how to log in over SSH."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SshTarget:
    """`platform` is a netmiko device type; `secret` opens the privileged mode; `jump` is the host on the way."""

    address: str
    port: int
    platform: str
    user: str
    password: str | None = field(default=None, repr=False)
    key_file: str | None = None
    key_passphrase: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)
    jump: SshTarget | None = None

    @property
    def known_as(self) -> str:
        """The host's name on record: two networks behind two jump hosts may use one address twice."""
        return self.address if self.jump is None else f"{self.address}.via.{self.jump.known_as}"

    @property
    def host_id(self) -> str:
        """The name of the host in a known_hosts file."""
        return self.known_as if self.port == 22 else f"[{self.known_as}]:{self.port}"
