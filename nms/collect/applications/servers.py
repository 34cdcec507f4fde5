"""Servers of mail, directories and databases: each is spoken to as its clients do, as far as proves that it serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from nms.collect.applications.check import Finding, timings
from nms.model import Device, Endpoint
from nms.transports import ldap, mail
from nms.transports.secured import SecuredTarget, Security
from nms.transports.sql import Engine, SqlClient, SqlTarget

Login = Callable[[Device, Endpoint], tuple[str, str]]
"""User and password of the endpoint's credential, both empty where it has none. Raises: LocalFault."""

_PORTS = {"smtp": {"tls": 465}, "imap": {"tls": 993}, "ldap": {"tls": 636}}
_USUAL = {"smtp": 25, "imap": 143, "ldap": 389}


def _security(endpoint: Endpoint) -> Security:
    return cast("Security", str(endpoint.options.get("security") or "none"))


def _port(endpoint: Endpoint) -> int:
    return endpoint.port or _PORTS[endpoint.transport].get(_security(endpoint), _USUAL[endpoint.transport])


@dataclass(frozen=True, slots=True)
class MailProbe:
    """SMTP or IMAP, by the transport of the endpoint."""

    login: Login

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        user, password = self.login(device, endpoint)
        verify = bool(endpoint.options.get("verify_tls", True))
        target = SecuredTarget(endpoint.address, _port(endpoint), _security(endpoint), user, password, verify)
        talk = mail.smtp if endpoint.transport == "smtp" else mail.imap
        greeting = await talk(target, seconds)
        values = {**timings(greeting.phases), "check_first_byte_seconds": greeting.seconds}
        return Finding(values=values, round_trip=greeting.seconds)


@dataclass(frozen=True, slots=True)
class LdapProbe:
    login: Login

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        user, password = self.login(device, endpoint)
        verify = bool(endpoint.options.get("verify_tls", True))
        target = SecuredTarget(endpoint.address, _port(endpoint), _security(endpoint), user, password, verify)
        root = await ldap.root_entry(target, seconds)
        return Finding(values=timings(root.phases), round_trip=root.seconds)


@dataclass(frozen=True, slots=True)
class SqlProbe:
    client: SqlClient
    login: Login

    async def __call__(self, device: Device, endpoint: Endpoint, at: float, seconds: float) -> Finding:
        user, password = self.login(device, endpoint)
        engine = cast("Engine", str(endpoint.options.get("engine")))
        port = endpoint.port or {"postgresql": 5432, "mysql": 3306, "mssql": 1433}[engine]
        database = str(endpoint.options.get("database") or "")
        target = SqlTarget(engine, endpoint.address, port, database, user, password)
        answer = await self.client.ask(target, str(endpoint.options.get("query") or "SELECT 1"), seconds)
        failure = "" if answer.rows else f"the query on {endpoint.address}:{port} gave no rows"
        values = {"check_connect_seconds": answer.connected, "check_first_byte_seconds": answer.answered}
        return Finding(failure, values, round_trip=answer.answered)
