"""Lists: filter, sort, mark, act on many, views, columns, export."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input

from nms.views.tui.listing import Listing
from nms.views.tui.places import Place
from nms.views.tui.screens.form import FormScreen
from nms.views.tui.screens.lists import ListScreen
from tests.views.tui.city import HOSTILE, City
from tests.views.tui.support import Sitting, sitting


def listing(here: Sitting) -> Listing:
    assert isinstance(here.page, ListScreen)
    return here.page.listing


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("devices", (80, 24)),
        ("alerts", (80, 24)),
        ("incidents", (200, 60)),
        ("tickets", (80, 24)),
        ("links", (200, 60)),
        ("ups", (80, 24)),
        ("datacentre", (200, 60)),
        ("applications", (80, 24)),
        ("printers", (200, 60)),
        ("addresses", (80, 24)),
        ("presence", (80, 24)),
        ("events", (200, 60)),
    ],
)
async def test_every_list_shows_its_rows_whatever_they_are_called(
    tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    city = City.of(alerts=20)
    await_folio = city.open_ticket(_administrator(), title=HOSTILE[0], department="dep-01")
    async with sitting(city, tmp_path, place=Place(kind), size=size) as here:
        await here.until(lambda: len(listing(here).shown) > 0, "rows")
        for line in here.text.splitlines():
            assert line.isprintable(), line
        for _ in range(6):
            await here.press("down", "c")
        assert await_folio
        assert here.app.is_running


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_station_is_found_by_any_spelling_and_enter_tells_its_past(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    city = City.of(alerts=2)
    async with sitting(city, tmp_path, place=Place("presence"), size=size) as here:
        await here.until(lambda: len(listing(here).shown) == 40, "rows")
        for spelled in ("00-1B-54-00-00-07", "001b.5400.0007", "00:07", "0007$"):
            here.page.set_filter(spelled)
            assert [row.mac for row in listing(here).shown] == ["00:1b:54:00:00:07"], spelled
        await here.press("enter")
        await here.sees("Switch 1 Gi1/0/7", "Switch 2 Gi1/0/9", "00:1b:54:00:00:07", "forwarding table", "DHCP lease")
        await here.press("enter")
        assert here.page.place.kind == "device"
        await here.press("escape")
        assert here.page.place.kind == "station"


def _administrator():  # type: ignore[no-untyped-def]
    from nms.access import actor

    return actor("ana", ["administrator"])


async def test_typing_a_filter_narrows_the_list_at_once(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.press("slash")
        await here.type("printer")
        assert {row.role for row in listing(here).shown} == {"printer"}
        await here.press("enter", "slash", "home")
        await here.type("!")
        assert "printer" not in {row.role for row in listing(here).shown}
        await here.press("escape", "escape")
        assert len(listing(here).shown) == 60


async def test_a_column_can_be_filtered_by_pattern_and_by_number(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.press("slash")
        await here.type("state:down alerts:>0")
        assert len(listing(here).shown) == 6
        here.page.query_one("#filter", Input).value = "role:^(ups|pdu)$"
        await here.until(lambda: {row.role for row in listing(here).shown} == {"ups", "pdu"}, "two roles")


async def test_columns_sort_naturally_and_the_other_way_round(tmp_path: Path) -> None:
    async with sitting(City.of(alerts=0), tmp_path, place=Place("addresses")) as here:
        assert [row.id for row in listing(here).shown[:3]] == ["dev-00000", "dev-00001", "dev-00002"]
        await here.press("r")
        assert listing(here).shown[0].id == "dev-00059"
        await here.press("greater_than_sign")
        assert listing(here).order == "attention"
        await here.pilot.click("#rows", offset=(3, 0))
        await here.until(lambda: listing(here).order == "address", "a click on the heading")


async def test_marked_alerts_are_acknowledged_together(tmp_path: Path) -> None:
    city = City.of(alerts=10)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        keys = [row.key for row in listing(here).shown[:3]]
        await here.press("space", "space", "space")
        await here.sees("3 marked")
        await here.press("a")
        await here.sees("Acknowledge 3 alerts")
        await here.type("on it")
        await here.press("enter")
        await here.sees("3 alerts acknowledged")
        assert city.done == [("acknowledge", *sorted(keys), "on it")]
        await here.until(
            lambda: sum(row.acknowledged_by == "ana" for row in listing(here).shown) == 3, "their new state"
        )


async def test_with_five_hundred_marked_what_is_refused_keeps_no_other_from_being_done(tmp_path: Path) -> None:
    city = City.of(devices=500, alerts=500)
    refused = {f"device-down/dev-{number:05d}" for number in (7, 250, 499)}
    city.untouchable = frozenset(refused)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        await here.press("ctrl+a")
        await here.sees("500 marked")
        await here.press("m", "x", "ctrl+s")
        await here.hears("silent for 1 hour; 3 refused, the first of them device-down/dev-00")
        silent = [name for act in city.done for name in act[1:-2]]
        assert sorted(silent) == sorted({alert.key for alert in city.alerts_} - refused)
        assert max(len(act) for act in city.done) <= 203, "the daemon takes 200 in a silence"
        city.done.clear()
        await here.press("a", "x", "ctrl+s")
        await here.hears("497 alerts acknowledged; 3 refused")
        assert sum(alert.acknowledged_by == "ana" for alert in city.alerts_) == 497


async def test_tickets_that_are_refused_do_not_keep_the_others_from_being_assigned(tmp_path: Path) -> None:
    city = City.of(alerts=3)
    folios = [city.open_ticket(_administrator(), title="x", department="dep-00") for _ in range(3)]
    city.untouchable = frozenset(folios[:1])
    async with sitting(city, tmp_path, place=Place("tickets")) as here:
        await here.press("ctrl+a", "i", "ctrl+s")
        await here.hears(f"2 tickets assigned to ana; 1 refused, {folios[0]}: {folios[0]} may not be touched")
        assert [ticket.assignee for ticket in city.tickets_] == ["", "ana", "ana"]


async def test_acknowledging_can_open_the_ticket(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        await here.press("a")
        here.app.screen.query_one("#field-ticket").value = True  # type: ignore[attr-defined]
        await here.press("ctrl+s")
        await here.until(lambda: len(city.done) == 2, "both acts")
        assert [act[0] for act in city.done] == ["acknowledge", "open_ticket"]
        assert city.done[1][4] == "device-down/dev-00000"


async def test_two_keys_open_a_ticket_from_an_alert(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        await here.press("t", "enter")
        await here.until(lambda: here.page.place.kind == "ticket", "the ticket")
        assert city.tickets_[0].title == city.alerts_[0].summary
        await here.sees("MC-2026-000001", "Look at the lamps")


async def test_an_alert_with_a_ticket_leads_to_it(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    folio = city.open_ticket(_administrator(), title="x", department="dep-00", alert_key=city.alerts_[0].key)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        await here.press("t")
        await here.until(lambda: here.page.place == Place("ticket", folio), "the ticket")


async def test_silence_needs_a_reason_and_ends(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("devices")) as here:
        await here.press("m", "ctrl+s")
        await here.sees("is needed")
        assert isinstance(here.app.screen, FormScreen)
        await here.type("works")
        await here.press("ctrl+s")
        await here.until(lambda: bool(city.done), "the silence")
        assert city.done == [("silence", "dev-00000", "works", "1")]


async def test_tickets_are_assigned_in_bulk(tmp_path: Path) -> None:
    city = City.of(alerts=2)
    for alert in list(city.alerts_):
        city.open_ticket(_administrator(), title=alert.summary, department="dep-00", alert_key=alert.key)
    city.done.clear()
    async with sitting(city, tmp_path, place=Place("tickets")) as here:
        await here.press("ctrl+a", "i", "ctrl+s")
        await here.until(lambda: len(city.done) == 2, "both")
        assert {act[0] for act in city.done} == {"assign"}
        assert {act[3] for act in city.done} == {"ana"}
        await here.sees("2 tickets assigned to ana")


async def test_poll_now_and_why_work_from_a_list(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("alerts")) as here:
        await here.press("p")
        await here.until(lambda: ("poll", "dev-00000") in city.done, "the poll")
        await here.press("w")
        await here.sees("device-down/dev-00000 was judged", "nobody was told")


async def test_what_is_shown_is_exported_and_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    async with sitting(city, tmp_path, place=Place("devices")) as here:
        here.page.query_one("#filter", Input).value = "HYPERLINK"
        await here.until(lambda: 0 < len(listing(here).shown) < 60, "the filter")
        await here.press("c", "c", "x")
        await here.sees("rows in" if len(listing(here).shown) > 1 else "row in")
        path = next(tmp_path.glob("nms-devices-*.csv"))
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(csv.reader(file))
        assert len(found) == len(listing(here).shown) + 1
        assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row)


async def test_an_export_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        here.app.export_folder = tmp_path / "absent"
        await here.press("x")
        await here.sees("cannot be written")


async def test_copying_takes_the_key_without_escape_sequences(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.press("y")
        assert here.app.clipboard == "dev-00000"


async def test_a_list_comes_back_as_it_was_left(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.press("slash")
        await here.type("switch")
        await here.press("enter", "down", "down", "enter")
        device = here.page.place.argument
        await here.sees("Interfaces")
        await here.press("escape")
        assert listing(here).filter == "switch"
        await here.until(lambda: here.rows.row is not None and here.rows.row.id == device, "the cursor where it was")
        await here.press("right_square_bracket")
        assert here.page.place == Place("device", device)
        await here.press("left_square_bracket")
        assert here.page.place.kind == "devices"


async def test_a_saved_view_sets_filter_and_order(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("links")) as here:
        await here.press("v")
        await here.sees("Busy links")
        await here.type("busy")
        await here.press("enter")
        await here.until(lambda: listing(here).order == "utilisation", "the view")
        assert all(row.utilisation > 0.5 for row in listing(here).shown)
        assert listing(here).shown[0].utilisation == max(row.utilisation for row in listing(here).shown)


async def test_the_mouse_moves_and_opens(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.pilot.click("#rows", offset=(10, 4))
        assert here.rows.cursor == 3
        await here.pilot.click("#rows", offset=(10, 4), times=2)
        await here.until(lambda: here.page.place.kind == "device", "the device")


async def test_what_is_no_regular_expression_is_said_and_looked_for_as_it_stands(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices"), size=(80, 24)) as here:
        await here.press("slash")
        here.page.query_one("#filter", Input).value = "[/"
        await here.sees("“[/” is no regular expression: looked for as it stands")
        assert 0 < len(listing(here).shown) < 60
        assert all("[/" in row.name for row in listing(here).shown)
        here.page.query_one("#filter", Input).value = "role:router"
        await here.until(lambda: "is no regular expression" not in here.text, "the end of that remark")


async def test_columns_are_filtered_by_what_the_screen_calls_them(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices"), language="es") as here:
        await here.press("slash")
        here.page.query_one("#filter", Input).value = "Estado:caído alertas:>0 !rol:impresora"
        await here.until(lambda: len(listing(here).shown) == 6, "those that are down")


async def test_a_broken_saved_view_is_told_at_the_start_and_the_others_work(tmp_path: Path) -> None:
    views = tmp_path / "dashboards"
    views.mkdir()
    (views / "a.yaml").write_text("title: {es: Mal, en: Bad}\nscreen: links\ncolumns: trafic\n")
    (views / "b.yaml").write_text("title: {es: Bien, en: Good}\nscreen: links\ncolumns: ends\norder: -name\n")
    async with sitting(City.of(), tmp_path, place=Place("links"), views=views) as here:
        await here.sees("dashboards/a.yaml:3")
        await here.press("v")
        await here.sees("Good")
        assert "Bad" not in here.text
        await here.press("enter")
        await here.until(lambda: listing(here).set_name == "ends", "its columns")
        assert listing(here).shown[0].name == "Enlace 39"


async def test_events_say_what_they_happened_to(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    told = city.events_[0]
    over = replace(told, kind="resolved", text="the condition is gone", about=told.text, at=told.at + 1)
    city.events_.insert(0, over)
    async with sitting(city, tmp_path, place=Place("events"), size=(80, 24)) as here:
        await here.sees("router 0 does not answer: the condition is", "● alert over", "▲ new alert")
