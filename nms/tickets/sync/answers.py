"""What adapters over HTTP share: which answers are an outage, which a refusal, and never a secret in a sentence."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from nms.text import clean
from nms.tickets.sync.remote import RemoteRefused, RemoteUnavailable

_LATER = frozenset({408, 409, 412, 423, 425, 429})
"""Refusals of the moment."""


def answer_of(client: httpx.Client, system: str, method: str, path: str, **given: Any) -> httpx.Response:
    """One answer. Raises: RemoteUnavailable, RemoteRefused."""
    try:
        answer = client.request(method, path, **given)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RemoteUnavailable(f"{system} does not answer: {type(error).__name__}") from error
    if answer.status_code >= 500 or answer.status_code in _LATER:
        raise RemoteUnavailable(f"{system} answers {answer.status_code}")
    if answer.status_code >= 300:
        raise RemoteRefused(f"{system} refuses ({answer.status_code}): {clean(answer.text, limit=200)}")
    return answer


def json_of(answer: httpx.Response, system: str) -> Any:
    """Raises: RemoteUnavailable for what is not JSON (a proxy's page, say)."""
    try:
        return answer.json()
    except ValueError as error:
        raise RemoteUnavailable(f"{system} does not answer in JSON") from error


def time_of(answer: httpx.Response, system: str) -> float:
    """What the clock over there shows. Raises: RemoteUnavailable."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (KeyError, ValueError) as error:
        raise RemoteUnavailable(f"{system} does not tell the time of its answers") from error
