"""Faults by mail, from a real IMAP server and answered by a real SMTP server: one letter is one report, once."""

from __future__ import annotations

import email
import email.policy
import imaplib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from nms.access import MONITOR
from nms.config import Config
from nms.config.serving import Api, FaultMail, FaultReports, Mail
from nms.queries.ports import TicketAct
from nms.tickets.faults import FaultBook
from nms.wiring.fault_mail import FaultPost
from tests.peers import Peer, free_port
from tests.transports.daemons import start_dovecot
from tests.transports.servers import make_certificate
from tests.views.city import NOW, City, open_city
from tests.wiring.test_mailing import Letterbox

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("mail")
    made = make_certificate(folder)
    with tempfile.TemporaryDirectory() as mail:
        Path(mail).chmod(0o755)
        with start_dovecot(folder, made.certificate, made.key, Path(mail)) as peer:
            yield peer


@dataclass
class Post:
    """A mailbox with letters in it, the monitor that reads it, and who answers."""

    city: City
    peer: Peer
    answers: Letterbox
    smtp: int
    monkeypatch: pytest.MonkeyPatch

    def send(self, letter: EmailMessage | bytes) -> None:
        with imaplib.IMAP4("127.0.0.1", self.peer.port) as server:
            server.login("ana", 'pa"ss\\word')
            server.append("INBOX", "", "", bytes(letter))

    def collect(self, **reports: object) -> int:
        return self.monitor(**reports).collect()

    def monitor(self, **reports: object) -> FaultPost:
        self.monkeypatch.setenv("NMS_TEST_MAIL", 'pa"ss\\word')
        given = {"host": "127.0.0.1", "port": self.peer.port, "security": "none", "user": "ana"}
        mail = FaultMail(**given, password="env:NMS_TEST_MAIL", department="catastro", **reports)  # type: ignore[arg-type]
        config = Config(
            fault_reports=FaultReports(mail=mail, per_hour=3, largest_attachment="50 kB"),  # type: ignore[arg-type]
            mail=Mail(host="127.0.0.1", port=self.smtp, security="none", sender="monitor@example.org"),
            api=Api(public_url="https://estado.example"),
        )
        faults = FaultBook(self.city.records, self.city.desk, self.city.files)
        return FaultPost(config, self.city.inventory.departments, faults)

    def answered(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
            for _, content in self.answers.letters
        ]


@pytest.fixture
def post(dovecot: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    port, box = free_port(), Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with imaplib.IMAP4("127.0.0.1", dovecot.port) as server:
            server.login("ana", 'pa"ss\\word')
            server.select("INBOX")
            if server.search(None, "ALL")[1][0]:
                server.store("1:*", "+FLAGS", "\\Deleted")
                server.expunge()
        with open_city(tmp_path) as city:
            yield Post(city, dovecot, box, port, monkeypatch)
    finally:
        controller.stop()


def letter(text: str = "La impresora no imprime", **headers: str) -> EmailMessage:
    made = EmailMessage()
    given = {"From": "Lucía <lucia@example.org>", "Subject": "Ayuda", "Message-ID": "<one@example.org>"}
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        made[name] = value
    made.set_content(text)
    return made


def test_a_letter_becomes_a_report_of_the_department_it_names_and_is_answered_with_the_number(post: Post) -> None:
    post.send(letter("En TESORERIA no hay teléfono.\n> texto citado"))
    assert post.collect() == 1
    (ticket,) = post.city.reads.tickets("es")
    assert ticket.department == "tesoreria"
    assert ticket.title == "Reportado: Ayuda En TESORERIA no hay teléfono."
    (answer,) = post.answered()
    assert answer["To"] == "lucia@example.org"
    assert (answer["In-Reply-To"], answer["Auto-Submitted"]) == ("<one@example.org>", "auto-replied")
    text = answer.get_content()
    assert ticket.folio in text
    assert "https://estado.example/status/report/RF-" in text
    assert post.collect() == 0


def test_a_letter_about_what_is_known_is_added_to_it_and_its_sender_told(post: Post) -> None:
    post.city.judge("sw-tesoreria")
    (known,) = post.city.reads.tickets("es")
    post.send(letter("No hay internet en la Tesorería Municipal"))
    post.collect()
    assert [one.folio for one in post.city.reads.tickets("es")] == [known.folio]
    text = post.answered()[0].get_content()
    assert known.folio in text
    assert "ya lo sabíamos" in text.lower() or "ya se conocía" in text.lower()


def test_a_letter_that_was_taken_in_before_a_crash_is_answered_and_not_taken_twice(post: Post) -> None:
    made = letter()
    post.send(made)
    post.collect()
    post.send(made)
    assert post.collect() == 1
    assert len(post.city.reads.tickets("es")) == 1
    first, again = post.answered()
    assert first["Subject"] == again["Subject"]


def test_when_nobody_can_answer_the_letter_waits_and_is_one_report_all_the_same(post: Post) -> None:
    post.send(letter())
    right, post.smtp = post.smtp, free_port()
    assert post.collect() == 0
    post.smtp = right
    assert post.collect() == 1
    assert len(post.city.reads.tickets("es")) == len(post.answered()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<todos.example.org>"},
        {"From": "MAILER-DAEMON@example.org"},
        {"From": "monitor@example.org"},
        {"Return_Path": "<>"},
        {"From": "nobody"},
    ],
)
def test_machines_that_write_are_not_answered(post: Post, headers: dict[str, str]) -> None:
    post.send(letter(**headers))
    assert post.collect() == 1
    assert post.answered() == []
    assert post.city.reads.tickets("es") == []


def test_who_writes_again_about_a_report_adds_to_it_and_opens_no_other(post: Post) -> None:
    post.send(letter())
    post.collect()
    (answer,) = post.answered()
    (ticket,) = post.city.reads.tickets("es")
    reply = letter("Ahora huele a quemado", Subject="Re: Ayuda", Message_ID="<two@example.org>")
    reply["In-Reply-To"] = answer["Message-ID"]
    reply.add_attachment(PNG, maintype="image", subtype="png", filename="humo.png")
    post.send(reply)
    named = letter("Urge", Subject=f"¿Qué pasa con el {answer['Subject'].split()[-1].lower()}?", Message_ID="<3@x.org>")
    post.send(named)
    assert post.collect() == 2
    assert len(post.answered()) == 1
    assert len(post.city.reads.tickets("es")) == 1
    page = post.city.reads.ticket(ticket.folio, "es")
    assert [one.text for one in page.log if "quemado" in one.text or "Urge" in one.text]
    assert len(page.dossier.attachments) == 1


def test_who_writes_about_a_report_that_is_closed_reports_anew(post: Post) -> None:
    post.send(letter())
    post.collect()
    (ticket,) = post.city.reads.tickets("es")
    act = TicketAct("resolve", cause="cabling", solution="repaired", note="x")
    post.city.acts.act_on_ticket(MONITOR, ticket.folio, act)
    post.city.acts.act_on_ticket(MONITOR, ticket.folio, TicketAct("close"))
    number = str(post.answered()[0]["Subject"]).split()[-1]
    post.send(letter("Otra vez", Subject=f"Re: {number}", Message_ID="<two@example.org>"))
    post.collect()
    assert (len(post.city.reads.tickets("es")), len(post.answered())) == (2, 2)


def test_a_sender_writes_so_often_in_an_hour_and_no_more(post: Post) -> None:
    for number in range(5):
        post.send(letter(Message_ID=f"<{number}@example.org>"))
    assert post.collect() == 5
    assert len(post.city.reads.tickets("es")) == 3


def test_only_domains_that_are_heard_are_heard(post: Post) -> None:
    post.send(letter())
    assert post.collect(domains=("municipio.example",)) == 1
    assert post.city.reads.tickets("es") == []


def test_a_photo_comes_along_and_what_is_no_photo_does_not(post: Post) -> None:
    good, bad = letter(), letter(Message_ID="<two@example.org>")
    good.add_attachment(PNG, maintype="image", subtype="png", filename="../../foto.png")
    bad.add_attachment(b"<html><script>", maintype="image", subtype="png", filename="foto.png")
    post.send(good)
    post.send(bad)
    assert post.collect() == 2
    pages = [post.city.reads.ticket(one.folio, "es") for one in post.city.reads.tickets("es")]
    assert sorted(len(page.dossier.attachments) for page in pages) == [0, 1]
    (kept,) = [one for page in pages for one in page.dossier.attachments]
    assert "/" not in kept.name
    assert "no se guardó" in post.answered()[1].get_content()


def test_html_is_read_as_its_text_and_nothing_of_it_acts(post: Post) -> None:
    made = letter()
    made.set_content("<style>p{}</style><p>No hay <b>red</b></p><script>alert(1)</script>", subtype="html")
    post.send(made)
    post.collect()
    (ticket,) = post.city.reads.tickets("es")
    assert "alert" not in ticket.title
    assert "No hay red" in " ".join(ticket.title.split())


HOSTILE = [
    b"",
    b"\x00\xff" * 500,
    b"From: a@b.example\r\nContent-Type: text/plain; charset=no-such\r\n\r\nhola \xf1",
    b"From: a@b.example\r\nSubject: =?utf-8?q?=FF=1B[31m?=\r\n\r\nrojo \x1b[31m",
    b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x--",
    b"From: a@b.example\r\n" + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 3000,
    b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n****",
    b"From: <a@b.example>, <c@d.example>\r\nTo: x\r\nSubject: " + b"a" * 100_000 + b"\r\n\r\nx",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_stands_in_the_mailbox_is_done_with_and_the_next_letter_is_read(post: Post, raw: bytes) -> None:
    if raw:
        post.send(raw)
    post.send(letter("No sirve el teclado"))
    assert post.collect() == 1 + bool(raw)
    titles = [one.title for one in post.city.reads.tickets("es")]
    assert any("teclado" in title for title in titles)
    assert not any("\x1b" in title for title in titles)


def test_a_mailbox_that_is_away_or_refuses_is_told_in_one_sentence(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    post.collect(folder="Nada")
    post.peer.port, right = free_port(), post.peer.port
    try:
        post.collect()
    finally:
        post.peer.port = right
    assert [record.exc_info for record in caplog.records] == [None, None]
    assert "has no folder Nada" in caplog.text
    assert 'pa"ss' not in caplog.text


def test_a_mailbox_needs_a_department_for_letters_that_name_none() -> None:
    with pytest.raises(ValidationError):
        FaultMail(host="imap.example.org")


def test_who_reported_by_mail_is_known_to_those_who_mend(post: Post) -> None:
    post.send(letter())
    post.collect()
    (ticket,) = post.city.reads.tickets("es")
    (reporter,) = FaultBook(post.city.records, post.city.desk, post.city.files).reporters(MONITOR, ticket.folio, NOW)
    assert (reporter.channel, reporter.contact) == ("mail", "lucia@example.org")
