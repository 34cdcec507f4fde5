"""Sending one message by one way: apprise for every service it knows, our own mail, and webhooks for machines."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import apprise
import httpx

from nms.config.policies import Channel
from nms.config.secrets import SecretUnavailable
from nms.config.serving import Mail
from nms.notify.composing import Text
from nms.notify.letters import FAILURES, connected, letter, mail_error, message_id
from nms.notify.receivers import MACHINE_SCHEMES, MAIL, Way
from nms.text import clean

TIMEOUT_SECONDS = 20.0
_LONGEST_ERROR = 300


class NotDelivered(Exception):
    """A message did not go out; the text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message ready to be sent. `number` and `thread` are the same at every attempt, so that doubles show.

    `opens_thread`: it is the first of its thread. `events` is the same for machines (see `nms.notify.webhook`).
    """

    number: int
    thread: str
    receiver: str
    text: Text
    opens_thread: bool
    at: float
    events: Sequence[Mapping[str, Any]] = ()


class PostOffice:
    """Sends parcels by the office's channels. Safe to use from several threads."""

    def __init__(self, channels: Mapping[str, Channel], mail: Mail) -> None:
        self._channels = channels
        self._mail = mail
        self._complaints = _Complaints.installed()
        keep_urls_out_of_logs()

    def send(self, way: Way, parcel: Parcel) -> None:
        """Raises: NotDelivered."""
        try:
            if way.channel == MAIL and MAIL not in self._channels:
                send_mail(self._mail, way.address, parcel)
                return
            channel = self._channels.get(way.channel)
            if channel is None:
                raise NotDelivered(f"there is no channel {way.channel!r} any more")
            url = channel.url.reveal().replace("{contact}", quote(way.address, safe=""))
        except SecretUnavailable as error:
            raise NotDelivered(f"the secret of the channel {way.channel!r} cannot be read") from error
        if url.lower().startswith(MACHINE_SCHEMES):
            send_events(url, parcel)
        else:
            self._send_apprise(url, parcel)

    def _send_apprise(self, url: str, parcel: Parcel) -> None:
        kind = apprise.NotifyType.SUCCESS if parcel.text.is_over else _APPRISE_TYPES[parcel.text.severity]
        with self._complaints.heard() as complaints:
            sender = apprise.Apprise()
            if not sender.add(url):
                raise NotDelivered("apprise does not understand the URL of this channel (https://appriseit.com)")
            sent = sender.notify(
                title=parcel.text.subject,
                body=parcel.text.body,
                notify_type=kind,
                body_format=apprise.NotifyFormat.TEXT,
                interpret_escapes=False,
            )
        if not sent:
            raise NotDelivered(without_secrets("; ".join(complaints) or "the service did not take it", url))


_APPRISE_TYPES = {1: apprise.NotifyType.INFO, 2: apprise.NotifyType.WARNING, 3: apprise.NotifyType.FAILURE}


class _Complaints(logging.Filter):
    """What apprise logs while it sends, by thread. None of it reaches the log: it quotes URLs with their secrets."""

    def __init__(self) -> None:
        super().__init__()
        self._of_thread: dict[int, list[str]] = {}

    @classmethod
    def installed(cls) -> _Complaints:
        """The one that listens to apprise in this process."""
        logger = logging.getLogger("apprise")
        for one in logger.filters:
            if isinstance(one, _Complaints):
                return one
        made = cls()
        logger.addFilter(made)
        return made

    def filter(self, record: logging.LogRecord) -> bool:
        heard = self._of_thread.get(threading.get_ident())
        if heard is not None and len(heard) < 3 and record.levelno >= logging.WARNING:
            heard.append(record.getMessage())
        return False

    @contextmanager
    def heard(self) -> Iterator[list[str]]:
        mine: list[str] = []
        self._of_thread[threading.get_ident()] = mine
        try:
            yield mine
        finally:
            del self._of_thread[threading.get_ident()]


def keep_urls_out_of_logs() -> None:
    """HTTP clients log the URLs that they request, and ours hold secrets."""
    for name in ("httpx", "httpcore", "urllib3"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, logger.level))


def without_secrets(text: str, url: str) -> str:
    """An error message from which every part of a URL has been taken out."""
    kept = clean(text, limit=4 * _LONGEST_ERROR)
    for part in sorted(set(re.split(r"[:/?&=@#,;]+", url)), key=len, reverse=True):
        if len(part) >= 4:
            kept = kept.replace(part, "***")
    return kept[:_LONGEST_ERROR]


def send_mail(mail: Mail, address: str, parcel: Parcel) -> None:
    """Sends by the office's mail server, in the thread of the incident. Raises: NotDelivered."""
    try:
        message = compose_mail(mail, address, parcel)
        with connected(mail, TIMEOUT_SECONDS) as server:
            server.send_message(message)
    except FAILURES as error:
        raise NotDelivered(mail_error(error)) from None


def compose_mail(mail: Mail, address: str, parcel: Parcel) -> EmailMessage:
    """A mail that programs sort into its thread (RFC 5322: In-Reply-To, References).

    Raises: ValueError for an address that is none, a line break in it above all.
    """
    who = re.sub(r"[^A-Za-z0-9.-]", "-", parcel.receiver)
    root = f"{parcel.thread}.{who}"
    identity = root if parcel.opens_thread else f"{root}.{parcel.number}"
    message = letter(mail, [address], parcel.text.subject, parcel.at, identity)
    if not parcel.opens_thread:
        message["In-Reply-To"] = message["References"] = message_id(mail, root)
    message.set_content(parcel.text.body + "\n", charset="utf-8")
    return message


def send_events(url: str, parcel: Parcel) -> None:
    """Posts the events of a parcel to a webhook, as JSON. Raises: NotDelivered."""
    secure = url.lower().startswith("webhooks://")
    target = ("https://" if secure else "http://") + url.partition("://")[2]
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            for event in parcel.events:
                answer = client.post(target, json=event, headers={"Idempotency-Key": f"nms-{parcel.number}"})
                answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise NotDelivered(f"the webhook answers {error.response.status_code}") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotDelivered(without_secrets(f"the webhook cannot be reached: {error}", url)) from None
