"""Hostile text: what devices and people send is made harmless once."""

from hypothesis import given
from hypothesis import strategies as st

from nms.i18n import render, substitute
from nms.model import Message
from nms.text import clean, spreadsheet_safe


@given(st.one_of(st.text(), st.binary()))
def test_cleaned_text_holds_no_control_characters_and_is_stable(raw: str | bytes) -> None:
    text = clean(raw)
    assert all(ord(c) >= 32 and not 0x7F <= ord(c) <= 0x9F for c in text)
    assert "\u202e" not in text
    assert clean(text) == text


def test_escape_sequences_are_gone_and_words_stay_apart() -> None:
    assert clean("core\x1b]52;c;aGk=\x07switch\r\nroom 7\x9b31m") == "core ]52;c;aGk= switch room 7 31m"


def test_old_agents_speak_latin_1() -> None:
    assert clean(b"Tesorer\xeda") == "Tesorería"
    assert clean("Tesorería".encode()) == "Tesorería"


def test_newlines_are_kept_where_asked() -> None:
    assert clean("a  b\n\tc\x00", keep_newlines=True) == "a b\nc"


def test_very_long_text_is_cut() -> None:
    assert len(clean("x" * 100_000, limit=50)) == 50


def test_formulas_do_not_run_in_spreadsheets() -> None:
    assert spreadsheet_safe("=cmd|' /C calc'!A0").startswith("'=")
    assert spreadsheet_safe("Tesorería") == "Tesorería"


def test_parameters_are_put_in_literally() -> None:
    hostile = Message("{device} is down", {"device": "{0.__class__} {device} [@click=app.quit]"})
    assert render(hostile, "en") == "{0.__class__} {device} [@click=app.quit] is down"
    assert substitute("{missing} and {", {}) == "{missing} and {"
