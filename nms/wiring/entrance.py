"""How people get in: a token for this machine's own commands, and a one-time one for the first administrator."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from nms.access import UserRole
from nms.config import Config
from nms.i18n import gettext as _
from nms.store.tokens import TokenBook
from nms.views.cli.common import TOKEN_FILE

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


def greet(config: Config, tokens: TokenBook, devices: int) -> None:
    """Says where the monitor is, and at the very first start the one-time token. It is never logged, only shown."""
    local_token(tokens, config.data_dir)
    log.info("watching %d devices of %s", devices, config.office.municipality)
    if config.api.enabled:
        log.info("serving http://%s:%d", config.api.address, config.api.port)
    setup = first_administrator(tokens)
    if setup is not None and sys.stderr.isatty():
        sys.stderr.write(_("One-time token for the first administrator: {token}").format(token=setup) + "\n")
