"""Mail by the office's server: the headers of an automatic letter, the connection, and its errors in words."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from nms.config.serving import Mail
from nms.text import clean
from nms.transports.sockets import tls_context

_LONGEST_ERROR = 300
FAILURES = (OSError, smtplib.SMTPException, ValueError)
"""What sending a letter raises; `mail_error` tells it."""


def letter(mail: Mail, to: Sequence[str], subject: str, at: float, identity: str) -> EmailMessage:
    """A letter without text yet, which nobody answers by himself (RFC 3834). `identity` makes its Message-ID (RFC
    5322, left of the @): the same for every attempt to send it.

    Raises: ValueError for an address that is none, a line break in it above all.
    """
    message = EmailMessage()
    message["From"] = address(mail.sender)
    message["To"] = [address(one) for one in to]
    message["Subject"] = clean(subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(int(at), UTC))
    message["Message-ID"] = message_id(mail, identity)
    message["Auto-Submitted"] = "auto-generated"
    return message


def message_id(mail: Mail, identity: str) -> str:
    return f"<nms.{identity}@{mail.sender.rpartition('@')[2] or 'nms.invalid'}>"


def address(text: str) -> Address:
    """Raises: ValueError."""
    try:
        return Address(addr_spec=text)
    except Exception as error:
        raise ValueError("the mail address is not one") from error


@contextmanager
def connected(mail: Mail, timeout: float) -> Iterator[smtplib.SMTP]:
    """The office's mail server, protected and logged in as the settings say; every wait ends after `timeout` seconds.

    Raises: OSError, smtplib.SMTPException.
    """
    context = tls_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=timeout)
    with server:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.user and mail.password is not None:
            server.login(mail.user, mail.password.reveal())
        yield server


def mail_error(error: Exception) -> str:
    """What went wrong, in a sentence without secrets."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the mail server refuses the user name or the password"
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return clean(f"the mail server answers {error.smtp_code} {said}", limit=_LONGEST_ERROR)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "the mail server refuses the address"
    return clean(f"the mail server cannot be used: {error}", limit=_LONGEST_ERROR)
