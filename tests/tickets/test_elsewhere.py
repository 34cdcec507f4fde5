"""Tickets in GLPI and at a webhook, through the wiring of the daemon, with outages on the way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from nms.access import Actor
from nms.config import Config, load_config
from nms.documents import DocumentError
from nms.i18n import render
from nms.model import TicketStatus
from nms.store.records import Records
from nms.store.tables.sync import ticket_remotes
from nms.tickets import persistence
from nms.tickets.desk import TicketDesk
from nms.tickets.listing import show_ticket
from nms.tickets.sync import lag
from nms.wiring.elsewhere import Elsewhere, elsewhere, jobs_of
from tests.tickets.conftest import ADMINISTRATOR, NOON, TECHNICIAN, an_office, draft
from tests.tickets.glpi_peer import APP_TOKEN, GlpiPeer, glpi_peer

GLPI = """
credentials:
  glpi: {{kind: http, token: "env:GLPI_TOKEN"}}
tickets:
  elsewhere:
    mesa:
      kind: glpi
      url: {base}
      credential: glpi
      app_token: env:GLPI_APP
"""
HOOK = """
tickets:
  elsewhere:
    obras: {kind: webhook, url: "env:HOOK_URL", secret: "env:HOOK_SECRET", every: 15s}
"""
KEY = b"a key of thirty-two octets......"


@pytest.fixture
def peer() -> Iterator[GlpiPeer]:
    with glpi_peer() as made:
        yield made


def settings(folder: Path, text: str) -> Config:
    (folder / "config.yaml").write_text(text)
    return load_config(folder / "config.yaml")


@dataclass
class Both:
    """Our records and the system elsewhere, with a clock."""

    records: Records
    system: Elsewhere
    desk: TicketDesk
    now: float = NOON

    def __post_init__(self) -> None:
        self.system.clock = lambda: self.now

    def run(self, after: float = 7200.0) -> str:
        """One pass; what was in the way."""
        self.now += after
        self.system()
        return self.system.problem

    def open(self, **more: object) -> str:
        with self.records.begin() as connection:
            return self.desk.open(connection, ADMINISTRATOR, draft(**more), self.now).folio

    def do(self, act: Callable[..., object], actor: Actor, folio: str, *given: object, **named: object) -> None:
        with self.records.begin() as connection:
            act(connection, actor, folio, *given, self.now, **named)

    def status(self, folio: str) -> TicketStatus:
        with self.records.read() as connection:
            return persistence.read(connection, folio).status

    def log(self, folio: str) -> list[tuple[str, str, str]]:
        with self.records.read() as connection:
            shown = show_ticket(connection, self.desk, folio, self.now).log
        return [(line.actor, line.action, line.note) for line in shown if line.origin.startswith(self.system.name)]


def both(folder: Path, records: Records, text: str) -> Both:
    config, desk = settings(folder, text), TicketDesk(an_office())
    (system,) = elsewhere(config, records, desk)
    made = Both(records, system, desk)
    made.run()
    return made


@pytest.fixture
def mesa(any_records: Records, tmp_path: Path, peer: GlpiPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    monkeypatch.setenv("GLPI_TOKEN", "nms-token")
    monkeypatch.setenv("GLPI_APP", APP_TOKEN)
    made = both(tmp_path, any_records, GLPI.format(base=peer.base))
    yield made
    made.system.close()


def test_a_ticket_and_its_life_arrive_in_glpi_once(mesa: Both, peer: GlpiPeer) -> None:
    folio = mesa.open(description="sin red <b>en</b> la planta & baja")
    assert mesa.run() == ""
    (ticket,) = peer.tickets.values()
    assert ticket["name"] == f"[{folio}] sw-tesoreria no responde"
    assert ticket["content"] == "sin red &lt;b&gt;en&lt;/b&gt; la planta &amp; baja"
    mesa.do(mesa.desk.start, TECHNICIAN, folio)
    mesa.do(mesa.desk.hold, TECHNICIAN, folio, "vendor", note="reporte TM-991")
    mesa.run()
    assert ticket["status"] == 4
    mesa.do(mesa.desk.resolve, TECHNICIAN, folio, cause="provider", solution="provider-fixed")
    mesa.run()
    assert ticket["status"] == 5
    assert len(peer.followups) == 3
    assert "en espera de: el proveedor" in peer.followups[1]["content"]
    count = len(peer.requests)
    mesa.run()
    assert not any(one.startswith(("POST", "PUT")) for one in peer.requests[count:])
    with mesa.records.read() as connection:
        assert lag(connection, "mesa") is None


def test_what_others_do_in_glpi_is_done_here_once_with_their_name(mesa: Both, peer: GlpiPeer) -> None:
    folio = mesa.open()
    mesa.run()
    peer.say(1, 7, "<p>voy en camino</p><p>a la <b>planta</b> baja</p>")
    peer.update(1, 7, {"status": 2})
    mesa.run(0)
    assert mesa.status(folio) is TicketStatus.IN_PROGRESS
    peer.update(1, 7, {"status": 5})
    for _ in range(3):
        mesa.run(0)
    assert mesa.status(folio) is TicketStatus.RESOLVED
    assert mesa.log(folio) == [
        ("alicia", "note", "voy en camino\na la planta baja"),
        ("alicia", "start", ""),
        ("alicia", "resolve", ""),
    ]
    assert not any("voy en camino" in one["content"] for one in peer.followups if one["users_id"] == 2)


def test_a_long_history_is_read_to_its_end(mesa: Both, peer: GlpiPeer) -> None:
    folio = mesa.open()
    mesa.run()
    for number in range(120):
        peer.say(1, 7, f"nota {number}")
    mesa.run()
    assert [note for _, _, note in mesa.log(folio)] == [f"nota {number}" for number in range(120)]


def test_an_outage_of_glpi_loses_nothing_and_is_told_when_it_lasts(mesa: Both, peer: GlpiPeer) -> None:
    folio = mesa.open()
    mesa.run()
    peer.broken = True
    mesa.do(mesa.desk.note, TECHNICIAN, folio, "mientras no había red")
    assert mesa.run() == "GLPI answers 503"
    assert mesa.system.trouble(mesa.now) == ""
    assert "GLPI answers 503" in mesa.system.trouble(mesa.now + 600)
    with mesa.records.read() as connection:
        behind = lag(connection, "mesa")
    assert behind is not None
    assert (behind.tickets, behind.error) == (1, "GLPI answers 503")
    peer.broken = False
    assert mesa.run() == ""
    mesa.run()
    assert sum("mientras no había red" in one["content"] for one in peer.followups) == 1
    assert mesa.system.trouble(mesa.now + 600) == ""


@pytest.mark.parametrize("path", ["POST Ticket", "POST ITILFollowup", "PUT Ticket"])
def test_an_answer_of_glpi_that_is_lost_makes_nothing_twice(mesa: Both, peer: GlpiPeer, path: str) -> None:
    folio = mesa.open()
    mesa.do(mesa.desk.note, TECHNICIAN, folio, "una sola vez")
    mesa.do(mesa.desk.assign, ADMINISTRATOR, folio, "ana")
    peer.drop_answer_to = path
    assert "does not answer" in mesa.run()
    mesa.run()
    peer.drop_answer_to = ""
    mesa.run()
    assert mesa.run() == ""
    assert len(peer.tickets) == 1
    assert sum("una sola vez" in one["content"] for one in peer.followups) == 1
    assert peer.tickets[1]["status"] == 2


def test_a_session_that_glpi_ends_is_opened_again(mesa: Both, peer: GlpiPeer) -> None:
    mesa.open()
    mesa.run()
    peer.sessions.clear()
    mesa.open()
    assert mesa.run() == ""
    assert len(peer.tickets) == 2


def test_a_wrong_token_is_told_without_it_and_a_new_one_is_picked_up(
    mesa: Both, peer: GlpiPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mesa.system.close()
    monkeypatch.setenv("GLPI_TOKEN", "stolen-token")
    mesa.open()
    said = mesa.run()
    assert "401" in said
    assert "stolen" not in said
    monkeypatch.delenv("GLPI_TOKEN")
    assert "GLPI_TOKEN is not set" in mesa.run()
    monkeypatch.setenv("GLPI_TOKEN", "nms-token")
    mesa.run()
    mesa.run()
    assert len(peer.tickets) == 1


@dataclass
class Receiver:
    """A webhook's other end: what it was told, and how it answers."""

    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    status: int = 204
    port: int = 0

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(made.status)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def obras(records: Records, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    monkeypatch.setenv("HOOK_URL", f"http://127.0.0.1:{receiver.port}/tickets?key=s3cret")
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + base64.b64encode(KEY).decode())
    made = both(tmp_path, records, HOOK)
    yield made
    made.system.close()


def test_every_change_is_told_in_order_and_signed(obras: Both, receiver: Receiver) -> None:
    folio = obras.open()
    obras.do(obras.desk.start, TECHNICIAN, folio)
    obras.do(obras.desk.note, TECHNICIAN, folio, "cable cortado")
    assert obras.run() == ""
    events = receiver.events()
    assert [one["type"] for one in events] == ["ticket.opened", "ticket.start", "ticket.note"]
    assert events[0]["data"]["ticket"]["title"] == "sw-tesoreria no responde"
    assert events[1]["data"]["change"]["actor"] == "ana"
    assert "cable cortado" in events[2]["data"]["change"]["text"]
    for headers, body in receiver.told:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 3


def test_what_the_receiver_does_not_take_waits_and_keeps_its_id(obras: Both, receiver: Receiver) -> None:
    receiver.status = 500
    folio = obras.open()
    said = obras.run()
    assert said == "obras answers 500"
    receiver.status = 200
    obras.do(obras.desk.start, TECHNICIAN, folio)
    assert obras.run() == ""
    ids = [headers["webhook-id"] for headers, _ in receiver.told]
    assert ids[0] == ids[1] == f"nms-{folio}-open"
    assert len(ids) == 3


def test_a_refusal_waits_longer_each_time_and_says_no_secret(obras: Both, receiver: Receiver) -> None:
    receiver.status = 410
    obras.open()
    waits = []
    for _ in range(3):
        said = obras.run()
        assert "410" in said
        assert "s3cret" not in said
        with obras.records.read() as connection:
            row = connection.execute(sa.select(ticket_remotes)).one()
        waits.append(row.due_at - obras.now)
    assert waits == [30.0, 60.0, 120.0]


def test_settings_name_credentials_that_exist_and_secrets_by_reference(tmp_path: Path) -> None:
    glpi = GLPI.format(base="https://glpi.example/apirest.php")
    tracker = glpi.replace("kind: glpi", "kind: request-tracker").replace("      app_token: env:GLPI_APP\n", "")
    for text, sentence in (
        (glpi.replace("credential: glpi", "credential: gpli"), "there is no credential “gpli” of the kind http"),
        (HOOK.replace("env:HOOK_SECRET", "whsec_abc"), "secrets are not written in the configuration"),
        (tracker, "a token does not say whose it is"),
    ):
        with pytest.raises(DocumentError) as wrong:
            settings(tmp_path, text)
        assert sentence in render(wrong.value.problems[0].message, "en")


def test_the_daemon_runs_each_system_at_its_own_pace(tmp_path: Path, records: Records) -> None:
    config = settings(tmp_path, HOOK)
    found = list(jobs_of(config, elsewhere(config, records, TicketDesk(an_office()))))
    assert [trigger for _, trigger in found] == [{"trigger": "interval", "seconds": 15.0}]
    off = settings(tmp_path, HOOK.replace("every: 15s", "enabled: false"))
    assert elsewhere(off, records, TicketDesk(an_office())) == []
