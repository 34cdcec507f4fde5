"""From what happened to what people read: plan, escalate, gather, send, in that order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nms.alerts.history import past_alerts
from nms.config.secrets import SecretUnavailable
from nms.notify.alertmanager import AlertmanagerOutput
from nms.notify.batching import Batcher
from nms.notify.channels import NotDelivered, Parcel, PostOffice
from nms.notify.composing import Composer
from nms.notify.outbox import Claimed, Outbox
from nms.notify.planning import Planner
from nms.notify.receivers import Directory, Way
from nms.notify.setback import TOLERANCE, keep_waits
from nms.notify.webhook import event
from nms.store.records import Records

log = logging.getLogger(__name__)

_SENDERS = 4
_STATE_SECONDS = 60.0
_MOST_STATES = 20_000


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did, in numbers."""

    planned: int
    escalated: int
    gathered: int
    sent: int
    failed: int


class Notifier:
    """Tells people. It blocks (database, network): run it in a thread, one round every few seconds.

    All that it must remember is in the records: it may be killed at any point and started again. One notifier at a
    time serves one database.
    """

    def __init__(
        self,
        records: Records,
        directory: Directory,
        composer: Composer,
        send: Callable[[Way, Parcel], None] | None = None,
    ) -> None:
        self._directory = directory
        self._composer = composer
        self._send = send or PostOffice(directory.notify.channels, directory.mail).send
        self._planner = Planner(records, directory, composer.zone)
        self._batcher = Batcher(records, directory)
        self._outbox = Outbox(records, directory.notify.retries)
        self._records = records
        self._state_told_at: float | None = None
        self._latest = 0.0
        recovered = self._outbox.recover()
        if recovered:
            log.warning("%d message(s) were on their way when the monitor stopped: they are sent again", recovered)

    def run(self, now: float) -> Round:
        """One round. Raises: RecordsError; what a channel does wrong is noted and tried again."""
        self._follow_clock(now)
        planned, escalated = self._planner.plan(now), self._planner.escalate(now)
        gathered = self._batcher.gather(now)
        self._tell_state(now)
        sent = failed = 0
        while claimed := self._outbox.claim(now):
            results = self._send_all(claimed, now)
            sent, failed = sent + sum(results), failed + len(results) - sum(results)
        return Round(planned, escalated, gathered, sent, failed)

    def _follow_clock(self, now: float) -> None:
        if now < self._latest - TOLERANCE:
            soon = self._latest + self._directory.notify.grouping.wait
            keep_waits(self._records, self._latest - now, soon)
        self._latest = now

    def _tell_state(self, now: float) -> None:
        """Alertmanager wants everything that is open, again and again."""
        channels = self._directory.machine_channels() if self._directory.notify.enabled else []
        due = self._state_told_at is None or not 0 <= now - self._state_told_at < _STATE_SECONDS
        if not channels or not due:
            return
        self._state_told_at = now
        open_alerts = past_alerts(self._records, include_resolved=False, limit=_MOST_STATES)
        for name in channels:
            try:
                url = self._directory.notify.channels[name].url.reveal()
                AlertmanagerOutput(url, self._records, self._directory.language).push(open_alerts, now)
            except (NotDelivered, SecretUnavailable) as error:
                log.error("the channel %s failed (%s): it is tried again in a minute", name, error)

    def _send_all(self, claimed: Sequence[Claimed], now: float) -> list[bool]:
        with ThreadPoolExecutor(_SENDERS, "notify") as senders:
            return list(senders.map(lambda one: self._send_one(one, now), claimed))

    def _send_one(self, claimed: Claimed, now: float) -> bool:
        try:
            self._send(claimed.way, self._parcel(claimed))
        except NotDelivered as error:
            self._note_failure(claimed, now, str(error))
            return False
        except Exception as error:
            log.exception("a message could not be sent for a reason that is ours")
            self._note_failure(claimed, now, type(error).__name__)
            return False
        self._outbox.mark_sent(claimed, now)
        return True

    def _note_failure(self, claimed: Claimed, now: float, error: str) -> None:
        given_up = self._outbox.mark_failed(claimed, now, error)
        level = logging.ERROR if given_up or claimed.attempts == 1 else logging.DEBUG
        ending = "it is given up" if given_up else "it is tried again"
        log.log(level, "a message to %s by %s failed (%s): %s", claimed.receiver, claimed.way.channel, error, ending)

    def _parcel(self, claimed: Claimed) -> Parcel:
        receiver = self._directory.receiver(claimed.receiver)
        language = receiver.language if receiver else self._directory.language
        return Parcel(
            claimed.number,
            claimed.thread,
            claimed.receiver,
            self._composer.compose(claimed.told, claimed.receiver, language),
            claimed.opens_thread,
            claimed.created_at,
            tuple(event(told, language, self._composer.municipality or "nms") for told in claimed.told),
        )
