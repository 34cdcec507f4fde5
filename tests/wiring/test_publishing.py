"""What goes out by the clock, beside mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.config import Config
from nms.config.serving import Mail, MailedReport, StatusPage
from nms.tickets.faults import FaultBook
from nms.wiring.publishing import Publishing
from tests.views.city import City, open_city


def publishing(city: City, **parts: object) -> Publishing:
    config = Config(**parts)  # type: ignore[arg-type]
    return Publishing(config, city.reads, city.public(), FaultBook(city.records, city.desk, city.files))


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
        assert jobs[-1][1] == {"trigger": "cron", "minute": "*"}
