"""Who watches the monitor: its parts watch each other, and somebody outside notices when all of it is gone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from nms.config.secrets import Secret, SecretUnavailable
from nms.i18n import N_
from nms.model import Message, Number
from nms.notify.channels import keep_urls_out_of_logs
from nms.store.records import Records
from nms.store.states import beat

log = logging.getLogger(__name__)

_PING_SECONDS = 10.0
_MOST_REDIRECTS = 3

NAMES = {
    "pollers": N_("The poller"),
    "scheduler": N_("The scheduler"),
    "pipeline": N_("The judging of polls"),
    "store": N_("The store of records"),
    "notifier": N_("The sending of messages"),
}
"""What people call the parts."""


STARTED_ANEW = {
    "pollers": Message("The monitor started itself anew, since its poller hung"),
    "scheduler": Message("The monitor started itself anew, since its scheduler hung"),
    "pipeline": Message("The monitor started itself anew, since the judging of polls hung"),
    "store": Message("The monitor started itself anew, since its store of records hung"),
    "notifier": Message("The monitor started itself anew, since the sending of messages hung"),
}
"""That the whole monitor was started again because of a part."""


@dataclass
class Part:
    """One part of the monitor: how long it may be silent, and how it is started again (None: it cannot be)."""

    patience: float
    restart: Callable[[], None] | None
    last_beat: float
    hung_since: float | None = None
    restarts: int = 0
    called: str = ""
    """What people call it."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something that the watchdog saw; `kind` is hung, restarted, restart-failed, recovered or unheard."""

    at: float
    kind: str
    part: str
    message: Message


@dataclass
class Watchdog:
    """Named parts (pollers, scheduler, store, notifier) say that they are alive; a silent one is restarted.

    `tell` gets every event, for the ticker and the log. `dead_man` is requested at each interval by `ping`: the
    service behind it raises the alarm when the requests stop. It is pinged only while every part is well, so that a
    monitor that runs but no longer watches counts as gone. Safe to use from several threads.
    """

    tell: Callable[[WatchEvent], None] = lambda _event: None
    dead_man: Secret | None = None
    records: Records | None = None
    _parts: dict[str, Part] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _unheard: bool = False

    def watch(self, name: str, patience: float, now: float, restart: Callable[[], None] | None = None) -> None:
        """Begins to expect signs of life of a part at least every `patience` seconds."""
        with self._lock:
            self._parts[name] = Part(patience, restart, now, called=NAMES.get(name, name))

    def beat(self, name: str, now: float) -> None:
        """A part is alive. Unknown names are taken as they come: they are not watched."""
        with self._lock:
            part = self._parts.get(name)
            if part is None:
                return
            part.last_beat = now
            hung_since, part.hung_since = part.hung_since, None
        if hung_since is not None:
            lasted: dict[str, str | Number] = {"part_msgid": part.called, "seconds": round(now - hung_since)}
            self._say(now, "recovered", name, Message("{part_msgid} works again after {seconds} s", lasted))

    def check(self, now: float) -> list[str]:
        """Restarts what has been silent for too long; returns the parts that are not well.

        A part that stays silent is restarted again after each further patience, never more often.
        """
        with self._lock:
            silent = [(name, part) for name, part in self._parts.items() if self._is_due(part, now)]
            for _, part in silent:
                part.hung_since = part.last_beat if part.hung_since is None else part.hung_since
                part.restarts += 1
        for name, part in silent:
            self._restart(name, part, now)
        with self._lock:
            return [name for name, part in self._parts.items() if part.hung_since is not None]

    def excuse(self, now: float) -> None:
        """Begins to expect signs of life anew: the machine was suspended, or its clock was set."""
        with self._lock:
            for part in self._parts.values():
                part.last_beat = now

    def ping(self, now: float) -> bool:
        """Tells the outside that all is well; False where it is not, or could not be told. Call it in a thread."""
        if self.dead_man is None or self.check(now):
            return False
        keep_urls_out_of_logs()
        try:
            heard = _answers(self.dead_man.reveal())
        except (httpx.HTTPError, httpx.InvalidURL, SecretUnavailable):
            heard = False
        if heard is self._unheard:
            self._unheard = not heard
            gone = Message(
                "the dead-man address cannot be reached: nobody outside would notice that the monitor is gone"
            )
            back = Message("the outside hears the monitor again")
            self._say(now, "recovered" if heard else "unheard", "dead-man", back if heard else gone)
        return heard

    def health(self, now: float) -> Mapping[str, float]:
        """Seconds since the last sign of life of each part."""
        with self._lock:
            return {name: max(0.0, now - part.last_beat) for name, part in self._parts.items()}

    def _is_due(self, part: Part, now: float) -> bool:
        if now < part.last_beat:  # the clock was set back
            part.last_beat = now
        return now - part.last_beat > part.patience * (1 + (part.restarts if part.hung_since is not None else 0))

    def _restart(self, name: str, part: Part, now: float) -> None:
        silence: dict[str, str | Number] = {"part_msgid": part.called, "seconds": round(now - part.last_beat)}
        self._say(now, "hung", name, Message("{part_msgid} has given no sign of life for {seconds} s", silence))
        if part.restart is None:
            return
        named = {"part_msgid": part.called}
        try:
            part.restart()
        except Exception:
            log.exception("the part %s could not be restarted", name)
            self._say(
                now,
                "restart-failed",
                name,
                Message("{part_msgid} could not be restarted", named),
            )
        else:
            self._say(now, "restarted", name, Message("{part_msgid} was restarted", named))

    def _say(self, now: float, kind: str, part: str, message: Message) -> None:
        log.warning("watchdog: %s: %s", part, kind)
        self.tell(WatchEvent(now, kind, part, message))

    def keep(self) -> None:
        """Leaves the signs of life in the records, for `nms doctor` beside a monitor that hangs."""
        if self.records is None:
            return
        with self._lock:
            beats = {f"part/{name}": part.last_beat for name, part in self._parts.items()}
        with self.records.begin() as connection:
            for name, at in beats.items():
                beat(connection, name, at)


def _answers(url: str) -> bool:
    """Whether an address answers well. Redirects are followed on its own host alone (to HTTPS, say).

    Raises: httpx.HTTPError, httpx.InvalidURL.
    """
    with httpx.Client(timeout=_PING_SECONDS) as client:
        answer = client.get(url)
        for _ in range(_MOST_REDIRECTS):
            following = answer.next_request
            if following is None or following.url.host != answer.url.host:
                break
            answer = client.send(following)
    return answer.is_success
