"""What needs no terminal: filters, graphs, trees, trails, views, text on its way out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from nms import i18n
from nms.model import Role, State
from nms.queries.rows import Attention, EventRow, TreeRow
from nms.views.tui import braille
from nms.views.tui.boards import boards
from nms.views.tui.filters import fold, parse
from nms.views.tui.lists.columns import Column, natural
from nms.views.tui.lists.registry import LISTS
from nms.views.tui.lists.tree import branches, fine_branches
from nms.views.tui.palette import Palette, over
from nms.views.tui.places import Place, Trail
from nms.views.tui.safe import abbreviated, fit, shown, wrap
from nms.views.tui.scales import moments, rounded
from nms.views.tui.themes import themes
from nms.views.tui.timespan import Timespan
from nms.views.tui.values import bits, quantity, share, without
from nms.views.tui.widgets.drawn import line
from nms.views.tui.widgets.rowlist import layout
from nms.views.tui.widgets.summary import of_note
from nms.views.tui.words import tile_word

OFFICE = ZoneInfo("America/Mexico_City")
DASHBOARDS = Path(__file__).parents[3] / "dashboards"


@given(st.text(max_size=60), st.integers(1, 40))
def test_text_fits_its_cells_exactly_and_carries_no_control(text: str, width: int) -> None:
    fitted = fit(text, width)
    assert cell_len(fitted) == width
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in fitted)


@given(st.text(max_size=200), st.integers(5, 40), st.integers(1, 5))
def test_wrapped_text_stays_inside_its_box(text: str, width: int, lines: int) -> None:
    found = wrap(text, width, lines)
    assert len(found) <= lines
    assert all(cell_len(line) <= width for line in found)


@given(st.text(max_size=100))
def test_no_filter_breaks_the_list(text: str) -> None:
    for term in parse(text, {"state": "state"}):
        term.pattern.search("anything at all")


def test_filters_know_fields_inversion_quotes_and_numbers() -> None:
    fields = {"estado": "state", "alerts": "alerts"}
    state, text, number, quoted = parse('Estado:down !Tesorería alerts:>=2 "no answer"', fields)
    assert (state.field, state.inverse) == ("state", False)
    assert text.inverse
    assert text.pattern.search(fold("TESORERIA municipal"))
    assert number.compare is not None
    assert number.compare(2)
    assert not number.compare(1)
    assert quoted.pattern.pattern == "no answer"
    assert parse("http://x", {"state": "state"})[0].field == ""


def test_names_sort_as_people_count() -> None:
    assert sorted(["sw-10", "sw-2", "SW-1"], key=natural) == ["SW-1", "sw-2", "sw-10"]


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=90), st.integers(1, 12))
def test_curves_are_as_wide_as_their_values_and_as_tall_as_asked(values: list[float | None], rows: int) -> None:
    drawn = braille.curve(values, rows, 0.0, 100.0, filled=True)
    assert len(drawn) == rows
    assert all(len(line) == (len(values) + 1) // 2 for line in drawn)


def test_a_curve_fills_what_is_below_it_and_leaves_gaps_empty() -> None:
    assert braille.curve([0, 1, None, None, 1, 1], 1, 0, 1, filled=True) == ["⣸ ⣿"]


def test_sparks_show_gaps_as_nothing() -> None:
    assert braille.spark([0.0, None, 7.0], 3) == "▁ █"
    assert braille.spark([], 3) == "   "


def test_bars_fill_by_eighths() -> None:
    assert braille.bar(0.5, 4) == "██··"
    assert braille.bar(1.0, 4) == "████"
    assert braille.bar(-1.0, 2) == "··"


def _tree() -> list[TreeRow]:
    shape = [("a", 0, 2), ("b", 1, 1), ("c", 2, 0), ("d", 1, 0), ("e", 0, 0)]
    return [TreeRow(n, n, Role.SWITCH, State.UP, Attention.FINE, d, kids) for n, d, kids in shape]


def test_a_tree_is_drawn_with_the_right_corners() -> None:
    drawn = [branch.lines for branch in branches(_tree(), set())]
    assert drawn == ["", "├─ ", "│  └─ ", "└─ ", ""]


def test_folding_hides_what_is_below_and_counts_it() -> None:
    found = branches(_tree(), {"b"})
    assert [(branch.row.device, branch.hidden) for branch in found] == [("a", 0), ("b", 1), ("d", 0), ("e", 0)]
    assert fine_branches(_tree()) == {"a", "b"}


def test_a_narrowed_tree_keeps_the_way_from_the_root() -> None:
    assert [branch.row.device for branch in branches(_tree(), set(), {"c"})] == ["a", "b", "c"]


def test_the_trail_goes_back_forward_and_up() -> None:
    trail = Trail()
    trail.go(Place("devices"))
    trail.go(Place("device", "x"))
    assert [place.kind for place in trail.crumbs()] == ["devices", "device"]
    assert trail.up() == Place("devices")
    assert trail.forward() == Place("device", "x")
    assert trail.back() == Place("devices")
    assert trail.up() == Place("overview")
    assert trail.up() is None


def test_zooming_out_from_the_past_never_shows_the_future() -> None:
    past = Timespan(1).panned(-1, 10_000.0)
    assert past.bounds(10_000.0) == (4600.0, 8200.0)
    assert past.zoomed(1, 10_000.0).end is None
    assert past.panned(5, 10_000.0).end is None


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_column_set_names_columns_that_exist(name: str) -> None:
    spec = LISTS[name]()
    assert spec.column(spec.order) is not None
    for names in spec.sets.values():
        assert all(spec.column(column) is not None for column in names)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_view_that_comes_with_the_monitor_is_right(language: str) -> None:
    found, wrong = boards(DASHBOARDS, language)
    assert wrong == []
    assert len(found) == len(list(DASHBOARDS.glob("*.yaml")))
    assert any(board.wall for board in found)
    for board in found:
        if board.kind in LISTS:
            spec = LISTS[board.kind]()
            assert board.memory.get("order", spec.order) in {column.name for column in spec.columns}
            assert board.memory.get("set", next(iter(spec.sets))) in spec.sets


def test_a_broken_view_is_told_and_the_others_work(tmp_path: Path) -> None:
    folder = tmp_path / "dashboards"
    folder.mkdir()
    (folder / "good.yaml").write_text("title: {es: Bien, en: Good}\nscreen: links\nwall: 5s\n")
    (folder / "a.yaml").write_text("title: {es: Mal\nscreen: links\n")
    (folder / "b.yaml").write_text("title: {es: Mal, en: Bad}\nscreen: nowhere\nfiltr: x\nwall: soon\n")
    (folder / "c.yaml").write_text("title: {es: Mal, en: Bad}\nscreen: links\norder: -speed\ncolumns: trafic\n")
    found, wrong = boards(folder, "en")
    assert [(board.title, board.wall) for board in found] == [("Good", 5.0)]
    places = ["a.yaml:2", "b.yaml:2", "b.yaml:3", "b.yaml:4", "c.yaml:3", "c.yaml:4"]
    assert [line.split(": ", 1)[0] for line in wrong] == [f"dashboards/{place}" for place in places]
    assert wrong[3:] == [
        "dashboards/b.yaml:4: “wall”: soon is not a time",
        "dashboards/c.yaml:3: “order”: the screen “links” has no “speed”",
        "dashboards/c.yaml:4: “columns”: the screen “links” has no “trafic”",
    ]
    assert not any("{" in line for line in wrong)


def test_columns_without_room_are_left_out_the_least_kept_first() -> None:
    columns = [Column(n, n, w, lambda _r, _c: "", grow=g, keep=k) for n, w, g, k in
               (("a", 10, 1, 9), ("b", 10, 0, 1), ("c", 10, 0, 5))]  # fmt: skip
    assert [(column.name, width) for column, width in layout(columns, 30)] == [("a", 17), ("c", 10)]
    assert [column.name for column, _ in layout(columns, 200)] == ["a", "b", "c"]
    assert [column.name for column, _ in layout(columns, 5)] == ["a"]


def test_numbers_are_short_and_unknown_is_empty() -> None:
    assert bits(1_234_567) == "1.23 Mbit/s"
    assert bits(None) == ""
    assert share(0.004) == "<1 %"
    assert share(0.0) == "0 %"
    assert quantity(0.1234, "ratio") == "12.3 %"
    assert quantity(36.6, "celsius") == "36.6 °C"
    assert quantity(7200, "seconds") == "2h 00m"


def test_bidirectional_tricks_do_not_reach_the_terminal() -> None:
    assert shown("\u202egnp.exe") == "gnp.exe"
    assert "\x1b" not in shown("\x1b]52;c;x\x07")


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Style, background: Style) -> float:
    assert one.color is not None
    assert background.bgcolor is not None
    colours = one.color.get_truecolor().hex, background.bgcolor.get_truecolor().hex
    least, most = sorted(map(_luminance, colours))
    return (most + 0.05) / (least + 0.05)


@pytest.mark.parametrize("name", sorted(themes()))
def test_every_text_can_be_read_wherever_it_may_stand(name: str) -> None:
    """Contrast as WCAG 2 computes it: 4.5 at least, 7 in the theme of that name; under the cursor and in bars too."""
    theme = themes()[name]
    colours = {**theme.variables, "foreground": theme.foreground or "", "panel": theme.panel or ""}
    palette = Palette.of_theme({**colours, "accent": theme.accent or ""})
    texts = [palette.text, palette.dim, palette.strong, palette.accent, palette.marked, *palette.attention.values()]
    grounds = [Style(bgcolor=theme.background), Style(bgcolor=theme.surface), palette.bar, palette.cursor]
    for ground in grounds:
        for text in texts:
            found = _contrast(over(ground, text), ground)
            assert found >= (7.0 if name == "high-contrast" else 4.5), (text, ground, found)
    assert palette.cursor.bgcolor != palette.bar.bgcolor, "the line under the cursor stands out"


def test_a_line_keeps_its_background_also_where_no_style_is_given() -> None:
    bar = Style(bgcolor="#112233")
    plain = Style()
    strip = line([("a", Style(bold=True)), (" ", plain), (" ", plain), ("", Style(bold=True)), ("b", plain)], 9, bar)
    assert strip.text == "a  b     "
    assert len(strip) == 3, "neighbours of one style are one segment"
    assert all(segment.style is not None and segment.style.bgcolor == bar.bgcolor for segment in strip)


def test_axes_carry_round_numbers_and_round_moments() -> None:
    assert rounded(0.0, 241_000.0, 5, "bits_per_second") == (0.0, 250e3, [0.0, 50e3, 100e3, 150e3, 200e3, 250e3])
    assert rounded(0.0, 1.0, 2, "ratio")[2] == [0.0, 0.5, 1.0]
    assert rounded(21.3, 24.6, 4, "celsius") == (21.0, 25.0, [21.0, 22.0, 23.0, 24.0, 25.0])
    assert rounded(0.0, 1.9 * 1024**3, 2, "bytes")[1] == 2 * 1024**3
    assert rounded(-3.0, 3.0, 1, "watts")[:2] == (-10.0, 10.0)
    midnight = datetime(2026, 9, 21, tzinfo=OFFICE).timestamp()
    told = list(moments(midnight - 3000, midnight + 3900, 6, OFFICE))
    assert [text for _at, text in told] == ["23:30", "09-21", "00:30", "01:00"]


@given(
    low=st.floats(-1e9, 1e9),
    span=st.floats(1e-6, 1e12),
    most=st.integers(1, 20),
    unit=st.sampled_from(["seconds", "bytes", "celsius"]),
)
def test_what_is_drawn_stays_between_the_ends_of_the_axis(low: float, span: float, most: int, unit: str) -> None:
    start, end, marks = rounded(low, low + span, most, unit)
    room = max(abs(low), span) * 1e-6
    assert start <= low + room
    assert end >= low + span - room
    assert len(marks) <= most + 2
    assert marks[0] == start


def test_names_that_begin_alike_stay_apart_in_a_narrow_tile() -> None:
    names = ["Desarrollo Urbano", "Desarrollo Social", "Desarrollo Económico", "Desarrollo Rural"]
    short = [fit(abbreviated(name, 11), 11) for name in names]
    assert len(set(short)) == 4
    assert abbreviated("Obras Públicas", 14) == "Obras Públicas"
    assert abbreviated("Instituto de la Mujer", 11) == "Ins. Mujer"
    assert abbreviated("", 5) == ""


def test_a_problem_does_not_repeat_the_name_beside_it() -> None:
    assert without("UPS 1 · on battery", "UPS 1") == "on battery"
    assert without("UPS 1 does not answer", "UPS 1") == "does not answer"
    assert without("UPS 12 does not answer", "UPS 1") == "UPS 12 does not answer"
    assert without("UPS 1", "UPS 1") == "UPS 1"
    assert without("anything", "") == "anything"


def test_the_ticker_leaves_out_what_another_alert_explains() -> None:
    def event(kind: str, key: str) -> EventRow:
        return EventRow(0.0, kind, "critical", kind, key)

    told = [event("suppressed", "b"), event("fired", "b"), event("incident-opened", "a"), event("fired", "a")]
    assert of_note(told) == [told[3]]


def test_a_department_that_is_up_with_trouble_does_not_say_up() -> None:
    i18n.use("en")
    assert tile_word("up", Attention.UNATTENDED) == "trouble"
    assert tile_word("up", Attention.FINE) == "up"
    assert tile_word("down", Attention.MAINTENANCE) == "down"
