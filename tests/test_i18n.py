"""Two languages: the Spanish catalogue is whole, in step with the code, and nothing in a message is ever parsed."""

from __future__ import annotations

import gettext
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from hypothesis import given
from hypothesis import strategies as st

from nms import i18n
from nms.locale import catalogues
from nms.locale.catalogues import MO_FILE, PO_FILE, Sentences
from nms.locale.extraction import Extraction, Msgid
from nms.model import Message
from nms.views.cli import helping

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


@pytest.fixture(scope="module")
def sentences() -> Sentences:
    return catalogues.gather()


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return catalogues.read()


@pytest.fixture(autouse=True)
def _language() -> None:
    i18n.use("es")


def entries(catalogue: Catalog) -> list[tuple[list[str], list[str], bool]]:
    """(msgids, translations, fuzzy) of every entry, singular and plural alike."""

    def listed(value: object) -> list[str]:
        return [str(one) for one in value] if isinstance(value, tuple | list) else [str(value or "")]

    return [(listed(one.id), listed(one.string), one.fuzzy) for one in catalogue if one.id]


def test_every_sentence_has_a_translation(sentences: Sentences, catalogue: Catalog) -> None:
    fresh = catalogues.merge(sentences, catalogue)
    assert not catalogues.untranslated(fresh), "run “make messages” and translate what it lists"


def test_no_translation_is_a_guess(catalogue: Catalog) -> None:
    assert [ids for ids, _, fuzzy in entries(catalogue) if fuzzy] == []


def test_the_catalogue_holds_no_sentence_that_is_gone(sentences: Sentences, catalogue: Catalog) -> None:
    said = {one for one, _many, _context in sentences.files}
    assert {ids[0] for ids, _, _ in entries(catalogue)} - said == set(), "run “make messages”"


def test_every_sentence_can_be_told_from_the_source(sentences: Sentences) -> None:
    assert sentences.untraced == set(), "mark them with _() or N_()"


def test_translations_keep_the_placeholders_of_their_sentence(catalogue: Catalog) -> None:
    wrong = []
    for ids, strings, _ in entries(catalogue):
        wanted = sorted(_PLACEHOLDER.findall(ids[-1]))
        wrong += [(ids[0], text) for text in strings if sorted(_PLACEHOLDER.findall(text)) != wanted]
    assert wrong == []


def test_translations_begin_and_end_as_their_sentence(catalogue: Catalog) -> None:
    """Blanks at the edges are layout; a final full stop, colon or question mark is part of the style of its place."""
    wrong = []
    for ids, strings, _ in entries(catalogue):
        for text in strings:
            blanks = (ids[0][:1].isspace(), ids[0][-1:].isspace()) == (text[:1].isspace(), text[-1:].isspace())
            last = {one[-1:] for one in (ids[0], text) if one[-1:] in ".:?"}
            if not blanks or (last and ids[0][-1:] != text[-1:]):
                wrong.append((ids[0], text))
    assert wrong == []


def test_what_the_program_reads_is_what_people_edited(catalogue: Catalog) -> None:
    with MO_FILE.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for ids, strings, _ in entries(catalogue):
        if len(ids) == 2:
            assert [compiled.ngettext(ids[0], ids[1], n) for n in (1, 2)] == strings
    for one in catalogue:
        if isinstance(one.id, str) and one.id:
            said = compiled.pgettext(one.context, one.id) if one.context else compiled.gettext(one.id)
            assert said == one.string


def test_writing_the_catalogue_again_changes_nothing(sentences: Sentences, catalogue: Catalog, tmp_path: Path) -> None:
    written = tmp_path / "nms.po"
    catalogues.write(catalogues.merge(sentences, catalogue), written)
    assert written.read_bytes() == PO_FILE.read_bytes(), "run “make messages”"
    assert written.with_suffix(".mo").read_bytes() == MO_FILE.read_bytes(), "run “make messages”"


def test_the_catalogue_tells_nothing_of_the_machine_that_made_it() -> None:
    text = PO_FILE.read_text(encoding="utf-8")
    assert not re.search(r"(Creation|Revision)-Date|Generated-By|Last-Translator|#: /", text)


def test_english_shows_the_sentences_of_the_source(catalogue: Catalog) -> None:
    i18n.use("en")
    assert all(i18n.gettext(ids[0]) == ids[0] for ids, _, _ in entries(catalogue))
    assert i18n.ngettext("{n} alert", "{n} alerts", 1) == "{n} alert"
    assert i18n.ngettext("{n} alert", "{n} alerts", 0) == "{n} alerts"


def test_spanish_counts_as_spanish_does() -> None:
    assert i18n.ngettext("{n} alert", "{n} alerts", 1) == "{n} alerta"
    assert [i18n.ngettext("{n} alert", "{n} alerts", n) for n in (0, 2, 100)] == ["{n} alertas"] * 3


def test_an_unknown_language_becomes_the_default() -> None:
    i18n.use("fr")
    assert i18n.language() == i18n.DEFAULT_LANGUAGE == "es"


def test_no_text_stays_no_text_instead_of_the_header() -> None:
    assert i18n.gettext("") == ""
    assert i18n.render(Message("")) == ""


def test_words_of_ours_inside_a_message_are_translated_and_those_of_devices_are_not() -> None:
    message = Message("{component} reports {metric_msgid}", {"component": "temperature", "metric_msgid": "temperature"})
    assert i18n.render(message, "es") == "temperature informa temperatura"
    assert i18n.render(message, "en") == "temperature reports temperature"


@pytest.mark.parametrize(
    "hostile",
    [
        "{limit}",
        "{0.__class__}",
        "{value!r:>99999999}",
        "%(limit)s",
        "{",
        "}",
        "{{}}",
        "[/red]",
        "{device}",
        "\\{value}",
    ],
)
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_a_device_says_is_put_in_and_never_parsed(hostile: str, language: str) -> None:
    message = Message("value {value}, limit {limit}", {"value": hostile, "limit": 7})
    between = {"es": ("valor ", ", límite 7"), "en": ("value ", ", limit 7")}[language]
    assert i18n.render(message, language) == hostile.join(between)


@given(st.text(), st.text())
def test_any_text_comes_through_a_message_as_it_is(value: str, limit: str) -> None:
    shown = i18n.render(Message("value {value}, limit {limit}", {"value": value, "limit": limit}), "es")
    assert shown == f"valor {value}, límite {limit}"


def nms(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "NMS_LANG"}
    return subprocess.run(
        [sys.executable, "-m", "nms", *arguments],
        capture_output=True,
        text=True,
        env=kept | {"COLUMNS": "100", "PYTHONUTF8": "1"} | environment,
        check=False,
        timeout=60,
    )


def test_help_is_in_spanish_unless_english_is_asked_for() -> None:
    spanish, english = nms("--help").stdout, nms("--lang", "en", "--help").stdout
    assert "Monitor de red y centro de datos para un ayuntamiento." in spanish
    assert "Comandos:" in spanish
    assert "Muestra esta ayuda y termina." in spanish
    assert "por omisión: config.yaml" in spanish
    assert "Network and data-centre monitor for a city hall." in english
    assert "Commands:" in english
    assert nms("--help", NMS_LANG="en").stdout == english


def test_a_wrong_call_is_told_in_the_language_of_the_caller() -> None:
    spanish, english = nms("ticket", "shwo"), nms("--lang=en", "ticket", "shwo")
    assert (spanish.returncode, english.returncode) == (2, 2)
    assert spanish.stderr.splitlines()[-1] == "nms: no existe el comando “shwo”; ¿quiso decir 'show'?"
    assert english.stderr.splitlines()[-1] == "nms: there is no command “shwo”; did you mean 'show'?"


@pytest.mark.parametrize(
    ("arguments", "variable", "language"),
    [
        ([], "", "es"),
        ([], "en", "en"),
        (["--lang", "en", "status"], "", "en"),
        (["--lang=es", "status"], "en", "es"),
        (["--lang", "klingon"], "", "es"),
        (["--lang"], "", "es"),
        (["note", "--", "--lang", "en"], "", "es"),
    ],
)
def test_the_language_of_help_is_known_before_the_call_is_read(
    arguments: list[str], variable: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NMS_LANG", variable)
    assert helping.language_of(arguments) == language


def found_in(tmp_path: Path, source: str) -> Extraction:
    path = tmp_path / "module.py"
    path.write_text(source, encoding="utf-8")
    extraction = Extraction()
    extraction.run([path], tmp_path)
    return extraction


_DETOURS = """
def f():
    return _("first") or Message("second")
---
TABLE = {1: "first", 2: "second"}
def f(k):
    return Message(TABLE.get(k, "first"), {})
---
def f(n):
    text = "first" if n else "second"
    return _(text)
---
def hand_on(template, **params):
    return Message(template, params)
x = hand_on("first"), hand_on("second")
---
def f():
    for k, text in ((1, "first"), (2, "second")):
        yield Message(text, {})
---
ROWS = ((1, "first"), (2, "second"))
def f():
    for k, text in ROWS:
        yield _(text)
---
class E(Exception):
    def __init__(self, template):
        self.message = Message(template)
class F(E):
    "An heir."
x = E("first"), F("second")
---
class E:
    def __init__(self, t):
        self.m = Message(t)
class F(E):
    def __init__(self, number, t):
        super().__init__(t)
x = E("first"), F(3, "second")
---
x = Message("first", {"metric_msgid": "second", "name": "not this"})
---
x = {"template": "first"}, N_("second")
"""


@pytest.mark.parametrize("source", _DETOURS.split("---"))
def test_sentences_are_followed_through_their_detours(tmp_path: Path, source: str) -> None:
    found = found_in(tmp_path, source)
    assert {one.text for one in found.msgids} == {"first", "second"}
    assert not found.untraced


def test_a_plural_is_one_sentence(tmp_path: Path) -> None:
    found = found_in(tmp_path, 'x = ngettext("{n} thing", "{n} things", 3)')
    assert found.msgids == {Msgid("{n} thing", "{n} things", "module.py")}


@pytest.mark.parametrize("source", ['x = Message(f"made of {parts}")', 'import a\nx = _(a() + "b")'])
def test_a_sentence_that_cannot_be_told_is_named(tmp_path: Path, source: str) -> None:
    found = found_in(tmp_path, source)
    assert not found.msgids
    assert len(found.untraced) == 1
