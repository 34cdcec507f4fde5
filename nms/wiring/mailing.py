"""Reports by mail: each once for each period, also when the monitor or the mail server was away at the hour."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from nms.config import Config
from nms.config.serving import Mail, MailedReport
from nms.notify.letters import FAILURES, connected, letter, mail_error
from nms.queries.ports import NotFound, Reads
from nms.queries.reports.document import Kind, Report
from nms.store.errors import RecordsError
from nms.store.records import Records
from nms.store.samples import SamplesError
from nms.store.states import beat, beaten_at
from nms.views.reports.html import as_html
from nms.views.reports.pdf import NoPdf, as_pdf
from nms.views.reports.tables import as_text
from nms.views.reports.workbook import as_xlsx

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 60.0
AGAIN_SECONDS = 900.0
"""How long to wait before what could not be mailed is tried again."""

XLSX = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(slots=True)
class ReportPost:
    """Call `collect` each minute. Of periods that were missed the last one goes out, late; what is written in the
    records says which period of a report went out last, so that a restart sends nothing twice."""

    config: Config
    reads: Reads
    records: Records
    clock: Callable[[], float] = time.time
    _not_before: dict[str, float] = field(default_factory=dict)
    _troubles: dict[str, str] = field(default_factory=dict)

    def collect(self) -> None:
        now = self.clock()
        for mailed in self.config.reports.mail:
            name = _name(mailed)
            if now >= self._not_before.get(name, now):
                self._not_before[name] = now + AGAIN_SECONDS
                if self._is_settled(mailed, name, now):
                    self._not_before[name] = now

    def _is_settled(self, mailed: MailedReport, name: str, now: float) -> bool:
        """Whether nothing is left to be tried again."""
        try:
            start, end = due_period(mailed, now, ZoneInfo(self.config.office.timezone))
            with self.records.read() as connection:
                last = beaten_at(connection, name)
            if last is None:  # asked for just now: what is past was not asked for, and is a command away
                self._mark(name, end)
            elif last < end:
                self._send(mailed, start, end, now)
                self._mark(name, end)
        except (NoPdf, NotFound, RecordsError, SamplesError) as error:
            self._tell(name, f"the report {mailed.report} could not be mailed: {error}")
            return False
        except FAILURES as error:
            self._tell(name, f"the report {mailed.report} could not be mailed: {mail_error(error)}")
            return False
        if self._troubles.pop(name, ""):
            log.info("the report %s was mailed in the end", mailed.report)
        return True

    def _tell(self, name: str, sentence: str) -> None:
        """Once, not each time that it is tried in vain."""
        if self._troubles.get(name) != sentence:
            log.error("%s; it is tried again every %d minutes", sentence, AGAIN_SECONDS / 60)
        self._troubles[name] = sentence

    def _mark(self, name: str, end: float) -> None:
        with self.records.begin() as connection:
            beat(connection, name, end)

    def _send(self, mailed: MailedReport, start: float, end: float, now: float) -> None:
        language = self.config.office.language
        report = self.reads.report(Kind(mailed.report), start, end, language, department=mailed.department)
        made = message(report, mailed, self.config.mail, now)
        with connected(self.config.mail, TIMEOUT_SECONDS) as server:
            server.send_message(made)


def _name(mailed: MailedReport) -> str:
    """Which one of the settings it is: one that is changed is another."""
    return f"report/{hashlib.sha256(mailed.model_dump_json().encode()).hexdigest()[:24]}"


def due_period(mailed: MailedReport, now: float, zone: ZoneInfo) -> tuple[float, float]:
    """The last period whose hour of sending has come."""
    start, end = ended_period(mailed.every, now, zone)
    hour, _, minute = mailed.at.partition(":")
    morning = datetime.fromtimestamp(end, zone).replace(hour=int(hour), minute=int(minute), second=0, fold=0)
    return (start, end) if now >= morning.timestamp() else ended_period(mailed.every, start, zone)


def ended_period(every: str, now: float, zone: ZoneInfo) -> tuple[float, float]:
    """The last whole month, or the last whole week from Monday, by the office clock."""
    today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
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
