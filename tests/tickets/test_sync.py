"""Synchronisation with a real Request Tracker 5 (Debian: request-tracker5, rt5-db-sqlite, rt5-standalone)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from nms.access import Actor
from nms.config.policies import Tickets
from nms.model import Message, TicketStatus
from nms.store.records import Records
from nms.store.tables.sync import ticket_remotes
from nms.tickets import persistence
from nms.tickets.desk import TicketDesk
from nms.tickets.listing import show_ticket
from nms.tickets.sync import RequestTracker, Synchronised, Synchroniser
from tests.peers import Peer, free_port, require_peer, start_program, wait_for_tcp
from tests.tickets.conftest import ADMINISTRATOR, HOUR, MANAGER, NOON, TECHNICIAN, an_office, draft

pytestmark = pytest.mark.long

SITE = """
Set($rtname, 'test'); Set($Organization, 'test'); Set($WebDomain, '127.0.0.1'); Set($WebPort, {port});
Set($WebBaseURL, 'http://127.0.0.1:{port}'); Set($WebPath, ''); Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db'); Set($DatabaseUser, ''); Set($DatabasePassword, '');
Set($SendmailPath, '/bin/true');
Set($LogToSTDERR, 'warning'); Set($LogToSyslog, undef); Set($LogToFile, undef); Set($VarPath, '{folder}');
Set($MasonDataDir, '{folder}/mason'); Set($MasonSessionDir, '{folder}/session');
1;
"""
PEOPLE = """
@Users = map {{ {{ Name => $_, Password => "password-$_", Privileged => 1 }} }} qw(nms alicia);
@ACL = map {{ {{ UserId => $_, Right => 'SuperUser' }} }} qw(nms alicia);
1;
"""


@pytest.fixture(scope="module")
def tracker() -> Iterator[Peer]:
    """One RT for the module, in a folder of its own, with the users nms (ours) and alicia (somebody else)."""
    setup = require_peer("rt-setup-database-5")
    server = Path("/usr/share/request-tracker5/libexec/rt-server")
    assert server.exists()
    folder, port = Path(tempfile.mkdtemp(prefix="nms-rt-")), free_port()
    for name in ("mason", "session", "conf.d"):
        (folder / name).mkdir()
    (folder / "RT_SiteConfig.pm").write_text(SITE.replace("{port}", str(port)).replace("{folder}", str(folder)))
    (folder / "people").write_text(PEOPLE.replace("{{", "{").replace("}}", "}"))
    own = {"RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"), "RT_SITE_CONFIG_DIR": str(folder / "conf.d")}
    for step in (["init", "--skip-create"], ["insert", "--datafile", str(folder / "people")]):
        done = subprocess.run([setup, "--action", *step], env={**os.environ, **own}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    perl = ["perl", str(server), "--server", "Standalone", "--host", "127.0.0.1", "--port", str(port)]
    try:
        with start_program("rt-server", perl, folder / "log", port, own) as peer:
            wait_for_tcp(port, "Request Tracker", timeout=60)
            yield peer
    finally:
        shutil.rmtree(folder)


class CutWire(httpx.HTTPTransport):
    """A wire that can be cut before a request leaves, or after it was done and before the answer is here."""

    def __init__(self) -> None:
        super().__init__()
        self.cut_before: Callable[[httpx.Request], bool] = lambda request: False
        self.cut_after: Callable[[httpx.Request], bool] = lambda request: False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.cut_before(request):
            raise httpx.ConnectError("cut")
        response = super().handle_request(request)
        if self.cut_after(request):
            response.close()
            raise httpx.ReadError("cut")
        return response


@dataclass
class Both:
    """Our records and RT, with a clock."""

    records: Records
    desk: TicketDesk
    base: str
    now: float
    wire: CutWire = field(default_factory=CutWire)

    def __post_init__(self) -> None:
        ours = httpx.Client(base_url=self.base, auth=("nms", "password-nms"), transport=self.wire, timeout=30)
        self.alicia = httpx.Client(base_url=self.base, auth=("alicia", "password-alicia"), timeout=30)
        self.clients = [ours, self.alicia]
        self.sync = Synchroniser(self.records, lambda: self.desk, RequestTracker(ours, "General", "nms"))

    def run(self, after: float = 7200.0) -> Synchronised:
        self.now += after
        return self.sync.run(self.now)

    def open(self, title: str = "{device} no responde") -> str:
        with self.records.begin() as connection:
            made = draft(title=Message(title, {"device": "sw-01"}), description="sin red en la planta baja")
            return self.desk.open(connection, TECHNICIAN, made, self.now).folio

    def do(self, act: Callable[..., object], actor: Actor, folio: str, *given: object, **named: object) -> None:
        with self.records.begin() as connection:
            act(connection, actor, folio, *given, self.now, **named)

    def remote(self, folio: str) -> dict[str, object]:
        query = {"query": f"Subject LIKE '[{folio}]'"}
        items = self.alicia.get("tickets", params=query).json()["items"]
        assert len(items) == 1, items
        found: dict[str, object] = self.alicia.get(f"ticket/{items[0]['id']}").json()
        return found

    def comments(self, folio: str) -> list[str]:
        number = self.remote(folio)["id"]
        history = self.alicia.get(f"ticket/{number}/history", params={"fields": "Type", "per_page": 100}).json()[
            "items"
        ]
        reader = RequestTracker(self.alicia, "General", "alicia")
        return [reader._text(item["id"]) for item in history if item["Type"] == "Comment"]

    def status(self, folio: str) -> TicketStatus:
        with self.records.read() as connection:
            return persistence.read(connection, folio).status


@pytest.fixture
def both(tracker: Peer, records: Records) -> Iterator[Both]:
    desk = TicketDesk(an_office(policy=_policy()))
    made = Both(records, desk, f"http://127.0.0.1:{tracker.port}/REST/2.0/", NOON)
    made.run()
    yield made
    for client in made.clients:
        client.close()


_numbers = iter(range(1, 100))


def _policy() -> Tickets:
    """Folio prefixes of their own for each test: all of them share one RT."""
    letters = "".join(chr(ord("A") + int(digit)) for digit in f"{next(_numbers):02}")
    return Tickets.model_validate({"folio": {"corrective": f"T{letters}", "preventive": "MP"}})


def test_a_ticket_and_its_life_arrive_in_request_tracker_once(both: Both) -> None:
    folio = both.open()
    assert both.run().created == 1
    assert both.remote(folio)["Subject"] == f"[{folio}] sw-01 no responde"
    both.do(both.desk.start, TECHNICIAN, folio)
    both.do(both.desk.hold, TECHNICIAN, folio, "vendor", note="reporte TM-991")
    assert both.run().sent == 2
    assert both.remote(folio)["Status"] == "stalled"
    both.do(both.desk.resume, TECHNICIAN, folio)
    both.do(both.desk.resolve, TECHNICIAN, folio, cause="provider", solution="provider-fixed")
    both.run()
    assert both.remote(folio)["Status"] == "resolved"
    assert both.run() == Synchronised()
    assert len(both.comments(folio)) == 4
    assert sum("reporte TM-991" in text for text in both.comments(folio)) == 1


def test_what_others_do_in_request_tracker_is_done_here_with_their_name(both: Both) -> None:
    folio = both.open()
    both.run()
    number = both.remote(folio)["id"]
    both.alicia.post(f"ticket/{number}/comment", json={"Content": "voy en camino", "ContentType": "text/plain"})
    both.alicia.put(f"ticket/{number}", json={"Status": "open"})
    both.sync.run(both.now)
    assert both.status(folio) is TicketStatus.IN_PROGRESS
    both.alicia.put(f"ticket/{number}", json={"Status": "resolved"})
    both.sync.run(both.now)
    assert both.status(folio) is TicketStatus.RESOLVED
    before = len(both.comments(folio))
    for _ in range(3):
        both.sync.run(both.now)
    with both.records.read() as connection:
        log = show_ticket(connection, both.desk, folio, both.now).log
    assert [(line.actor, line.action, line.note) for line in log if line.origin.startswith("rt:")] == [
        ("alicia", "note", "voy en camino"),
        ("alicia", "start", ""),
        ("alicia", "resolve", ""),
    ]
    assert len(both.comments(folio)) == before == 1


def test_an_outage_loses_nothing(both: Both) -> None:
    first = both.open()
    both.run()
    both.wire.cut_before = lambda request: True
    second = both.open("otra falla")
    both.do(both.desk.note, TECHNICIAN, first, "mientras no había red")
    found = both.run()
    assert found.problems == ("Request Tracker does not answer: ConnectError",)
    both.wire.cut_before = lambda request: False
    both.run()
    both.run()
    assert both.remote(second)["Status"] == "new"
    assert sum("mientras no había red" in text for text in both.comments(first)) == 1


@pytest.mark.parametrize("path", ["/REST/2.0/ticket", "/comment"])
def test_an_answer_that_is_lost_makes_nothing_twice(both: Both, path: str) -> None:
    folio = both.open()
    both.do(both.desk.note, TECHNICIAN, folio, "una sola vez")
    both.wire.cut_after = lambda request: request.method == "POST" and request.url.path.endswith(path)
    assert both.run().problems
    for _ in range(3):
        both.run()
    both.wire.cut_after = lambda request: False
    assert both.run() == Synchronised()
    assert both.remote(folio)["id"]
    assert sum("una sola vez" in text for text in both.comments(folio)) == 1


def test_a_resolution_over_there_that_our_rules_refuse_is_answered(both: Both) -> None:
    with both.records.begin() as connection:
        folio = both.desk.open(connection, ADMINISTRATOR, draft(playbook="ups-prueba"), both.now).folio
    both.run()
    number = both.remote(folio)["id"]
    both.alicia.put(f"ticket/{number}", json={"Status": "resolved"})
    both.sync.run(both.now)
    assert both.status(folio) is TicketStatus.OPEN
    both.run()
    assert both.remote(folio)["Status"] == "open"
    assert any("pasos obligatorios" in text for text in both.comments(folio))


def test_a_refusal_waits_longer_each_time_and_is_told(both: Both) -> None:
    refused = RequestTracker(httpx.Client(base_url=both.base, auth=("nms", "wrong"), timeout=30), "General", "nms")
    both.sync = Synchroniser(both.records, lambda: both.desk, refused)
    both.open()
    found = both.sync.run(both.now)
    assert any("401" in problem for problem in found.problems)
    assert not any("wrong" in problem for problem in found.problems)
    with both.records.read() as connection:
        row = connection.execute(sa.select(ticket_remotes)).one()
    assert (row.attempts, row.due_at - both.now, "401" in row.last_error) == (1, 30.0, True)


def test_simulated_tickets_stay_here(both: Both) -> None:
    with both.records.begin() as connection:
        both.desk.open(connection, TECHNICIAN, draft(simulated=True), both.now)
    assert both.run() == Synchronised()
    both.do(both.desk.note, MANAGER, both.open(), "x")
    assert both.run(HOUR * 3).created == 1
