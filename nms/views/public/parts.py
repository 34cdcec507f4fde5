"""What the public pages stand on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from nms import i18n
from nms.queries.public import PublicReads
from nms.tickets.faults import FaultBook
from nms.views.web.rendering import language_of


@dataclass(frozen=True, slots=True)
class PublicParts:
    """`faults` None: no reports are taken in. `public_url`: how people reach the monitor, for links in feeds."""

    reads: PublicReads
    faults: FaultBook | None
    reports_per_hour: int = 20
    public_url: str = ""
    clock: Callable[[], float] = time.time


def parts_of(request: Request) -> PublicParts:
    """The parts, with the reader's language spoken from here on."""
    parts: PublicParts = request.app.state.public
    i18n.use(language_of(request))
    return parts
