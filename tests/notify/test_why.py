from __future__ import annotations

from nms.config.policies import Notify
from nms.i18n import render
from nms.notify.receivers import Directory
from nms.notify.why import why
from nms.store.records import Records
from tests.alerts.scenes import ANA, CHIEF, down, up
from tests.notify.office import Office


def told(hall: Office, name: str) -> list[tuple[str, str]]:
    directory = Directory(hall.notify, hall.mail, hall.inventory, hall.rota, language="en")
    reasons = why(hall.records, f"device-down/{name}", hall.scene.now, directory)
    return [(one.stage, render(one.message, "en")) for one in reasons]


def test_a_page_is_explained_from_the_verdict_to_the_delivery(any_records: Records) -> None:
    hall = Office(any_records)
    hall.after(0, down("d0", 0))
    hall.wait(30)
    assert told(hall, "d0") == [
        ("verdict", "d0 does not answer"),
        ("verdict", "3 polls without an answer"),
        ("verdict", "the condition holds"),
        ("silence", "no maintenance, silence or cause keeps it quiet"),
        ("alert", "d0 does not answer"),
        ("incident", "d0 does not answer"),
        ("incident", "it is the root of incident 1"),
        ("rota", "route 1: ana, mudo"),
        ("delivery", "ana was told by mail (that it began)"),
        ("rota", "the rota has nobody on call now"),
    ]


def test_a_symptom_says_whose_it_is(records: Records) -> None:
    hall = Office(records)
    hall.after(0, down("d0", 0), down("d1", 0, because_of="d0"))
    hall.wait(30)
    reasons = told(hall, "d1")
    assert ("cause", "suppressed as a symptom of device-down/d0") in reasons
    assert (
        "incident",
        "it is a symptom in incident 1, whose root device-down/d0 is what people are told of",
    ) in reasons


def test_silences_and_maintenance_say_who_and_why(records: Records) -> None:
    hall = Office(records)
    now = hall.scene.now
    hall.scene.book.silence(ANA, {"device": ["d0"]}, "painting", now + 600, now)
    hall.scene.book.plan_maintenance(CHIEF, "new fibre", {"device": ["d1"]}, "agreed", now, 3600, now)
    hall.after(60, down("d0", 0), down("d1", 0))
    assert ("silence", "silenced by ana: painting") in told(hall, "d0")
    assert ("maintenance", "planned maintenance: new fibre") in told(hall, "d1")
    assert ("incident", "it belongs to no incident, so nobody is told") in told(hall, "d0")


def test_failures_and_switched_off_routes_are_part_of_the_answer(records: Records) -> None:
    hall = Office(records, Notify.model_validate({"routing": [{"severities": ["warning"], "to": ["ana"]}]}))
    hall.after(0, down("d0", 0))
    hall.wait(30)
    assert ("delivery", "nobody was to be told: no route is about it") in told(hall, "d0")
    other = Office(records, Notify(retries=0))
    other.scene.now = hall.scene.now
    other.broken = {"mail"}
    other.after(60, down("d2", 0))
    other.wait(60)
    assert (
        "delivery",
        "ana could not be told (that it began): it is broken; given up after 1 attempts",
    ) in told(other, "d2")


def test_an_ended_alert_keeps_its_reasons(records: Records) -> None:
    hall = Office(records)
    hall.after(0, down("d0", 0))
    hall.scene.book.acknowledge(ANA, ["device-down/d0"], hall.scene.now, "on my way")
    hall.after(60, up("d0", 0))
    hall.wait(120)
    reasons = told(hall, "d0")
    assert ("alert", "acknowledged by ana: on my way") in reasons
    assert ("verdict", "the condition is gone") in reasons
    assert ("delivery", "ana was told by mail (that it is over)") in reasons


def test_a_key_that_never_was_is_answered(records: Records) -> None:
    assert told(Office(records), "d9") == [("verdict", "there has never been an alert device-down/d9")]
