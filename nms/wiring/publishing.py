"""What goes out by the clock: reports by mail, the static copy of the status page; and what is forgotten in time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI

from nms.config import Config
from nms.queries.ports import Reads
from nms.queries.public import PublicReads
from nms.store.sessions import SessionBook
from nms.tickets.faults import FaultBook
from nms.views.public.application import add_public
from nms.views.public.export import export
from nms.views.public.parts import PublicParts
from nms.views.web.application import add_pages
from nms.views.web.entrance import Entrance
from nms.wiring.engine import Engine
from nms.wiring.fault_mail import FaultPost
from nms.wiring.mailing import ReportPost

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publishing:
    """Runs in worker threads. What cannot be done is logged in one sentence and done again the next time."""

    config: Config
    reads: Reads
    public: PublicReads
    faults: FaultBook

    def jobs(self) -> Iterable[tuple[Any, dict[str, Any]]]:
        """What APScheduler is to run: the work, and its trigger."""
        if self.config.status_page.enabled and self.config.status_page.export_to is not None:
            yield self.export, {"trigger": "interval", "minutes": 1}
        yield self.forget, {"trigger": "cron", "hour": 3, "minute": 40}
        reports = self.config.fault_reports
        if reports.enabled and reports.mail.host:
            post = FaultPost(self.config, self.public.inventory.departments, self.faults)
            yield post.collect, {"trigger": "interval", "seconds": reports.mail.every}
        if self.config.reports.mail and self.config.mail.host:
            yield ReportPost(self.config, self.reads, self.public.records).collect, {"trigger": "cron", "minute": "*"}

    def open_doors(self, app: FastAPI, sessions: SessionBook, link_secret: bytes, entrance: Entrance) -> None:
        """Adds the pages for those who log in, and the public ones as far as the settings want them."""
        add_pages(app, sessions, link_secret, entrance)
        if self.config.status_page.enabled:
            faults = self.faults if self.config.fault_reports.enabled else None
            limits = self.config.fault_reports.per_hour
            add_public(app, PublicParts(self.public, faults, limits, self.config.api.public_url))

    def export(self) -> None:
        directory = self.config.status_page.export_to
        assert directory is not None
        try:
            export(self.public, directory, self._address_of_copy(), self.config.office.language)
        except OSError as error:
            log.error("the status page cannot be written to %s: %s", directory, error.strerror or error)

    def _address_of_copy(self) -> str:
        own = f"{self.config.api.public_url.rstrip('/') or 'http://localhost'}/status"
        return self.config.status_page.export_url.rstrip("/") or own

    def forget(self) -> None:
        self.faults.forget(time.time(), self.config.fault_reports.keep_personal_data)


def fault_book(engine: Engine) -> FaultBook:
    """What people report, with the limits that the settings have for it."""
    files = replace(engine.files, largest=engine.config.fault_reports.largest_attachment)
    return FaultBook(engine.records, engine.desk, files)
