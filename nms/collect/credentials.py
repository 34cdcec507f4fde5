"""From an endpoint and the name of its credential to the target that a transport understands.

Secrets are read when a target is made, so that a rotated one is picked up at the next poll; one that cannot be read
fails that device's poll with its reason and nothing else.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from nms.config import Config, Credential, HttpLogin, Login, SecretUnavailable, SnmpCommunity, SnmpUser, SshLogin
from nms.i18n import gettext as _
from nms.i18n import render
from nms.model import Device, DeviceId, Endpoint
from nms.transports.ami import AmiTarget
from nms.transports.errors import LocalFault
from nms.transports.ipmi import IpmiTarget
from nms.transports.nut import NutTarget
from nms.transports.redfish import RedfishTarget
from nms.transports.snmp import targets
from nms.transports.snmp.targets import (
    MOST_REPETITIONS,
    AuthProtocol,
    Community,
    PrivProtocol,
    SnmpTarget,
    UsmUser,
    Version,
)
from nms.transports.ssh import SshTarget

CredentialT = TypeVar("CredentialT")

_VERSIONS = {"v1": Version.V1, "v2c": Version.V2C}
_AUTH = {name.name.lower(): name for name in AuthProtocol}
_PRIV = {
    "des": PrivProtocol.DES,
    "aes128": PrivProtocol.AES128,
    "aes192": PrivProtocol.AES192,
    "aes256": PrivProtocol.AES256,
}


class Targets:
    """Makes targets of endpoints. Raises `LocalFault` where a credential is missing, of another kind, or unreadable."""

    def __init__(self, config: Config, devices: Iterable[Device] = ()) -> None:
        """`devices`: those of the inventory, among which the jump hosts are."""
        self._config = config
        self._devices = {device.id: device for device in devices}

    def snmp(self, device: Device, endpoint: Endpoint) -> SnmpTarget:
        polling = self._config.polling.snmp
        return SnmpTarget(
            address=endpoint.address,
            port=endpoint.port or 161,
            credential=self._snmp_credential(endpoint),
            timeout=_number(endpoint.options, "timeout", polling.timeout),
            retries=int(_number(endpoint.options, "retries", polling.retries)),
            max_in_flight=polling.max_in_flight_per_device,
            budget_seconds=polling.budget,
            budget_requests=polling.max_requests,
            max_repetitions=int(_number(endpoint.options, "max_repetitions", MOST_REPETITIONS)),
        )

    def ssh(self, device: Device, endpoint: Endpoint) -> SshTarget:
        login = self._named(endpoint, SshLogin)
        return SshTarget(
            address=endpoint.address,
            port=endpoint.port or 22,
            platform=str(endpoint.options.get("platform") or "linux"),
            user=login.user,
            password=_reveal(login.password),
            key_file=login.key_file,
            key_passphrase=_reveal(login.key_passphrase),
            secret=_reveal(login.enable),
            jump=self._jump(endpoint),
        )

    def _jump(self, endpoint: Endpoint, most: int = 5) -> SshTarget | None:
        """The host on the way; the inventory's check refuses circles, and `most` ends one all the same."""
        name = endpoint.options.get("jump")
        if not name:
            return None
        device = self._devices.get(DeviceId(str(name)))
        ends = [] if device is None or most < 1 else [one for one in device.endpoints if one.transport == "ssh"]
        if device is None or not ends:
            raise LocalFault(f"the jump host “{name}” has no ssh endpoint in the inventory")
        return replace(self.ssh(device, replace(ends[0], options={})), jump=self._jump(ends[0], most - 1))

    def http_headers(self, device: Device, endpoint: Endpoint) -> dict[str, str]:
        """What an HTTP credential puts in a request; nothing without one."""
        if not endpoint.credential:
            return {}
        login = self._named(endpoint, HttpLogin)
        if login.token is not None:
            return {"Authorization": f"Bearer {_reveal(login.token)}"}
        pair = f"{login.user}:{_reveal(login.password) or ''}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}

    def login(self, device: Device, endpoint: Endpoint) -> tuple[str, str]:
        """User and password of an endpoint; both empty where it names no credential."""
        if not endpoint.credential:
            return "", ""
        credential = self._any(endpoint)
        if isinstance(credential, Login | HttpLogin):
            return credential.user, _reveal(credential.password) or ""
        raise _wrong(endpoint, endpoint.transport.upper())

    def nut(self, device: Device, endpoint: Endpoint) -> NutTarget:
        user, password = self.login(device, endpoint)
        return NutTarget(endpoint.address, endpoint.port or 3493, str(endpoint.options.get("ups")), user, password)

    def ami(self, device: Device, endpoint: Endpoint) -> AmiTarget:
        user, password = self.login(device, endpoint)
        return AmiTarget(endpoint.address, endpoint.port or 5038, user, password)

    def ipmi(self, device: Device, endpoint: Endpoint) -> IpmiTarget:
        user, password = self.login(device, endpoint)
        cipher = endpoint.options.get("cipher")
        suite = cipher if isinstance(cipher, int) else None
        return IpmiTarget(endpoint.address, endpoint.port or 623, user, password, suite)

    def redfish(self, device: Device, endpoint: Endpoint) -> RedfishTarget:
        user, password = self.login(device, endpoint)
        verify, seconds = bool(endpoint.options.get("verify_tls", True)), self._config.polling.snmp.budget
        return RedfishTarget(endpoint.address, endpoint.port or 443, user, password, verify=verify, seconds=seconds)

    def _snmp_credential(self, endpoint: Endpoint) -> targets.Credential:
        credential = self._any(endpoint)
        if isinstance(credential, SnmpCommunity):
            return Community(_VERSIONS[credential.version], _reveal(credential.community) or "")
        if isinstance(credential, SnmpUser):
            return self._usm(credential, endpoint)
        raise _wrong(endpoint, "SNMP")

    def _usm(self, credential: SnmpUser, endpoint: Endpoint) -> UsmUser:
        if credential.priv_protocol == "3des":
            raise LocalFault("3DES is not supported for SNMPv3; choose aes128 or aes256 on the device and here")
        try:
            return UsmUser(
                credential.user,
                _AUTH[credential.auth_protocol] if credential.auth_protocol else None,
                _reveal(credential.auth_key) or "",
                _PRIV[credential.priv_protocol] if credential.priv_protocol else None,
                _reveal(credential.priv_key) or "",
                str(endpoint.options.get("context") or credential.context_name),
            )
        except ValueError as error:
            raise LocalFault(str(error)) from None

    def _named(self, endpoint: Endpoint, kind: type[CredentialT]) -> CredentialT:
        credential = self._any(endpoint)
        if not isinstance(credential, kind):
            raise _wrong(endpoint, endpoint.transport.upper())
        return credential

    def _any(self, endpoint: Endpoint) -> Credential:
        credential = self._config.credentials.get(endpoint.credential or "")
        if credential is None:
            what = f"there is no credential “{endpoint.credential or ''}” in config.yaml"
            raise LocalFault(f"{what}; {endpoint.transport} needs one")
        return credential


def _reveal(secret: Any) -> str | None:
    try:
        return secret.reveal() if secret is not None else None
    except SecretUnavailable as error:
        raise LocalFault(render(error.message)) from None


def _wrong(endpoint: Endpoint, protocol: str) -> LocalFault:
    return LocalFault(f"the credential “{endpoint.credential}” is not one for {protocol}")


def _number(options: Mapping[str, object], name: str, default: float) -> float:
    value = options.get(name)
    return float(value) if isinstance(value, int | float) else default


def no_endpoint(name: str, transport: str) -> LocalFault:
    """For a device of the inventory that is asked in a way it does not have."""
    text = _("{name} has no {transport} endpoint in the inventory")
    return LocalFault(text.format(name=name, transport=transport))


def no_credential(protocol: str) -> LocalFault:
    """For an address that is asked with no credential named, where the settings have none."""
    return LocalFault(
        _("config.yaml has no {protocol} credential: add one under credentials").format(protocol=protocol)
    )
