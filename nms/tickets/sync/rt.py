"""Request Tracker 5 through REST 2.0 (https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html).

A ticket carries our folio in its subject, a comment our mark in its text: both are looked for before anything is
made, so that an answer that was lost does not make a second one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from nms.model import TicketStatus
from nms.text import clean
from nms.tickets.case import Case
from nms.tickets.sync.answers import answer_of, json_of, time_of
from nms.tickets.sync.remote import RemoteChange, RemoteLine

_TO_RT = {
    TicketStatus.OPEN: "new",
    TicketStatus.ASSIGNED: "open",
    TicketStatus.IN_PROGRESS: "open",
    TicketStatus.ON_HOLD: "stalled",
    TicketStatus.RESOLVED: "resolved",
    TicketStatus.CLOSED: "resolved",
}
_ZONES_SECONDS = 26 * 3600.0

_FROM_RT = {"open": "in-progress", "stalled": "on-hold", "resolved": "resolved", "rejected": "resolved"}


SYSTEM = "Request Tracker"


class RequestTracker:
    """One queue of one RT. `client` has the base URL (`https://rt.example/REST/2.0/`) and the credential.

    `user`: the RT user that the credential belongs to; what that user did is not told back to us.
    """

    def __init__(self, client: httpx.Client, queue: str, user: str, name: str = "rt") -> None:
        self.name = name
        self._client = client
        self._queue = queue
        self._user = user

    def create(self, case: Case, title: str, text: str) -> str:
        found = self._search(f"Queue = '{_quoted(self._queue)}' AND Subject LIKE '[{case.folio}]'")
        if found:
            return min(found, key=int)
        body = {"Queue": self._queue, "Subject": f"[{case.folio}] {title}"[:200], "Content": text}
        answer = self._ask("POST", "ticket", json={**body, "ContentType": "text/plain"})
        return str(answer["id"])

    def comment(self, remote: str, case: Case, line: RemoteLine) -> None:
        mark = f"[{line.mark}]"
        if any(mark in self._text(item["id"]) for item in self._history(remote, 0) if item["Type"] == "Comment"):
            return
        body = {"Content": f"{line.text}\n\n{mark}", "ContentType": "text/plain"}
        self._ask("POST", f"ticket/{int(remote)}/comment", json=body)

    def set_status(self, remote: str, status: str) -> None:
        wanted = _TO_RT[TicketStatus(status)]
        now = self._ask("GET", f"ticket/{int(remote)}").get("Status")
        if wanted == "new" and now != "new":
            wanted = "open"  # RT's own life has no way back to new
        if now != wanted:
            self._ask("PUT", f"ticket/{int(remote)}", json={"Status": wanted})

    def time(self) -> float:
        return time_of(answer_of(self._client, SYSTEM, "GET", "rt"), SYSTEM)

    def changed_since(self, at: float) -> Sequence[str]:
        """RT reads the time of a query in the zone of its user, which we do not know: a day more is asked for."""
        since = datetime.fromtimestamp(max(0.0, at - _ZONES_SECONDS), UTC).strftime("%Y-%m-%d %H:%M:%S")
        query = f"Queue = '{_quoted(self._queue)}' AND LastUpdated > '{since}'"
        return [str(item["id"]) for item in self._found(query) if _updated(item) >= at]

    def changes(self, remote: str, after: int) -> Sequence[RemoteChange]:
        found: list[RemoteChange] = []
        for item in self._history(remote, after):
            who = _name(item.get("Creator"))
            number = int(item["id"])
            if who == self._user:
                continue
            at = str(item.get("Created", ""))
            if item["Type"] == "Status" and item.get("NewValue") in _FROM_RT:
                found.append(RemoteChange(number, at, who, status=_FROM_RT[item["NewValue"]]))
            elif item["Type"] in ("Comment", "Correspond"):
                text = clean(self._text(item["id"]), limit=8000, keep_newlines=True)
                found.append(RemoteChange(number, at, who, text=text))
        return found

    def _history(self, remote: str, after: int) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        page, pages = 1, 1
        while page <= pages:
            parameters = {"fields": "Type,Creator,Created,Field,OldValue,NewValue", "per_page": 100, "page": page}
            answer = self._ask("GET", f"ticket/{int(remote)}/history", params=parameters)
            items += [item for item in answer.get("items", ()) if int(item["id"]) > after]
            page, pages = page + 1, int(answer.get("pages") or 1)
        return sorted(items, key=lambda item: int(item["id"]))

    def _text(self, transaction: object) -> str:
        """The plain text of a transaction: its attachments hold it, in base64."""
        answer = self._ask("GET", f"transaction/{int(str(transaction))}/attachments")
        texts: list[str] = []
        for item in answer.get("items", ()):
            one = self._ask("GET", f"attachment/{int(item['id'])}")
            if str(one.get("ContentType", "")).startswith("text/") and one.get("Content"):
                texts.append(_decoded(str(one["Content"])))
        return "\n".join(texts)

    def _search(self, query: str) -> list[str]:
        return [str(item["id"]) for item in self._found(query)]

    def _found(self, query: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        page, pages = 1, 1
        while page <= pages:
            parameters = {"query": query, "fields": "LastUpdated", "per_page": 100, "page": page}
            answer = self._ask("GET", "tickets", params=parameters)
            items += answer.get("items", ())
            page, pages = page + 1, int(answer.get("pages") or 1)
        return items

    def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        said = json_of(answer_of(self._client, SYSTEM, method, path, **given), SYSTEM)
        return said if isinstance(said, dict) else {"items": said}


def _name(creator: object) -> str:
    return clean(str(creator.get("id", "")) if isinstance(creator, dict) else str(creator or ""), limit=120)


def _updated(item: dict[str, Any]) -> float:
    """When a ticket last changed (`2026-11-22T15:13:50Z`); unknown counts as just now."""
    try:
        return datetime.fromisoformat(str(item.get("LastUpdated")).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return float("inf")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content, validate=False).decode("utf-8", "replace")
    except (ValueError, binascii.Error):
        return content
