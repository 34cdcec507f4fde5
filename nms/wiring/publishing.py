"""What goes out by the clock: reports by mail, the static copy of the status page; and what is forgotten in time."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from nms.config import Config
from nms.config.serving import Mail, MailedReport
from nms.notify.letters import FAILURES, connected, letter, mail_error
from nms.queries.ports import Reads
from nms.queries.public import PublicReads
from nms.queries.reports.document import Kind, Report
from nms.store.sessions import SessionBook
from nms.tickets.faults import FaultBook
from nms.views.public.application import add_public
from nms.views.public.export import export
from nms.views.public.parts import PublicParts
from nms.views.reports.html import as_html
from nms.views.reports.pdf import NoPdf, as_pdf
from nms.views.reports.tables import as_text
from nms.views.reports.workbook import as_xlsx
from nms.views.web.application import add_pages
from nms.views.web.entrance import Entrance
from nms.wiring.engine import Engine
from nms.wiring.fault_mail import FaultPost

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 60.0
XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
        for mailed in self.config.reports.mail if self.config.mail.host else ():
            hour, _, minute = mailed.at.partition(":")
            day: dict[str, Any] = {"day": 1} if mailed.every == "month" else {"day_of_week": WEEKDAYS[0]}
            yield _Send(self, mailed), {"trigger": "cron", "hour": int(hour), "minute": int(minute), **day}

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
            export(self.public, directory, self.config.api.public_url, self.config.office.language)
        except OSError as error:
            log.error("the status page cannot be written to %s: %s", directory, error.strerror or error)

    def forget(self) -> None:
        self.faults.forget(time.time(), self.config.fault_reports.keep_personal_data)

    def send(self, mailed: MailedReport, now: float) -> None:
        """Makes the report of the period that has just ended, and mails it."""
        zone = ZoneInfo(self.config.office.timezone)
        start, end = ended_period(mailed.every, now, zone)
        language = self.config.office.language
        report = self.reads.report(Kind(mailed.report), start, end, language, department=mailed.department)
        try:
            made = message(report, mailed, self.config.mail, now)
            with connected(self.config.mail, TIMEOUT_SECONDS) as server:
                server.send_message(made)
        except NoPdf as error:
            log.error("the report %s could not be mailed: %s", mailed.report, error)
        except FAILURES as error:
            log.error("the report %s could not be mailed: %s", mailed.report, mail_error(error))


def fault_book(engine: Engine) -> FaultBook:
    """What people report, with the limits that the settings have for it."""
    files = replace(engine.files, largest=engine.config.fault_reports.largest_attachment)
    return FaultBook(engine.records, engine.desk, files)


@dataclass(frozen=True, slots=True)
class _Send:
    publishing: Publishing
    mailed: MailedReport
    __name__: str = "mailed report"

    def __call__(self) -> None:
        self.publishing.send(self.mailed, time.time())


def ended_period(every: str, now: float, zone: ZoneInfo) -> tuple[float, float]:
    """The last whole month, or the last whole week from Monday, by the office clock."""
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "month":
        end = today.replace(day=1)
        start = (end - timedelta(days=1)).replace(day=1)
    else:
        end = today - timedelta(days=today.weekday())
        start = end - timedelta(days=7)
    return start.timestamp(), end.timestamp()


def message(report: Report, mailed: MailedReport, mail: Mail, now: float) -> EmailMessage:
    """The executive page as text, the whole as an attachment. Raises: NoPdf, ValueError."""
    subject = f"{report.title}: {report.period} · {report.municipality}"
    made = letter(mail, mailed.to, subject, now, f"report.{report.kind}.{now:.0f}.{os.urandom(4).hex()}")
    made.set_content(as_text(report))
    name = f"{report.kind}-{datetime.fromtimestamp(report.start, ZoneInfo(report.timezone)):%Y-%m-%d}"
    if mailed.format == "pdf":
        made.add_attachment(as_pdf(report), maintype="application", subtype="pdf", filename=f"{name}.pdf")
    elif mailed.format == "xlsx":
        made.add_attachment(as_xlsx(report), maintype=XLSX[0], subtype=XLSX[1], filename=f"{name}.xlsx")
    else:
        made.add_attachment(as_html(report), subtype="html", filename=f"{name}.html")
    return made
