from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from nms.config.policies import Notify
from nms.model import Severity
from nms.notify.composing import Composer
from nms.store.records import Records
from tests.alerts.scenes import ANA, CHIEF, down, up
from tests.notify.office import Office, city, mail_server

ESCALATES = {
    "routing": [{"to": ["ana"]}],
    "escalation": [{"after": "15m", "to": ["luis"]}, {"after": "30m", "to": ["manager"]}],
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT", "json://127.0.0.1:1/")
    monkeypatch.setenv("SMS", "json://127.0.0.1:1/{contact}")


def office(records: Records, **settings: object) -> Office:
    return Office(records, Notify.model_validate(settings))


def test_by_default_whoever_is_on_call_hears_once_of_each_incident(any_records: Records) -> None:
    hall = office(any_records)
    hall.after(0, down("d0", 0), down("d1", 0, because_of="d0"), down("d2", 0, because_of="d1"))
    assert hall.read() == [], "symptoms are collected for a while"
    hall.wait(20)
    assert hall.read() == ["ana by mail: CRITICAL: d0 does not answer (+2)"]
    hall.wait(3600, step=60)
    assert hall.read() == []
    hall.after(60, up("d0", 0), up("d1", 0), up("d2", 0))
    hall.wait(120)
    assert hall.read() == ["ana by mail: RESOLVED: d0 does not answer (+2)"]


def test_a_default_install_with_one_channel_uses_it(records: Records) -> None:
    hall = Office(records, Notify.model_validate({"channels": {"chat": {"url": "env:CHAT"}}}), inventory=city(3, {}))
    hall.after(0, down("d0", 0), down("d1", 0, severity=Severity.INFO))
    hall.wait(20)
    assert hall.read() == ["#chat by chat: CRITICAL: d0 does not answer"]


def test_what_came_back_before_it_was_told_is_told_once(records: Records) -> None:
    hall = office(records, grouping={"wait": "5m"})
    hall.after(0, down("d0", 0))
    hall.after(60, up("d0", 0))
    hall.after(60, up("d0", 0))
    hall.wait(600)
    assert hall.read() == ["ana by mail: RESOLVED: d0 does not answer"]


def test_thirty_nine_sites_losing_power_are_at_most_five_messages_in_ten_minutes(records: Records) -> None:
    hall = Office(records, inventory=city(39))
    sent: list[tuple[float, str]] = []
    for number in range(39):
        hall.after(7, down(f"d{number}", 0))
        sent += [(hall.scene.now, subject) for subject in hall.read()]
    for _ in range(60):
        hall.after(10)
        sent += [(hall.scene.now, subject) for subject in hall.read()]
    for number in range(39):
        hall.after(5, up(f"d{number}", 0))
        sent += [(hall.scene.now, subject) for subject in hall.read()]
    for _ in range(200):
        hall.after(10)
        sent += [(hall.scene.now, subject) for subject in hall.read()]
    instants = [at for at, _ in sent]
    assert max(sum(1 for other in instants if at <= other < at + 600) for at in instants) <= 5
    assert instants[0] - 1_800_000_000 <= 40, "the first message is not held back"
    incidents = hall.scene.incidents()
    assert len(incidents) == 39
    assert all(row["resolved_at"] for row in incidents)
    reasons = Counter(state for _, state, _ in hall.reasons())
    assert reasons == {"batched": 78}, "each incident was told, and its end"


def test_the_first_message_of_many_tells_them_all(records: Records) -> None:
    hall = Office(records, inventory=city(39))
    hall.after(0, *(down(f"d{number}", 0) for number in range(39)))
    hall.wait(20)
    (_, parcel), *rest = hall.parcels
    assert rest == []
    assert parcel.text.subject == "39 open, 0 over: CRITICAL: d0 does not answer"
    assert all(f"d{number} does not answer" in parcel.text.body for number in range(39))


def test_recovery_closes_the_same_thread(records: Records) -> None:
    with mail_server() as (mailbox, mail):
        hall = Office(records, mail=mail, really_send=True)
        hall.after(0, down("d0", 0))
        hall.wait(30)
        hall.after(60, up("d0", 0))
        hall.wait(120)
        first, last = mailbox.mails
    assert first["To"] == "ana@example.invalid"
    assert (first["Subject"], last["Subject"]) == ("CRITICAL: d0 does not answer", "RESOLVED: d0 does not answer")
    assert first["In-Reply-To"] is None
    assert last["In-Reply-To"] == last["References"] == first["Message-ID"]
    assert last["Message-ID"] != first["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_reopened_incident_stays_in_its_thread(records: Records) -> None:
    hall = office(records)
    hall.after(0, down("d0", 0))
    hall.wait(30)
    hall.after(60, up("d0", 0))
    hall.wait(120)
    hall.after(60, down("d0", 0))
    hall.wait(120)
    threads = [(parcel.thread, parcel.opens_thread) for _, parcel in hall.parcels]
    assert threads == [("incident-1", True), ("incident-1", False), ("incident-1", False)]
    assert hall.read()[-1] == "ana by mail: AGAIN · CRITICAL: d0 does not answer"


def test_nobody_answering_climbs_the_steps_and_an_acknowledgement_stops_them(records: Records) -> None:
    hall = office(records, **ESCALATES)
    hall.after(0, down("d0", 0))
    hall.wait(30)
    hall.read()
    hall.wait(900, step=30)
    assert hall.read() == ["luis by mail: ESCALATED · CRITICAL: d0 does not answer"]
    hall.scene.book.acknowledge(ANA, ["device-down/d0"], hall.scene.now, until=hall.scene.now + 3600)
    hall.wait(3500, step=50)
    assert hall.read() == []
    hall.wait(200)
    assert sorted(hall.read()) == [
        "ana by mail: UNATTENDED · CRITICAL: d0 does not answer",
        "jefa by mail: ESCALATED · CRITICAL: d0 does not answer",
    ]
    hall.after(60, up("d0", 0))
    hall.wait(120)
    assert sorted(hall.read()) == [f"{who} by mail: RESOLVED: d0 does not answer" for who in ("ana", "jefa", "luis")]


def test_a_clock_set_back_changes_no_wait(records: Records) -> None:
    hall = office(records, **ESCALATES, quiet={"hours": "22:00-07:00"})
    hall.scene.now = 1_800_000_000 + 5 * 3600 - 1200  # 06:40 in Mexico City
    hall.after(0, down("d0", 0), down("d1", 0, severity=Severity.WARNING))
    hall.wait(600)
    assert hall.read() == ["ana by mail: CRITICAL: d0 does not answer"]
    hall.scene.now -= 7200  # 04:50
    hall.wait(280)
    assert hall.read() == []
    hall.wait(60)
    assert hall.read() == ["luis by mail: ESCALATED · CRITICAL: d0 does not answer"]
    hall.scene.book.acknowledge(ANA, ["device-down/d0"], hall.scene.now)
    hall.wait(7200, step=60)
    assert hall.read() == []
    hall.wait(300)
    assert hall.read() == ["ana by mail: WARNING: d1 does not answer"]


def test_what_nobody_takes_is_repeated(records: Records) -> None:
    hall = office(records, grouping={"repeat": "1h"})
    hall.after(0, down("d0", 0))
    hall.wait(2 * 3600 + 120, step=30)
    assert (
        hall.read()
        == ["ana by mail: CRITICAL: d0 does not answer"] + ["ana by mail: REMINDER · CRITICAL: d0 does not answer"] * 2
    )


def test_routes_choose_by_severity_department_and_hour(records: Records) -> None:
    routing = [
        {"scope": {"departments": ["obras"]}, "to": ["department"], "go_on": True},
        {"severities": ["critical"], "channels": ["chat"]},
    ]
    hall = office(records, channels={"chat": {"url": "env:CHAT", "language": "en"}}, routing=routing)
    hall.after(0, down("d0", 0), down("d1", 0, severity=Severity.WARNING))
    hall.wait(20)
    assert sorted(hall.read()) == [
        "#chat by chat: CRITICAL: d0 does not answer",
        "luis by mail: WARNING: d1 does not answer",
    ]


def test_quiet_hours_keep_a_warning_for_the_morning_and_let_a_critical_pass(records: Records) -> None:
    hall = office(records, quiet={"hours": "22:00-07:00"})
    hall.scene.now = 1_800_000_000 + 4 * 3600  # 2027-01-15 06:00 in Mexico City
    hall.after(0, down("d0", 0, severity=Severity.WARNING), down("d1", 0))
    hall.wait(1800, step=60)
    assert hall.read() == ["ana by mail: CRITICAL: d1 does not answer"]
    hall.wait(1800 + 60)
    assert hall.read() == ["ana by mail: WARNING: d0 does not answer"]


def test_what_is_silenced_before_it_was_told_is_not_told(records: Records) -> None:
    hall = office(records)
    hall.scene.after(0, down("d0", 0))
    hall.scene.book.silence(ANA, {"device": ["d0"]}, "known", hall.scene.now + 600, hall.scene.now)
    hall.wait(590)
    assert hall.read() == []
    assert hall.reasons() == [("ana", "dropped", "suppressed by {what}")]
    hall.after(30, down("d0", 0))
    hall.wait(60)
    assert hall.read() == ["ana by mail: STILL · CRITICAL: d0 does not answer"]


def test_maintenance_ending_while_down_is_told_then(records: Records) -> None:
    hall = office(records)
    now = hall.scene.now
    hall.scene.book.plan_maintenance(CHIEF, "new fibre", {"device": ["d0"]}, "agreed", now, 3600, now)
    hall.after(60, down("d0", 0))
    hall.wait(3500, step=50)
    assert hall.read() == []
    hall.wait(120)
    assert hall.read() == ["ana by mail: CRITICAL: d0 does not answer"]


def test_the_second_way_is_taken_when_the_first_fails(records: Records) -> None:
    channels = {"chat": {"url": "env:CHAT", "fallback": "other"}, "other": {"url": "env:CHAT"}}
    hall = office(records, channels=channels, routing=[{"channels": ["chat"]}])
    hall.broken = {"chat"}
    hall.after(0, down("d0", 0))
    hall.wait(20)
    assert hall.read() == ["#chat by other: CRITICAL: d0 does not answer"]


def test_a_channel_that_is_down_is_tried_again_ever_more_rarely_and_given_up(records: Records) -> None:
    hall = office(records, retries=3)
    hall.broken = {"mail"}
    hall.after(0, down("d0", 0))
    hall.wait(100)
    assert hall.states() == ["intended"]
    hall.broken = set()
    hall.wait(60)
    assert len(hall.read()) == 1
    assert hall.states() == ["sent"]
    hall.broken = {"mail"}
    hall.after(60, up("d0", 0))
    hall.wait(600)
    assert hall.states() == ["sent", "failed"]


def test_an_address_that_is_refused_says_so_and_reaches_nobody(records: Records) -> None:
    with mail_server() as (mailbox, mail):
        mailbox.refuse = {"ana@example.invalid"}
        hall = Office(records, Notify(retries=0), mail=mail, really_send=True)
        hall.after(0, down("d0", 0))
        hall.wait(30)
    assert hall.states() == ["failed"]
    assert mailbox.mails == []


def test_a_mail_server_that_is_away_loses_nothing(any_records: Records) -> None:
    with mail_server() as (_, mail):
        pass
    hall = Office(any_records, mail=mail, really_send=True)
    hall.after(0, down("d0", 0))
    hall.wait(60)
    assert hall.states() == ["intended"]
    with mail_server() as (mailbox, mail):
        hall.mail = mail
        hall.restart()
        hall.wait(300)
    assert [one["Subject"] for one in mailbox.mails] == ["CRITICAL: d0 does not answer"]


def test_hostile_names_cannot_forge_mail_headers(records: Records) -> None:
    hostile = "d0\r\nBcc: everybody@example.invalid\r\n\r\nX\x1b[2J\x00"
    with mail_server() as (mailbox, mail):
        hall = Office(records, mail=mail, really_send=True)
        verdict = down("d0", 0)
        verdict.summary.params["device"] = hostile  # type: ignore[index]
        hall.after(0, verdict)
        hall.wait(30)
    (received,) = mailbox.mails
    assert received["Bcc"] is None
    assert received["Subject"] == "CRITICAL: d0 Bcc: everybody@example.invalid X [2J does not answer"
    assert "\x1b" not in received.get_content()


def test_messages_say_what_one_needs_at_night(records: Records) -> None:
    composer = Composer("Ejemplo", departments={"tesoreria": "Tesorería"}, link=lambda n, who: f"https://m/{n}/{who}")
    hall = Office(records, composer=composer)
    hall.after(0, down("d0", 0))
    hall.wait(20)
    body = hall.parcels[0][1].text.body
    assert body.splitlines()[:1] == ["CRITICAL: d0 does not answer"]
    for needed in ("2027-01-15 02:00:00", "d0", "Tesorería", "3 polls without an answer", "https://m/1/ana", "Ejemplo"):
        assert needed in body


def test_switched_off_messages_are_planned_and_dropped(records: Records) -> None:
    hall = office(records, enabled=False)
    hall.after(0, down("d0", 0))
    hall.wait(60)
    assert (hall.read(), hall.reasons()) == ([], [("ana", "dropped", "messages are switched off")])


@pytest.mark.parametrize("killed_at", ["before", "after"])
def test_killed_while_sending_it_is_sent_again_after_the_restart(tmp_path: Path, killed_at: str) -> None:
    program = """
import os, sys
from nms.notify import notifier
from nms.notify.channels import send_mail
from nms.store.records import Records
from nms.config.serving import Mail
from tests.alerts.scenes import down
from tests.notify.office import Office

path, port, killed_at = sys.argv[1:]
mail = Mail(host="127.0.0.1", port=int(port), security="none")
office = Office(Records.open(path), mail=mail)

def send(way, parcel):
    if killed_at == "after":
        send_mail(mail, way.address, parcel)
    os._exit(9)

office.take = send
office.restart()
office.after(0, down("d0", 0))
office.wait(60)
"""
    path = tmp_path / "records.db"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with mail_server() as (mailbox, mail):
        argv = [sys.executable, "-c", program, str(path), str(mail.port), killed_at]
        done = subprocess.run(argv, env=environment, capture_output=True, check=False)
        assert done.returncode == 9, done.stderr.decode()
        records = Records.open(path)
        hall = Office(records, mail=mail, really_send=True)
        assert hall.states() == ["intended"]
        hall.scene.now += 60
        hall.wait(60)
        assert hall.states() == ["sent"]
        identities = [one["Message-ID"] for one in mailbox.mails]
        records.close()
    assert len(identities) == (2 if killed_at == "after" else 1)
    assert len(set(identities)) == 1, "a double can be told by its Message-ID"


def test_two_notifiers_at_once_send_each_message_once(any_records: Records) -> None:
    import threading

    one, other = Office(any_records, inventory=city(30)), Office(any_records, inventory=city(30))
    one.scene.after(0, *(down(f"d{number}", 0) for number in range(30)))
    now = one.scene.now + 30
    threads = [threading.Thread(target=hall.notifier.run, args=(now,)) for hall in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(one.parcels) + len(other.parcels) == 1


def test_subjects_and_threads_hold_no_secret_and_no_control_characters(records: Records) -> None:
    hall = office(records, channels={"sms": {"url": "env:SMS"}})
    hall.after(0, down("d0", 0))
    hall.wait(20)
    for _, parcel in hall.parcels:
        assert re.fullmatch(r"[A-Za-z0-9.#-]+", parcel.thread)
        assert "127.0.0.1" not in repr(parcel)
