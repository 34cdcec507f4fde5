"""Device, ticket, trees, palette, rights, languages, themes, the wall."""

from __future__ import annotations

import base64
import re
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from nms.access import actor
from nms.model import Role, TicketStatus
from nms.queries import rows
from nms.views.tui import ssh
from nms.views.tui.kiosk import Kiosk
from nms.views.tui.messages import Heard
from nms.views.tui.places import Place
from nms.views.tui.screens.device import DeviceScreen
from nms.views.tui.screens.form import FormScreen
from nms.views.tui.screens.help import HelpScreen
from nms.views.tui.screens.output import OutputScreen
from nms.views.tui.screens.palette import Entry, PaletteScreen
from nms.views.tui.widgets.graph import Graph
from nms.views.tui.widgets.rowlist import RowList
from tests.views.tui.city import HOSTILE, City
from tests.views.tui.support import Sitting, sitting

ANA = actor("ana", ["administrator"])


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_device_shows_its_parts_and_a_history(tmp_path: Path, size: tuple[int, int]) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("device", "dev-00000"), size=size) as here:
        await here.sees("Interfaces 24", "Gi0/1", "● icmp 4 ms", "Gi0/0 · in", "most")
        assert re.search("[\u2801-\u28ff]{5}", here.text), "a curve of braille"
        await here.press("tab")
        await here.sees("Inlet", "24.5 °C", "Inlet · temperature")
        await here.press("tab")
        await here.sees("▐Alerts 1▌", "does not answer")
        assert "router 0 does not answer" not in here.text, "the page has said whose alert it is"


async def test_the_graph_zooms_pans_compares_and_fills(tmp_path: Path) -> None:
    city = City.of()
    async with sitting(city, tmp_path, place=Place("device", "dev-00000")) as here:

        def last() -> list[str]:
            return [asked for asked in city.asked if asked.startswith("history")][-1].split()

        await here.until(lambda: any("history" in asked for asked in city.asked), "the first history")
        assert last()[2] == "3600"
        await here.press("minus")
        await here.until(lambda: last()[2] == "21600", "six hours")
        await here.press("left")
        await here.until(lambda: abs(int(last()[3]) - 10800) < 600, "three hours earlier")
        await here.press("0", "equals_sign")
        await here.until(lambda: abs(int(last()[3]) - 604800) < 600, "the week before")
        await here.sees("a week before", "┄")
        await here.press("o")
        await here.until(lambda: last()[1] == "interface_out_octets_total", "what goes out")
        height = here.page.query_one(Graph).size.height
        await here.press("f")
        await here.until(lambda: here.page.query_one(Graph).size.height > 2 * height, "the whole screen")


async def test_neighbours_alerts_and_tickets_lead_on(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    folio = city.open_ticket(ANA, title="Repair", department="dep-00", device_id="dev-00000")
    async with sitting(city, tmp_path, place=Place("device", "dev-00000", memory={"section": "tickets"})) as here:
        await here.press("enter")
        await here.until(lambda: here.page.place == Place("ticket", folio), "the ticket")
        await here.press("escape")
        assert here.page.place.kind == "device"
        assert isinstance(here.page, DeviceScreen)
        here.page._to_section("neighbours")
        await here.press("enter")
        await here.until(lambda: here.page.place == Place("device", "dev-00001"), "the neighbour")


@pytest.mark.parametrize(("role", "first"), [(Role.ROUTER, "▐Interfaces 24▌"), (Role.UPS, "▐Readings 2▌")])
async def test_a_device_begins_with_what_matters_for_its_role(tmp_path: Path, role: Role, first: str) -> None:
    city = City.of()
    device = next(row for row in city.devices_ if row.role is role)
    async with sitting(city, tmp_path, place=Place("device", device.id), size=(80, 24)) as here:
        await here.sees(first)


async def test_the_present_section_is_in_sight_on_a_narrow_screen(tmp_path: Path) -> None:
    place = Place("device", "dev-00000")
    async with sitting(City.of(), tmp_path, place=place, size=(80, 24), language="es") as here:
        await here.sees("▐Interfaces 24▌")
        await here.press("shift+tab")
        await here.sees("▐Datos 9▌")
        assert "Interfaces 24" not in here.text


async def test_every_key_of_a_device_leads_where_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = City.of(alerts=1)
    sessions: list[str] = []
    monkeypatch.setattr(ssh, "run", lambda _app, address: sessions.append(address) or "")
    async with sitting(city, tmp_path, place=Place("device", "dev-00000")) as here:
        await here.sees("▐Interfaces 24▌")
        await here.press("p")
        await here.until(lambda: ("poll", "dev-00000") in city.done, "the poll")
        await here.press("s")
        assert sessions == ["10.0.0.0"]
        await here.press("w")
        await here.until(lambda: here.page.place == Place("why", "device-down/dev-00000"), "why")
        await here.press("escape", "c")
        await here.until(lambda: here.page.place == Place("configuration", "dev-00000"), "the configuration")


async def test_the_procedures_for_a_device_are_read_and_begun_from_its_page(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    place = Place("device", "dev-00000", memory={"section": "playbooks"})
    async with sitting(city, tmp_path, place=place, size=(80, 24)) as here:
        await here.sees("▐Playbooks 2▌", "Enlace caído [b]", "corrective", "Revisión")
        await here.press("enter")
        await here.sees("Redes · 60 min · tools: Multímetro", "△ Guantes", "2. Mide la luz")
        await here.press("escape", "t", "enter")
        await here.until(lambda: here.page.place.kind == "ticket", "the ticket")
        assert city.tickets_[0].title == "Enlace caído [b]: router 0"


async def test_a_playbook_is_worked_through(tmp_path: Path) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title=f"Repair {HOSTILE[0]}", department="dep-00", device_id="dev-00000")
    city.done.clear()
    async with sitting(city, tmp_path, place=Place("ticket", folio)) as here:
        await here.sees("[ ]", "Look at the lamps", "-25 – -8 dBm", "△ Guantes", "nobody has it")
        await here.press("enter")
        await here.until(lambda: ("step", folio, "1", "") in city.done, "the tick")
        await here.sees("[✔]", "1/2")
        await here.press("down", "enter")
        assert isinstance(here.app.screen, FormScreen)
        await here.type("-99")
        await here.press("enter")
        await here.sees("outside what the step allows")
        await here.press("enter")
        await here.type("-12.5")
        await here.press("enter")
        await here.until(lambda: ("step", folio, "2", "-12.5") in city.done, "the measurement")
        await here.sees("2/2")


async def test_a_command_is_run_and_its_output_shown_and_kept(tmp_path: Path) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title="Repair", department="dep-00", device_id="dev-00000")
    city.steps[folio] = [
        rows.StepRow(1, "command", "Read the port", True, False, command="show {port:interface}", parameters=("port",)),
        rows.StepRow(2, "command", "Read the fans", True, False, obstacle="dev-00000 has no ssh endpoint"),
    ]
    async with sitting(city, tmp_path, place=Place("ticket", folio)) as here:
        await here.sees("enter runs it", "show {port:interface}")
        await here.press("enter")
        await here.type("Gi1/0/1")
        await here.press("enter")
        await here.until(lambda: ("run", folio, "1", "show Gi1/0/1", "") in city.done, "the command")
        await here.until(lambda: isinstance(here.app.screen, OutputScreen), "its output")
        await here.sees("Gi1  up", "as expected", "show Gi1/0/1")
        await here.press("escape", "v")
        await here.until(lambda: isinstance(here.app.screen, OutputScreen), "the evidence")
        await here.press("escape", "down", "enter")
        assert isinstance(here.app.screen, FormScreen)
        await here.type("all turn")
        await here.press("enter")
        await here.until(lambda: ("step", folio, "2", "all turn") in city.done, "what was read by hand")


async def test_time_parts_and_photos_are_noted_on_the_page_of_a_ticket(tmp_path: Path) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title="Repair", department="dep-00")
    city.steps[folio].append(rows.StepRow(3, "attach", "Photograph the rack", True, False))
    (tmp_path / "rack.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 92)
    async with sitting(city, tmp_path, place=Place("ticket", folio)) as here:
        await here.press("T")
        await here.type("12,5")
        here.app.screen.query_one("#field-cost").value = "1,200.50"  # type: ignore[attr-defined]
        await here.press("ctrl+s")
        await here.until(lambda: ("time", folio, "12.5", "ana", "1200.5", "") in city.done, "the time")
        await here.sees("12.5 min of work", "1,200.50 MXN")
        await here.press("T")
        await here.type("twelve")
        await here.press("ctrl+s")
        await here.sees("“twelve” is not a number")
        await here.press("P")
        await here.type("SFP LX")
        await here.press("ctrl+s")
        await here.until(lambda: ("part", folio, "SFP LX", "1", "0", "") in city.done, "the part")
        await here.press("down", "down", "enter")
        await here.type(str(tmp_path / "nothing.png"))
        await here.press("ctrl+s")
        await here.sees("cannot be read")
        await here.press("enter")
        await here.type(str(tmp_path / "rack.png"))
        await here.press("ctrl+s")
        await here.until(lambda: ("attach", folio, "rack.png", "100", "3", "") in city.done, "the photo")


async def test_a_value_outside_its_limits_asks_for_a_remark(tmp_path: Path) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title="Repair", department="dep-00")
    city.steps[folio][1] = replace(city.steps[folio][1], evidence="-30 dBm", settled=False)
    async with sitting(city, tmp_path, place=Place("ticket", folio)) as here:
        await here.press("down", "enter")
        await here.type("-12")
        await here.press("ctrl+s")
        await here.sees("“Remark (needed outside the limits)” is needed")


async def test_a_ticket_is_assigned_noted_and_resolved(tmp_path: Path) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title="Repair", department="dep-00")
    city.done.clear()
    async with sitting(city, tmp_path, place=Place("ticket", folio)) as here:
        await here.press("i", "ctrl+s")
        await here.sees("◐ ana")
        await here.press("n")
        await here.type("cable found")
        await here.press("enter")
        await here.sees("cable found")
        await here.press("r")
        here.app.screen.query_one("#field-note").value = "new cable"  # type: ignore[attr-defined]
        await here.press("ctrl+s")
        await here.until(lambda: city.tickets_[0].status is TicketStatus.RESOLVED, "the end")
        assert city.done[-1] == ("resolve", folio, "new cable", "", "", "hardware", "repaired")
        await here.until(lambda: "open again" in here.text and "start" not in here.text, "only the keys that work now")


async def test_a_tree_folds_and_keeps_what_needs_a_look(tmp_path: Path) -> None:
    city = City.of(alerts=0)
    city.break_device("dev-00020")
    async with sitting(city, tmp_path, place=Place("topology")) as here:
        listed = here.page.query_one(RowList)
        assert len(listed.rows) == 7
        assert "├─" in here.text
        assert "└─" in here.text
        await here.press("z")
        assert [branch.row.device for branch in listed.rows] == [
            "dev-00000", "dev-00001", "dev-00002", "dev-00020", "dev-00021",
        ]  # fmt: skip
        await here.sees("(+2 ●)")
        await here.press("end", "left")
        assert listed.row is not None
        assert listed.row.row.device == "dev-00002"
        await here.press("left")
        await here.sees("(+2 ✖)")
        await here.press("slash")
        await here.type("environment")
        await here.press("enter")
        assert listed.rows[0].row.device == "dev-00000", "what it hangs on stays"
        await here.press("enter")
        await here.until(lambda: here.page.place.kind == "device", "the device")


async def test_the_palette_reaches_acts_screens_and_objects(tmp_path: Path) -> None:
    city = City.of(alerts=2)
    async with sitting(city, tmp_path) as here:
        await here.press("ctrl+p")
        await here.type("dev-00042")
        await here.sees("10.0.0.42")
        await here.press("enter")
        await here.until(lambda: here.page.place == Place("device", "dev-00042"), "the device")
        await here.press("ctrl+p")
        await here.type("poll now")
        await here.press("enter")
        await here.until(lambda: ("poll", "dev-00042") in city.done, "the act")
        await here.press("colon")
        await here.type("power")
        await here.press("enter")
        assert here.page.place.kind == "power"
        await here.press("colon")
        await here.type("no such thing")
        await here.sees("nothing is called so")
        await here.press("enter", "escape")
        assert here.page.place.kind == "power"


@pytest.mark.parametrize(
    ("typed", "kind", "listed"),
    [("MC-2026-000001", "ticket", "Repair"), ("enlace 7", "links", "wan-7"), ("site-13", "devices", "site-13"),
     ("troncal 2", "device", "Troncal 2")],
)  # fmt: skip
async def test_the_palette_finds_what_was_on_no_screen_yet(tmp_path: Path, typed: str, kind: str, listed: str) -> None:
    city = City.of(alerts=2)
    city.open_ticket(ANA, title="Repair", department="dep-00")
    async with sitting(city, tmp_path) as here:
        await here.press("colon")
        assert isinstance(here.app.screen, PaletteScreen)
        here.app.screen.query_one(Input).value = typed
        await here.until(lambda: listed in here.text.replace(typed, "", 1), "it in the list")
        await here.press("enter")
        await here.until(lambda: here.page.place.kind == kind, "its screen")


async def test_what_is_entered_before_it_has_come_is_gone_to_when_it_comes(tmp_path: Path) -> None:
    there: list[Entry] = []
    async with sitting(City.of(alerts=2), tmp_path) as here:
        chosen: list[object] = []
        palette = PaletteScreen(lambda: iter(there), "", awaited=frozenset({"links"}))
        here.app.push_screen(palette, chosen.append)
        await here.until(lambda: here.app.screen is palette, "the palette")
        await here.type("wan-7")
        await here.press("enter")
        assert chosen == []
        there.append(Entry("link", "wan-7", place=Place("links")))
        palette.post_message(Heard(frozenset({"links"})))
        await here.until(lambda: chosen == [Place("links")], "what was entered")


async def test_who_may_not_act_does_not_see_the_keys(tmp_path: Path) -> None:
    city = City.of(alerts=1)
    async with sitting(city, tmp_path, place=Place("alerts"), role="viewer") as here:
        assert "acknowledge" not in here.text
        await here.press("a", "t", "m", "p", "s")
        assert here.page.place.kind == "alerts"
        assert not isinstance(here.app.screen, FormScreen)
        assert city.done == []
    async with sitting(city, tmp_path, place=Place("alerts"), role="technician") as here:
        assert "acknowledge" in here.text
        assert "silence" not in here.text


@pytest.mark.parametrize("language", ["es", "en"])
async def test_a_ticket_on_a_small_screen_tells_its_time_and_its_log_at_once(tmp_path: Path, language: str) -> None:
    city = City.of()
    folio = city.open_ticket(ANA, title="Repair", department="dep-00", device_id="dev-00000")
    async with sitting(city, tmp_path, place=Place("ticket", folio), size=(80, 24), language=language) as here:
        await here.sees("quedan 59m" if language == "es" else "59m left", "[ ]", "opened")
        city.steps[folio] *= 12
        here.app.follower.poke()
        await here.until(lambda: "opened" not in here.text, "a long checklist without the log")
        await here.press("tab")
        await here.sees("opened")


async def test_the_palette_begins_with_what_one_can_do_here(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("alerts"), size=(80, 24), language="es") as here:
        await here.press("ctrl+p")
        await here.sees("atender", "silenciar")
        listed = [entry.text for entry in here.app.screen.query_one(RowList).rows]
        assert "Quit" not in listed
        assert not {text for text in listed if text.startswith(("página", "foco", "copiar el texto"))}


async def test_help_on_a_small_screen_cuts_no_key(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("devices"), size=(80, 24), language="es") as here:
        await here.press("question_mark")
        await here.sees("ordenar por la columna anterior")
        assert "…" not in "".join(line[3:76] for line in here.text.splitlines()[1:-2])


async def test_no_text_of_a_device_breaks_a_screen_or_acts(tmp_path: Path) -> None:
    """Names as equipment may send them: on its pages, in the tree, the palette, a form, a notice, the clipboard."""
    city = City.of(devices=80, alerts=0)
    hostile = [row for row in city.devices_ if int(row.id[-5:]) % 7 == 3]
    alerts = [city.break_device(row.id, tell=False) for row in hostile]
    folios = [
        city.open_ticket(ANA, title=alert.summary, department="dep-00", device_id=alert.device) for alert in alerts
    ]
    places = [*(Place("device", row.id) for row in hostile), *(Place("ticket", folio) for folio in folios)]
    async with sitting(city, tmp_path, place=Place("alerts"), size=(80, 24)) as here:
        written: list[str] = []
        assert here.app._driver is not None
        here.app._driver.write = written.append  # type: ignore[method-assign,assignment]
        await here.press("a")
        assert whole(here)
        await here.press("escape")
        for place in [*places, Place("topology"), Place("racks"), Place("why", alerts[0].key)]:
            here.app.go(place)
            await here.until(lambda: here.app.wanted_topics() <= here.app.mirror.held.keys(), "what it shows")
            assert whole(here), place
        await here.press("colon", "d", "e", "v")
        assert whole(here)
        await here.press("escape")
        here.app.say(hostile[3].name)
        here.app.go(Place("devices"))
        await here.until(lambda: here.page.place.kind == "devices", "the list")
        await here.press("y")
        assert whole(here)
        assert here.app.is_running
    copied = base64.b64encode(b"dev-00003").decode()
    assert [text for text in written if "\x1b]52" in text] == [f"\x1b]52;c;{copied}\a"], (
        "what we copy, and nothing else"
    )


def whole(here: Sitting) -> bool:
    lines = here.text.splitlines()
    return len(lines) == 24 and all(line.isprintable() and cell_len(line) == 80 for line in lines)


async def test_help_names_every_key_of_the_screen(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, place=Place("alerts")) as here:
        await here.press("question_mark")
        assert isinstance(here.app.screen, HelpScreen)
        await here.sees("acknowledge", "Type / to filter")
        await here.press("escape")
        assert here.page.place.kind == "alerts"


async def test_the_language_changes_live(tmp_path: Path) -> None:
    from nms import i18n

    city = City.of()
    async with sitting(city, tmp_path, place=Place("alerts"), language="en") as here:
        await here.press("L")
        await here.until(
            lambda: here.app.mirror.client.language == "es" and "alerts" in here.app.mirror.held, "Spanish"
        )
        i18n.use("es")
        word = i18n.gettext("severity")
        i18n.use("en")
        await here.sees(word)


async def test_themes_change_live_and_every_one_keeps_glyph_and_word(tmp_path: Path) -> None:
    async with sitting(City.of(alerts=2), tmp_path) as here:
        seen = set()
        for _ in range(3):
            seen.add(here.app.theme)
            assert "✖" in here.text
            assert "degraded" in here.text
            await here.press("T")
        assert seen == {"dark", "light", "high-contrast"}


async def test_ssh_takes_addresses_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ssh.command("10.0.0.1") == ["ssh", "--", "10.0.0.1"]
    assert ssh.command("fe80::1") == ["ssh", "--", "fe80::1"]
    for hostile in ("-oProxyCommand=id", "a b", "$(id)", "", "x;y", "user@host\n"):
        assert ssh.command(hostile) is None
    ran: list[list[str]] = []
    monkeypatch.setattr(subprocess, "run", lambda argv, **_: ran.append(argv))
    monkeypatch.setattr(ssh.shutil, "which", lambda name: f"/usr/bin/{name}")
    async with sitting(City.of(), tmp_path, place=Place("devices")) as here:
        await here.press("s")
        await here.sees("cannot be put aside")
        assert ran == []


async def test_the_wall_turns_by_itself_and_waits_for_a_key(tmp_path: Path) -> None:
    async with sitting(City.of(), tmp_path, kiosk=True) as here:
        kiosk = here.app.kiosk
        assert kiosk is not None
        assert here.page.place.kind == "overview"
        kiosk.next_at = time.time()
        await here.until(lambda: here.page.place.kind == "alerts", "the next board")
        await here.sees("Unattended alerts")
        await here.press("down")
        assert kiosk.next_at > time.time() + 30


def test_a_wall_without_boards_stays_at_the_overview() -> None:
    kiosk = Kiosk.of([], 0.0)
    assert kiosk.first == Place("overview")
    assert kiosk.turn(1e9) is None
