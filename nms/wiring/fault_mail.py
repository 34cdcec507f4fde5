"""Faults that people report by mail: the mailbox is read by the clock, each letter is one report, and is answered."""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from nms import i18n
from nms.config import Config
from nms.config.serving import FaultMail
from nms.i18n import gettext as _
from nms.model import Department
from nms.notify.letters import FAILURES, connected, letter, mail_error
from nms.store.errors import RecordsError
from nms.tickets.errors import Unusable
from nms.tickets.faults import FaultBook, FaultDraft, FaultState, TooMany
from nms.tickets.letters import Letter, Unreadable, draft_of, read_letter
from nms.transports.errors import TransportError
from nms.transports.mailbox import Mailbox, MailboxTarget, open_mailbox
from nms.views.api.limits import RateLimit

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30.0
ENVELOPE_OCTETS = 200_000
"""What a letter has besides its file, which is written a third longer than it is."""


@dataclass(slots=True)
class FaultPost:
    """Reads letters, takes reports in and answers. What cannot be done now stays unseen for the next round."""

    config: Config
    departments: Mapping[str, Department]
    faults: FaultBook
    limit: RateLimit = field(init=False)

    def __post_init__(self) -> None:
        self.limit = RateLimit(self.config.fault_reports.per_hour, window=3600.0)

    @property
    def _settings(self) -> FaultMail:
        return self.config.fault_reports.mail

    def collect(self) -> int:
        """One round; returns the number of letters that are done with."""
        mail = self._settings
        password = mail.password.reveal() if mail.password else ""
        done = 0
        try:
            with open_mailbox(
                MailboxTarget(mail.host, mail.port, mail.user, password, mail.security, mail.folder)
            ) as box:
                for uid in box.unseen():
                    self._take(box, uid)
                    box.mark_seen(uid)
                    done += 1
        except TransportError as error:
            log.error("fault reports by mail: %s", error)
        except (RecordsError, TooMany) as error:
            log.error("fault reports by mail wait in the mailbox: %s", error)
        except FAILURES as error:
            log.error("a fault report by mail could not be answered, and will be: %s", mail_error(error))
        return done

    def _take(self, box: Mailbox, uid: str) -> None:
        """Raises: RecordsError, TooMany, and what sending raises, where the letter is to be looked at again."""
        try:
            came = read_letter(box.octets(uid, ENVELOPE_OCTETS + self.config.fault_reports.largest_attachment * 4 // 3))
        except Unreadable as error:
            log.warning("a letter to the fault reports is passed over: %s", error)
            return
        refusal = self._refusal(came)
        if refusal:
            log.warning("a letter to the fault reports is passed over: %s", refusal)
            return
        now = time.time()
        if came.about and self._goes_on(came, now):
            return
        draft = draft_of(came, self.departments, self._settings.department)
        try:
            state, kept = self._reported(draft, now)
        except ValueError:
            log.warning("a letter to the fault reports is passed over: it says nothing")
            return
        self._answer(came, state, kept, now)

    def _goes_on(self, came: Letter, now: float) -> bool:
        """Whether it joined the report that it is about. No answer: a conversation of machines would have no end."""
        try:
            return self.faults.add(came.about, came.text, now, came.file)
        except Unusable as wrong:
            log.warning("a file that came to report %s is not kept: %s", came.about, wrong)
            return self.faults.add(came.about, came.text, now)

    def _refusal(self, came: Letter) -> str:
        domain = came.sender.rpartition("@")[2].lower()
        if came.automatic or came.sender.lower() == self.config.mail.sender.lower():
            return "a machine wrote it"
        if self._settings.domains and domain not in self._settings.domains:
            return f"{domain} is not in fault_reports.mail.domains"
        if self.limit.wait(came.sender.lower()):
            return "its sender has written too often within an hour"
        return ""

    def _reported(self, draft: FaultDraft, now: float) -> tuple[FaultState, str]:
        """The report, and what was wrong with its file."""
        try:
            return self.faults.report(draft, now), ""
        except Unusable as wrong:
            return self.faults.report(replace(draft, file=None), now), str(wrong)

    def _answer(self, came: Letter, state: FaultState, wrong: str, now: float) -> None:
        """Tells the folio; an address that the server refuses for good is given up."""
        if not self.config.mail.host:
            return
        with i18n.speaking(self.config.office.language):
            subject = _("Your report {number}").format(number=state.number)
            body = self._words(state, wrong)
        made = letter(self.config.mail, [came.sender], subject, now, f"report.{state.number}")
        del made["Auto-Submitted"]
        made["Auto-Submitted"] = "auto-replied"
        if came.reply_to.startswith("<") and came.reply_to.endswith(">"):
            made["In-Reply-To"] = made["References"] = came.reply_to
        made.set_content(body + "\n", charset="utf-8")
        try:
            with connected(self.config.mail, TIMEOUT_SECONDS) as server:
                server.send_message(made)
        except smtplib.SMTPRecipientsRefused as error:
            log.warning("the answer to report %s is given up: %s", state.number, mail_error(error))

    def _words(self, state: FaultState, wrong: str) -> str:
        zone = ZoneInfo(self.config.office.timezone)
        lines = [_("We have your report. Its number is {number}.").format(number=state.number)]
        if state.known:
            lines.append(_("This was known already: your report has been added to it."))
        lines.append(_("Folio of the work: {folio}.").format(folio=state.folio))
        if state.due_at is not None and state.resolved_at is None:
            when = f"{datetime.fromtimestamp(state.due_at, zone):%Y-%m-%d %H:%M}"
            lines.append(_("Expected by: {when}.").format(when=when))
        if wrong:
            lines.append(_("Your attachment was not kept: {reason}").format(reason=wrong))
        url = self.config.api.public_url.rstrip("/")
        if url and self.config.status_page.enabled:
            lines.append(_("How it stands: {url}").format(url=f"{url}/status/report/{state.number}"))
        return "\n\n".join(lines)
