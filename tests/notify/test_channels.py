from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nms.config.policies import Channel, Notify
from nms.config.serving import Mail
from nms.model import Alert, Severity
from nms.notify.alertmanager import AlertmanagerOutput
from nms.notify.channels import NotDelivered, Parcel, PostOffice, compose_mail
from nms.notify.composing import Text
from nms.notify.receivers import Directory, Way
from nms.store.records import Records
from tests.alerts.scenes import Scene, down, up
from tests.notify.office import Office, city
from tests.notify.servers import HttpSink, http_sink
from tests.peers import Peer, free_port, require_peer, start_program, wait_until

SECRET = "t0ps3cret-token"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as one:
        yield one


def parcel(**changes: object) -> Parcel:
    text = Text("CRITICAL: <b>*rt*</b> [x](http://y)", "line one\n*line* two", Severity.CRITICAL, False)
    values = {"number": 3, "thread": "incident-1", "receiver": "ana", "text": text, "opens_thread": True, "at": 1.8e9}
    return Parcel(**(values | changes))  # type: ignore[arg-type]


def post_office(monkeypatch: pytest.MonkeyPatch, url: str) -> PostOffice:
    monkeypatch.setenv("CHANNEL", url)
    return PostOffice({"chat": Channel.model_validate({"url": "env:CHANNEL"})}, Mail())


def test_apprise_carries_the_words_unchanged(monkeypatch: pytest.MonkeyPatch, sink: HttpSink) -> None:
    office = post_office(monkeypatch, f"json://127.0.0.1:{sink.port}/hook")
    office.send(Way("chat"), parcel())
    (body,) = sink.bodies()
    assert (body["title"], body["message"]) == ("CRITICAL: <b>*rt*</b> [x](http://y)", "line one\n*line* two")
    assert body["type"] == "failure"


def test_a_personal_channel_takes_the_contact_of_its_person(monkeypatch: pytest.MonkeyPatch, sink: HttpSink) -> None:
    office = post_office(monkeypatch, f"json://127.0.0.1:{sink.port}/to/{{contact}}")
    office.send(Way("chat", "+52 55/../x?y"), parcel())
    assert sink.requests[0][0].startswith("POST /to/")
    assert "/../" not in sink.requests[0][0]


def test_a_refusal_is_told_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, sink: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    sink.status = 403
    office = post_office(monkeypatch, f"json://user:{SECRET}@127.0.0.1:{sink.port}/{SECRET}/x")
    with caplog.at_level(logging.DEBUG), pytest.raises(NotDelivered) as caught:
        office.send(Way("chat"), parcel())
    assert SECRET not in str(caught.value) + caplog.text


@pytest.mark.parametrize("url", [f"nonsense://{SECRET}", f"tgram://{SECRET}", SECRET, f"webhook://[{SECRET}"])
def test_a_url_that_means_nothing_is_told_without_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(NotDelivered) as caught:
        post_office(monkeypatch, url).send(Way("chat"), parcel(events=({},)))
    assert SECRET not in str(caught.value) + caplog.text


def test_a_secret_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    office = post_office(monkeypatch, "x")
    monkeypatch.delenv("CHANNEL")
    with pytest.raises(NotDelivered, match="secret of the channel"):
        office.send(Way("chat"), parcel())


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@y.example", "nobody", "", "a@b@c"])
def test_an_address_cannot_carry_headers(address: str) -> None:
    with pytest.raises(ValueError, match="mail address"):
        compose_mail(Mail(sender="monitor@example.invalid"), address, parcel())


def test_webhooks_get_events_that_open_and_close_one_case(
    monkeypatch: pytest.MonkeyPatch, records: Records, sink: HttpSink
) -> None:
    monkeypatch.setenv("HOOK", f"webhook://127.0.0.1:{sink.port}/v2/enqueue?key={SECRET}")
    settings = {"channels": {"cases": {"url": "env:HOOK"}}, "routing": [{"channels": ["cases"]}]}
    hall = Office(records, Notify.model_validate(settings), inventory=city(9, {}), really_send=True)
    hall.after(0, *(down(f"d{number}", 0) for number in range(9)))
    hall.wait(30)
    hall.after(60, up("d0", 0))
    hall.wait(120)
    events = sink.bodies()
    assert len(events) == 10, "machines are told each thing by itself"
    triggered, resolved = events[0], events[-1]
    assert (triggered["event_action"], resolved["event_action"]) == ("trigger", "resolve")
    assert triggered["dedup_key"] == resolved["dedup_key"] == "nms-incident-1"
    assert triggered["payload"]["severity"] == "critical"
    assert triggered["payload"]["summary"] == "d0 does not answer"
    assert triggered["payload"]["timestamp"] == "2027-01-15T08:00:00Z"
    assert hall.states() == ["sent"] * 10


def test_a_webhook_that_is_away_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, records: Records, sink: HttpSink
) -> None:
    monkeypatch.setenv("HOOK", f"webhook://127.0.0.1:{sink.port}/")
    settings = {"channels": {"cases": {"url": "env:HOOK"}}, "routing": [{"channels": ["cases"]}]}
    hall = Office(records, Notify.model_validate(settings), inventory=city(1, {}), really_send=True)
    sink.status = 503
    hall.after(0, down("d0", 0))
    hall.wait(40)
    assert hall.states() == ["intended"]
    sink.status = 202
    hall.wait(60)
    assert hall.states() == ["sent"]
    keys = {headers["Idempotency-Key"] for _, headers, _ in sink.requests}
    assert keys == {"nms-1"}


def start_alertmanager(folder: Path) -> Peer:
    program, port = require_peer("prometheus-alertmanager"), free_port()
    (folder / "am.yml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    argv = [
        program,
        f"--config.file={folder / 'am.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    peer = start_program("alertmanager", argv, folder / "alertmanager.log", port)

    def ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/-/ready").is_success
        except httpx.HTTPError:
            return False

    peer.wait_until(ready)
    return peer


def test_a_real_alertmanager_shows_what_is_open_and_forgets_what_resolved(records: Records, tmp_path: Path) -> None:
    with start_alertmanager(tmp_path) as peer:
        output = AlertmanagerOutput(f"alertmanager://127.0.0.1:{peer.port}/", records, "en")

        def shown() -> dict[str, str]:
            answer = httpx.get(f"http://127.0.0.1:{peer.port}/api/v2/alerts").json()
            return {one["labels"]["key"]: one["annotations"]["summary"] for one in answer}

        from time import time

        scene = Scene(records, context=Office(records).scene.context)
        scene.now = time() - 200
        scene.after(0, down("d0", 0), down("d1", 0), down("d2", 0, because_of="d0"))
        assert output.push(scene.book.open_alerts(), scene.now + 200) == 2
        both = {"device-down/d0": "d0 does not answer", "device-down/d1": "d1 does not answer"}
        wait_until(lambda: shown() == both, "two alerts in Alertmanager")
        scene.after(60, up("d0", 0))
        scene.after(100, up("d0", 0))
        output.push(scene.book.open_alerts(), scene.now + 40)
        wait_until(lambda: set(shown()) == {"device-down/d1"}, "one alert in Alertmanager")


def test_the_notifier_tells_alertmanager_the_state_every_minute(
    monkeypatch: pytest.MonkeyPatch, records: Records, sink: HttpSink
) -> None:
    monkeypatch.setenv("AM", f"alertmanager://127.0.0.1:{sink.port}/am")
    settings = {"channels": {"am": {"url": "env:AM"}}}
    hall = Office(records, Notify.model_validate(settings), inventory=city(2, {}), really_send=True)
    hall.after(0, down("d0", 0))
    hall.wait(130)
    assert [request for request, _, _ in sink.requests] == ["POST /am/api/v2/alerts"] * 3
    (alert,) = sink.bodies()[-1]
    assert alert["labels"]["alertname"] == "device-down"
    assert alert["startsAt"] == "2027-01-15T08:00:00.000+00:00"
    assert hall.states() == [], "it gets no messages besides"
    sink.status = 500
    hall.wait(70)
    assert len(sink.requests) == 4


def test_alertmanager_away_or_refusing_is_told(records: Records, sink: HttpSink) -> None:
    scene = Scene(records)
    scene.after(0, down("d0", 0))
    alerts: list[Alert] = scene.book.open_alerts()
    with pytest.raises(NotDelivered, match="cannot be reached"):
        AlertmanagerOutput("alertmanager://127.0.0.1:1", records).push(alerts, scene.now)
    sink.status = 400
    with pytest.raises(NotDelivered, match="answers 400"):
        AlertmanagerOutput(f"alertmanager://127.0.0.1:{sink.port}", records).push(alerts, scene.now)


def test_alertmanager_is_no_channel_for_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AM", "alertmanager://127.0.0.1:9093")
    notify = Notify.model_validate({"channels": {"am": {"url": "env:AM"}}})
    directory = Directory(notify, Mail(), city(1, {}))
    assert directory.machine_channels() == ["am"]
    assert directory.routes()[0].channels == ()
