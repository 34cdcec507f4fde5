"""The present state of all alerts, for a Prometheus Alertmanager (API v2).

Alertmanager does its own grouping, silencing and notifying, and forgets an alert that is not told again: all that is
open is posted at each round with an end in the future, what resolved lately with its end in the past. That makes
the output safe to kill and to repeat; nothing needs an outbox (https://prometheus.io/docs/alerting/latest/clients/).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from nms.alerts.history import past_alerts
from nms.i18n import render
from nms.model import Alert, AlertStatus
from nms.notify.channels import TIMEOUT_SECONDS, NotDelivered, without_secrets
from nms.store.records import Records

ALIVE_SECONDS = 300.0
"""How long Alertmanager believes an open alert without hearing of it again."""

_RECENTLY = 900.0
_CHUNK = 1000
_SPOKEN = {AlertStatus.FIRING, AlertStatus.FLAPPING, AlertStatus.ACKNOWLEDGED}


class AlertmanagerOutput:
    """Posts to one Alertmanager. `url`: `alertmanager://host:9093/prefix`, `alertmanagers://` for TLS."""

    def __init__(self, url: str, records: Records, language: str = "es", generator: str = "") -> None:
        scheme, _, rest = url.partition("://")
        secure = scheme.lower() == "alertmanagers"
        self._url = f"{'https' if secure else 'http'}://{rest.rstrip('/')}/api/v2/alerts"
        self._records = records
        self._language = language
        self._generator = generator

    def push(self, open_alerts: Sequence[Alert], now: float) -> int:
        """Tells everything that is open or has just resolved; call it every minute. Raises: NotDelivered.

        Alerts that are pending or suppressed are not told: what explains them is.
        """
        told = [alert for alert in open_alerts if alert.status in _SPOKEN]
        ended = [
            alert
            for alert in past_alerts(self._records, limit=_CHUNK)
            if alert.resolved_at is not None and alert.updated_at >= now - _RECENTLY
        ]
        open_keys = {alert.key for alert in told}
        posts = [self._post(alert, now) for alert in (*told, *(one for one in ended if one.key not in open_keys))]
        self._send(posts)
        return len(posts)

    def _send(self, posts: list[dict[str, Any]]) -> None:
        try:
            with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
                for start in range(0, len(posts), _CHUNK):
                    client.post(self._url, json=posts[start : start + _CHUNK]).raise_for_status()
        except httpx.HTTPStatusError as error:
            raise NotDelivered(f"Alertmanager answers {error.response.status_code}") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotDelivered(without_secrets(f"Alertmanager cannot be reached: {error}", self._url)) from None

    def _post(self, alert: Alert, now: float) -> dict[str, Any]:
        ends_at = alert.resolved_at if alert.resolved_at is not None else now + ALIVE_SECONDS
        labels = {
            "alertname": alert.rule,
            "key": alert.key,
            "device": alert.device,
            "department": alert.department,
            "site": alert.site,
            "severity": alert.severity.word,
            "component": alert.component.key,
        }
        return {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {"summary": render(alert.summary, self._language)},
            "startsAt": _iso(alert.opened_at),
            "endsAt": _iso(max(ends_at, alert.opened_at)),
            **({"generatorURL": self._generator} if self._generator else {}),
        }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
