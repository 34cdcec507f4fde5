"""GLPI 10 through its REST API (apirest.php, https://github.com/glpi-project/glpi/blob/10.0/bugfixes/apirest.md).

A ticket carries our folio in its name, a followup our mark in its content: both are looked for before anything is
made. Followups and status changes are two lists with numbers of their own; a change is numbered by the pair of how
far both have been read, so that the number grows with each.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from nms.model import TicketStatus
from nms.text import clean
from nms.tickets.case import Case
from nms.tickets.sync.answers import answer_of, json_of, time_of
from nms.tickets.sync.remote import RemoteChange, RemoteLine, RemoteRefused, RemoteUnavailable

SYSTEM = "GLPI"
_TO_GLPI = {
    TicketStatus.OPEN: 1,
    TicketStatus.ASSIGNED: 2,
    TicketStatus.IN_PROGRESS: 2,
    TicketStatus.ON_HOLD: 4,
    TicketStatus.RESOLVED: 5,
    TicketStatus.CLOSED: 6,
}
_FROM_GLPI = {"2": "in-progress", "3": "in-progress", "4": "on-hold", "5": "resolved", "6": "resolved"}
_NAME, _ID, _STATUS, _CHANGED = 1, 2, 12, 19
"""Search options of Ticket: name, id, status, last update."""

_URGENCY = {1: 5, 2: 3, 3: 2}
_ZONES_SECONDS = 26 * 3600.0
_PAGE = 100
_LOG_BITS = 32
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)


class Glpi:
    """One entity of one GLPI. `client` has the base URL and what `initSession` wants (see `credentials`)."""

    def __init__(self, client: httpx.Client, name: str = "glpi", entity: int = 0) -> None:
        self.name = name
        self._client = client
        self._entity = entity
        self._session = ""
        self._us = 0
        self._people: dict[int, str] = {}
        self._seen: dict[str, str] = {}

    def create(self, case: Case, title: str, text: str) -> str:
        found = [str(row[str(_ID)]) for row in self._search(_NAME, "contains", f"[{case.folio}]")]
        if found:
            return min(found, key=int)
        fields = {
            "name": f"[{case.folio}] {title}"[:250],
            "content": _as_html(text),
            "entities_id": self._entity,
            "type": 1,
            "urgency": _URGENCY[case.urgency],
            "impact": _URGENCY[case.impact],
        }
        return str(int(self._ask("POST", "Ticket", json={"input": fields})["id"]))

    def comment(self, remote: str, case: Case, line: RemoteLine) -> None:
        mark = f"[{line.mark}]"
        if any(mark in _plain(str(one.get("content", ""))) for one in self._followups(remote)):
            return
        fields = {"itemtype": "Ticket", "items_id": int(remote), "content": _as_html(f"{line.text}\n\n{mark}")}
        self._ask("POST", "ITILFollowup", json={"input": fields})

    def set_status(self, remote: str, status: str) -> None:
        wanted, now = _TO_GLPI[TicketStatus(status)], self._ask("GET", f"Ticket/{int(remote)}").get("status")
        if str(now) != str(wanted):
            self._ask("PUT", f"Ticket/{int(remote)}", json={"input": {"status": wanted}})

    def time(self) -> float:
        return time_of(self._answer("GET", "getMyEntities"), SYSTEM)

    def changed_since(self, at: float) -> Sequence[str]:
        """Its clock is that of a zone which we do not know: a day more is asked for, and what has not changed since
        it was last seen is left out."""
        since = datetime.fromtimestamp(max(0.0, at - _ZONES_SECONDS), UTC).strftime("%Y-%m-%d %H:%M:%S")
        rows = {str(row[str(_ID)]): str(row.get(str(_CHANGED))) for row in self._search(_CHANGED, "morethan", since)}
        changed = [remote for remote, when in rows.items() if self._seen.get(remote) != when]
        self._seen = rows
        return changed

    def changes(self, remote: str, after: int) -> Sequence[RemoteChange]:
        read = [after >> _LOG_BITS, after & (1 << _LOG_BITS) - 1]
        found: list[RemoteChange] = []
        for at, place, number, change in sorted(self._happened(remote, read), key=lambda one: one[:3]):
            read[place] = max(read[place], number)
            if change is not None:
                who, status, text = change
                found.append(RemoteChange((read[0] << _LOG_BITS) + read[1], at, who, status, text))
        return found

    def _happened(
        self, remote: str, read: Sequence[int]
    ) -> Iterator[tuple[str, int, int, tuple[str, str, str] | None]]:
        """What is new in both lists: when, which list, its number, and who did what (None: we ourselves)."""
        for one in self._followups(remote):
            number, author = int(one["id"]), int(one.get("users_id") or 0)
            if number > read[0]:
                text = clean(_plain(str(one.get("content", ""))), limit=8000, keep_newlines=True)
                change = (self._person(author), "", text) if author != self._me() and text else None
                yield str(one.get("date_creation", "")), 0, number, change
        for one in self._pages(f"Ticket/{int(remote)}/Log"):
            number, who = int(one["id"]), str(one.get("user_name", ""))
            is_status = str(one.get("id_search_option")) == str(_STATUS)
            if number > read[1] and is_status:
                status = _FROM_GLPI.get(str(one.get("new_value")), "")
                ours = who.endswith(f"({self._me()})")
                name = clean(who.rpartition(" (")[0] or who, limit=120)
                yield str(one.get("date_mod", "")), 1, number, (name, status, "") if status and not ours else None

    def _followups(self, remote: str) -> list[dict[str, Any]]:
        return list(self._pages(f"Ticket/{int(remote)}/ITILFollowup"))

    def _person(self, number: int) -> str:
        if number not in self._people:
            known = self._ask("GET", f"User/{number}") if number else {}
            self._people[number] = clean(str(known.get("name", "")), limit=120) or f"{self.name} {number}"
        return self._people[number]

    def _me(self) -> int:
        if not self._us:
            self._us = int(self._ask("GET", "getFullSession")["session"]["glpiID"])
        return self._us

    def _search(self, field: int, how: str, value: str) -> list[dict[str, Any]]:
        asked = {
            "criteria[0][field]": field,
            "criteria[0][searchtype]": how,
            "criteria[0][value]": value,
            "forcedisplay[0]": _ID,
            "forcedisplay[1]": _CHANGED,
            "sort": _ID,
        }
        found: list[dict[str, Any]] = []
        while True:
            span = f"{len(found)}-{len(found) + _PAGE - 1}"
            answer = self._ask("GET", "search/Ticket", params={**asked, "range": span})
            page = answer.get("data") or []
            found += page.values() if isinstance(page, dict) else page
            if not page or len(found) >= int(answer.get("totalcount") or 0):
                return found

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        """A list of sub-items, page by page (`Content-Range: 0-49/200`)."""
        start = 0
        while True:
            answer = self._answer("GET", path, params={"range": f"{start}-{start + _PAGE - 1}"})
            rows = json_of(answer, SYSTEM)
            yield from rows
            start += len(rows)
            total = answer.headers.get("Content-Range", "").rpartition("/")[2]
            if not rows or not total.isdecimal() or start >= int(total):
                return

    def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        said = json_of(self._answer(method, path, **given), SYSTEM)
        return said if isinstance(said, dict) else {}

    def _answer(self, method: str, path: str, **given: Any) -> httpx.Response:
        """With a session, which GLPI ends after a while: then a new one is opened, once."""
        fresh = not self._session
        if fresh:
            self._open()
        try:
            return answer_of(self._client, SYSTEM, method, path, headers={"Session-Token": self._session}, **given)
        except RemoteRefused as refused:
            if fresh or "ERROR_SESSION_TOKEN" not in str(refused):
                raise
        self._session = ""
        return self._answer(method, path, **given)

    def _open(self) -> None:
        said = json_of(answer_of(self._client, SYSTEM, "GET", "initSession"), SYSTEM)
        token = said.get("session_token") if isinstance(said, dict) else None
        if not token:
            raise RemoteUnavailable(f"{SYSTEM} opens no session")
        self._session = str(token)


def credentials(user: str, password: str, token: str, app_token: str) -> dict[str, str]:
    """The headers that `initSession` wants: a user token, or user and password (RFC 7617)."""
    headers = {"App-Token": app_token} if app_token else {}
    if token:
        return {**headers, "Authorization": f"user_token {token}"}
    basic = httpx.BasicAuth(user, password)
    request = next(basic.auth_flow(httpx.Request("GET", "http://localhost")))
    return {**headers, "Authorization": request.headers["Authorization"]}


def _as_html(text: str) -> str:
    return "<br>".join(html.escape(line, quote=False) for line in text.splitlines())


def _plain(content: str) -> str:
    """The text of a rich-text field, which GLPI gives out with its markup escaped."""
    marked = html.unescape(content) if "<" not in content else content
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", marked))).strip()
