"""An ssh session in the same terminal: the screen is put aside and comes back afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from nms.i18n import gettext as _

if TYPE_CHECKING:
    from textual.app import App

_HOST = re.compile(r"^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$")
"""An address or a host name; nothing that ssh could take for an option."""


def command(address: str) -> list[str] | None:
    """The command for an address of the inventory; None for what is no address."""
    return ["ssh", "--", address] if _HOST.match(address) else None


def run(app: App[int], address: str) -> str:
    """Opens the session and waits for its end; a sentence when it could not be opened, else nothing."""
    argv = command(address)
    if argv is None:
        return _("this device has no address to connect to")
    program = shutil.which(argv[0])
    if program is None:
        return _("there is no ssh program on this machine")
    try:
        with app.suspend():
            subprocess.run([program, *argv[1:]], check=False)  # noqa: S603 (the address is checked above)
    except SuspendNotSupported:
        return _("this terminal cannot be put aside for ssh")
    return ""
