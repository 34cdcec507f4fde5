"""What goes out by the clock: the right period, by a real SMTP server, as an attachment that opens."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from nms.config import Config
from nms.config.serving import Mail, MailedReport, StatusPage
from nms.tickets.faults import FaultBook
from nms.wiring.publishing import Publishing, ended_period
from tests.peers import free_port
from tests.views.city import NOW, City, open_city

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


class Letterbox:
    def __init__(self) -> None:
        self.letters: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        self.letters.append((envelope.rcpt_tos, envelope.content))  # type: ignore[attr-defined]
        return "250 OK"


def publishing(city: City, **parts: object) -> Publishing:
    config = Config(**parts)  # type: ignore[arg-type]
    return Publishing(config, city.reads, city.public(), FaultBook(city.records, city.desk, city.files))


def test_a_report_is_mailed_with_the_executive_page_as_text_and_the_whole_attached(tmp_path: Path) -> None:
    port, box = free_port(), Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with open_city(tmp_path) as city:
            mailed = MailedReport(report="uptime", to=("direccion@example.org", "b@example.org"), format="xlsx")
            mail = Mail(host="127.0.0.1", port=port, security="none", sender="monitor@example.org")
            publishing(city, mail=mail).send(mailed, NOW)
    finally:
        controller.stop()
    ((receivers, content),) = box.letters
    assert receivers == ["direccion@example.org", "b@example.org"]
    letter = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
    assert "agosto de 2026" in letter["Subject"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"].datetime.timestamp() == int(NOW)
    assert letter["Message-ID"].startswith("<nms.report.uptime.")
    body, attachment = letter.iter_parts()
    assert "Villa de Prueba" in body.get_content()
    assert attachment.get_filename() == "uptime-2026-08-01.xlsx"
    assert attachment.get_content().startswith(b"PK")


def test_a_mail_server_that_is_away_is_told_in_one_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_city(tmp_path) as city:
        mail = Mail(host="127.0.0.1", port=free_port(), security="none")
        publishing(city, mail=mail).send(MailedReport(report="sla", to=("a@example.org",)), NOW)
    (record,) = caplog.records
    assert "could not be mailed" in record.getMessage()
    assert record.exc_info is None


def test_a_sender_that_is_no_address_is_told_in_one_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with open_city(tmp_path) as city:
        mail = Mail(host="127.0.0.1", port=free_port(), security="none", sender="monitor\r\nBcc: all@example.org")
        publishing(city, mail=mail).send(MailedReport(report="sla", to=("a@example.org",)), NOW)
    (record,) = caplog.records
    assert "the mail address is not one" in record.getMessage()


def test_the_status_page_is_written_and_a_full_or_missing_disk_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_city(tmp_path) as city:
        publishing(city, status_page=StatusPage(export_to=tmp_path / "out")).export()
        assert (tmp_path / "out" / "index.html").exists()
        (tmp_path / "file").write_text("")
        publishing(city, status_page=StatusPage(export_to=tmp_path / "file" / "x")).export()
    assert "cannot be written" in caplog.text


def test_jobs_are_only_those_that_the_settings_ask_for(tmp_path: Path) -> None:
    with open_city(tmp_path) as city:
        assert len(list(publishing(city).jobs())) == 1
        mail, page = Mail(host="mail.example"), StatusPage(export_to=tmp_path)
        mailed = {"mail": (MailedReport(report="sla", to=("a@example.org",), every="week", at="06:30"),)}
        jobs = list(publishing(city, mail=mail, status_page=page, reports=mailed).jobs())
        assert len(jobs) == 3
        assert jobs[-1][1] == {"trigger": "cron", "hour": 6, "minute": 30, "day_of_week": "mon"}
