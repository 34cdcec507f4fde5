"""A small HTTP server that speaks the part of GLPI's REST API that the adapter uses, as GLPI 10 answers it.

Sessions that end, ranges with `Content-Range` (206 while there is more), errors as `["ERROR_…", "sentence"]`, rich text
given out with its markup escaped, a log of changes with numbers of its own, times without a zone. It keeps its data in
memory; `alicia` is somebody else than the monitor's account (`nms`).
"""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USERS = {2: "nms", 7: "alicia"}
TOKENS = {"user_token nms-token": 2, "user_token alicia-token": 7}
APP_TOKEN = "app-token"
PAGE = 50
START = 1_790_100_000.0


@dataclass
class GlpiPeer:
    """What it holds. `clock` counts seconds; each change takes one."""

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    followups: list[dict[str, Any]] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    sessions: dict[str, int] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    drop_answer_to: str = ""
    broken: bool = False
    clock: int = 0
    port: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/apirest.php/"

    def now(self) -> str:
        self.clock += 1
        return datetime.fromtimestamp(START + self.clock, UTC).strftime("%Y-%m-%d %H:%M:%S")

    def say(self, ticket: int, user: int, text: str) -> int:
        """A followup, with its rich text as GLPI keeps it."""
        at = self.now()
        number = len(self.followups) + 1
        kept = html.escape(text, quote=False)
        row = {"id": number, "items_id": ticket, "users_id": user, "content": kept, "date_creation": at}
        self.followups.append(row)
        self.tickets[ticket]["date_mod"] = at
        return number

    def update(self, ticket: int, user: int, fields: dict[str, Any]) -> None:
        at = self.now()
        for name, value in fields.items():
            old = self.tickets[ticket].get(name)
            if name == "status" and old != value:
                who = f"{USERS[user]} ({user})"
                change = {"id_search_option": 12, "old_value": str(old), "new_value": str(value)}
                self.logs.append(
                    {"id": len(self.logs) + 1, "items_id": ticket, "user_name": who, "date_mod": at} | change
                )
            self.tickets[ticket][name] = value
        self.tickets[ticket]["date_mod"] = at


class _Handler(BaseHTTPRequestHandler):
    peer: GlpiPeer
    protocol_version = "HTTP/1.1"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The header Date, by the clock of the tests."""
        return formatdate(START + self.peer.clock, usegmt=True)

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        where = urlsplit(self.path)
        path = where.path.removeprefix("/apirest.php/")
        with self.peer.lock:
            self.peer.requests.append(f"{self.command} {path}")
            status, answer, headers = self._answer(path, parse_qs(where.query), body.get("input", {}))
        if self.peer.drop_answer_to and self.peer.requests[-1].startswith(self.peer.drop_answer_to):
            self.close_connection = True
            self.connection.close()
            return
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, path: str, query: dict[str, list[str]], given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        peer = self.peer
        if peer.broken:
            return 503, ["ERROR_GLPI_LOGIN", "maintenance"], {}
        if self.headers.get("App-Token") != APP_TOKEN:
            return 400, ["ERROR_WRONG_APP_TOKEN_PARAMETER", "missing parameter app_token"], {}
        if path == "initSession":
            user = TOKENS.get(self.headers.get("Authorization", ""))
            if user is None:
                return 401, ["ERROR_GLPI_LOGIN_USER_TOKEN", "the user_token seems invalid"], {}
            token = f"session-{len(peer.sessions) + 1}"
            peer.sessions[token] = user
            return 200, {"session_token": token}, {}
        user = peer.sessions.get(self.headers.get("Session-Token", ""))
        if user is None:
            return 401, ["ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid"], {}
        return self._known(path.split("/"), query, given, user)

    def _known(
        self, steps: list[str], query: dict[str, list[str]], given: dict[str, Any], user: int
    ) -> tuple[int, Any, dict[str, str]]:
        peer = self.peer
        match self.command, *steps:
            case "GET", "getFullSession":
                return 200, {"session": {"glpiID": user, "glpiname": USERS[user]}}, {}
            case "GET", "getMyEntities":
                return 200, {"myentities": [{"id": 0, "name": "Root"}]}, {}
            case "GET", "User", number:
                return 200, {"id": int(number), "name": USERS[int(number)]}, {}
            case "POST", "Ticket":
                number = len(peer.tickets) + 1
                peer.tickets[number] = {"id": number, "status": 1, "date_mod": peer.now(), **given}
                return 201, {"id": number, "message": ""}, {}
            case "GET", "Ticket", number:
                return 200, peer.tickets[int(number)], {}
            case "PUT", "Ticket", number:
                peer.update(int(number), user, given)
                return 200, [{number: True, "message": ""}], {}
            case "POST", "ITILFollowup":
                return 201, {"id": peer.say(int(given["items_id"]), user, given["content"]), "message": ""}, {}
            case "GET", "Ticket", number, ("ITILFollowup" | "Log") as kind:
                kept = peer.followups if kind == "ITILFollowup" else peer.logs
                return _ranged([row for row in kept if row["items_id"] == int(number)], query)
            case "GET", "search", "Ticket":
                return self._search(query)
        return 400, ["ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found"], {}

    def _search(self, query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
        field_, value = query["criteria[0][field]"][0], query["criteria[0][value]"][0]
        how = query["criteria[0][searchtype]"][0]
        rows = []
        for one in self.peer.tickets.values():
            fits = value in one["name"] if (field_, how) == ("1", "contains") else one["date_mod"] > value
            if fits:
                rows.append({"1": one["name"], "2": one["id"], "19": one["date_mod"]})
        start, end = (int(part) for part in query["range"][0].split("-"))
        page = rows[start : end + 1]
        answer = {"totalcount": len(rows), "count": len(page)}
        return 200, answer | ({"data": page} if page else {}), {}


def _ranged(rows: list[dict[str, Any]], query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
    """GLPI gives at most `PAGE` here, whatever was asked for."""
    start, end = (int(part) for part in query.get("range", ["0-49"])[0].split("-"))
    page = rows[start : min(end + 1, start + PAGE)]
    headers = {"Content-Range": f"{start}-{start + len(page) - 1}/{len(rows)}"} if page else {}
    return (206 if start + len(page) < len(rows) else 200), page, headers


@contextmanager
def glpi_peer() -> Iterator[GlpiPeer]:
    """One on a free port of loopback."""
    peer = GlpiPeer()
    handler = type("Handler", (_Handler,), {"peer": peer})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    peer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
