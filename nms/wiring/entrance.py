"""How people get in: a token for this machine's own commands, and a one-time one for the first administrator."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from nms.access import UserRole
from nms.config import Config
from nms.config.login import OpenId
from nms.config.secrets import Secret, SecretUnavailable
from nms.i18n import gettext as _
from nms.i18n import render
from nms.store.accounts import AccountBook
from nms.store.factors import FactorBook, sealing_key
from nms.store.identities import IdentityBook
from nms.store.records import Records
from nms.store.tokens import TokenBook
from nms.transports.errors import LocalFault
from nms.transports.openid import OpenIdProvider, Registration
from nms.transports.reach import Reach
from nms.views.cli.common import TOKEN_FILE
from nms.views.web.entrance import Entrance, OpenIdDoor
from nms.wiring.checks import reach_of

log = logging.getLogger(__name__)


def local_token(tokens: TokenBook, data_dir: Path) -> str:
    """The token by which commands on this machine talk to the daemon: in a file that only its owner can read."""
    path = data_dir / TOKEN_FILE
    try:
        token = path.read_text(encoding="ascii").strip()
        if tokens.verify(token, "local") is not None:
            return token
    except FileNotFoundError:
        pass
    token = tokens.create("local", [UserRole.ADMINISTRATOR], by="monitor")
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


def first_administrator(tokens: TokenBook) -> str | None:
    """A token that works once, to make the first real one with; None once there has ever been one."""
    if any(row.name == "setup" for row in tokens.rows()):
        return None
    return tokens.create("setup", [UserRole.ADMINISTRATOR], by="monitor", single_use=True)


def factors_of(config: Config, records: Records, secret: bytes) -> FactorBook:
    """Second factors, sealed with what follows from the secret of this installation; telephones show the city hall."""
    return FactorBook(records, sealing_key(secret), f"nms {config.office.municipality}".replace(":", " "))


def entrance_of(config: Config, records: Records, accounts: AccountBook, factors: FactorBook) -> Entrance:
    """How people log in to the pages, by `login` of the settings."""
    login = config.login
    return Entrance(
        accounts,
        factors,
        IdentityBook(records),
        frozenset(login.second_factor),
        login.passwords,
        _openid(login.openid, reach_of(config)) if login.openid.issuer else None,
        config.api.public_url,
    )


def _openid(openid: OpenId, reach: Reach) -> OpenIdDoor:
    secret = openid.client_secret
    registration = Registration(
        openid.issuer,
        openid.client_id,
        partial(_revealed, secret) if secret is not None else str,
        openid.scopes,
        (openid.name_claim, openid.groups_claim.partition(".")[0]),
    )
    return OpenIdDoor(
        OpenIdProvider(registration, reach=reach),
        openid.name or urlsplit(openid.issuer).hostname or openid.issuer,
        openid.name_claim,
        openid.groups_claim,
        dict(openid.roles),
        dict(openid.departments),
        openid.logout,
    )


def _revealed(secret: Secret) -> str:
    """Raises: LocalFault."""
    try:
        return secret.reveal()
    except SecretUnavailable as error:
        raise LocalFault(render(error.message, "en")) from None


def greet(config: Config, tokens: TokenBook, devices: int) -> None:
    """Says where the monitor is, and at the very first start the one-time token. It is never logged, only shown."""
    local_token(tokens, config.data_dir)
    log.info("watching %d devices of %s", devices, config.office.municipality)
    if config.api.enabled:
        log.info("serving http://%s:%d", config.api.address, config.api.port)
    setup = first_administrator(tokens)
    if setup is not None and sys.stderr.isatty():
        sys.stderr.write(_("One-time token for the first administrator: {token}").format(token=setup) + "\n")
