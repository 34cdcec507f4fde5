"""Reports by mail: the right period, by a real SMTP server, as an attachment that opens, once and without fail."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from nms.config import Config
from nms.config.serving import Mail, MailedReport
from nms.wiring.mailing import AGAIN_SECONDS, ReportPost, due_period, ended_period
from tests.peers import free_port
from tests.views.city import City, open_city

ZONE = ZoneInfo("America/Mexico_City")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("every", "now", "start", "end"),
    [
        ("month", "2026-11-01 07:00", "2026-10-01", "2026-11-01"),
        ("month", "2026-01-01 00:00", "2025-12-01", "2026-01-01"),
        ("month", "2024-03-15 12:00", "2024-02-01", "2024-03-01"),
        ("week", "2026-11-16 07:00", "2026-11-09", "2026-11-16"),
        ("week", "2026-11-22 23:59", "2026-11-09", "2026-11-16"),
    ],
)
def test_the_period_of_a_mailed_report_is_the_last_whole_one(every: str, now: str, start: str, end: str) -> None:
    assert ended_period(every, at(now), ZONE) == (at(start), at(end))


@pytest.mark.parametrize(
    ("every", "now", "start", "end"),
    [
        ("month", "2026-11-01 06:59", "2026-09-01", "2026-10-01"),
        ("month", "2026-11-01 07:00", "2026-10-01", "2026-11-01"),
        ("week", "2026-11-16 06:59", "2026-11-02", "2026-11-09"),
        ("week", "2026-11-18 00:00", "2026-11-09", "2026-11-16"),
    ],
)
def test_a_report_is_due_from_its_hour_on(every: str, now: str, start: str, end: str) -> None:
    mailed = MailedReport(report="sla", to=("a@example.org",), every=every)  # type: ignore[arg-type]
    assert due_period(mailed, at(now), ZONE) == (at(start), at(end))


def test_an_hour_that_comes_twice_is_its_first_coming() -> None:
    """Clocks go back in Havana on 1 November 2026, so that half past midnight comes twice."""
    mailed = MailedReport(report="sla", to=("a@example.org",), at="00:30")
    first = datetime.fromisoformat("2026-11-01T04:30+00:00").timestamp()
    ends = [due_period(mailed, first + shift, ZoneInfo("America/Havana"))[1] for shift in (-1, 0, 3600)]
    assert [f"{datetime.fromtimestamp(one, ZoneInfo('America/Havana')):%m-%d}" for one in ends] == [
        "10-01",
        "11-01",
        "11-01",
    ]


class Letterbox:
    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.letters.append((envelope.rcpt_tos, envelope.content))  # type: ignore[attr-defined]
        return "250 OK"

    def read(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(one, _class=EmailMessage, policy=email.policy.default) for _, one in self.letters
        ]


@contextmanager
def server(box: Letterbox, port: int) -> Iterator[None]:
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def post(city: City, *mailed: MailedReport, port: int = 1, **mail: str) -> ReportPost:
    """As after a start of the monitor: nothing is remembered but what the records hold."""
    given = {"host": "127.0.0.1", "security": "none", "sender": "monitor@example.org"} | mail
    config = Config(mail=Mail(port=port, **given), reports={"mail": mailed})  # type: ignore[arg-type]
    return ReportPost(config, city.reads, city.records, lambda: city.now)


UPTIME = MailedReport(report="uptime", to=("direccion@example.org", "b@example.org"), format="xlsx")


def test_a_report_is_mailed_with_the_executive_page_as_text_and_the_whole_attached(tmp_path: Path) -> None:
    port, box = free_port(), Letterbox()
    with server(box, port), open_city(tmp_path) as city:
        for city.now in (at("2026-08-20"), at("2026-09-01 07:00")):
            post(city, UPTIME, port=port).collect()
        now = city.now
    ((receivers, _),), (letter,) = box.letters, box.read()
    assert receivers == ["direccion@example.org", "b@example.org"]
    assert "agosto de 2026" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime.timestamp() == int(now)
    assert letter["Message-ID"].startswith("<nms.report.uptime.")
    body, attachment = letter.iter_parts()
    assert "Villa de Prueba" in body.get_content()
    assert attachment.get_filename() == "uptime-2026-08-01.xlsx"
    assert attachment.get_content().startswith(b"PK")


def test_each_period_goes_out_once_also_when_the_monitor_was_off_at_the_hour(tmp_path: Path) -> None:
    """On in August; off from the end of August to the third of September; restarted twice; then a month later."""
    port, box = free_port(), Letterbox()
    weekly = MailedReport(report="sla", to=("a@example.org",), every="week")
    moments = ("2026-08-28 12:00", "2026-09-03 15:20", "2026-09-03 15:21", "2026-09-04 09:00", "2026-10-01 07:00")
    with server(box, port), open_city(tmp_path) as city:
        for moment in moments:
            city.now = at(moment)
            post(city, UPTIME, weekly, port=port).collect()
    subjects = [str(one["Subject"]) for one in box.read()]
    assert [one.split(": ")[1].split(" ·")[0] for one in subjects if "Disponibilidad" in one] == [
        "agosto de 2026",
        "septiembre de 2026",
    ]
    weeks = [one.split(": ", 1)[1][:10] for one in subjects if "Niveles" in one]
    assert weeks == ["2026-08-24", "2026-09-21"]


def test_what_could_not_be_mailed_is_told_once_and_mailed_when_the_server_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, box = free_port(), Letterbox()
    with open_city(tmp_path) as city:
        city.now = at("2026-08-28")
        mailing = post(city, UPTIME, port=port)
        mailing.collect()
        for city.now in (at("2026-09-01 07:00"), at("2026-09-01 07:01"), at("2026-09-01 07:00") + AGAIN_SECONDS):
            mailing.collect()
        (record,) = caplog.records
        assert "could not be mailed" in record.getMessage()
        assert record.exc_info is None
        with server(box, port):
            for seconds in (60, AGAIN_SECONDS, 60):
                city.now += seconds
                mailing.collect()
    assert ["agosto de 2026" in one["Subject"] for one in box.read()] == [True]


def test_a_sender_that_is_no_address_is_told_in_one_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_city(tmp_path) as city:
        for city.now in (at("2026-08-28"), at("2026-09-01 07:00")):
            post(city, UPTIME, sender="monitor\r\nBcc: all@example.org").collect()
    (record,) = caplog.records
    assert "the mail address is not one" in record.getMessage()
