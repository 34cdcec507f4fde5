"""The catalogues of translations: `python -m nms.locale.catalogues` (or `make messages`) after any change of words.

It gathers every sentence that people may read, writes them into `es/LC_MESSAGES/nms.po` beside the translations that
are there, and compiles `nms.mo`. Translations are never guessed: a changed sentence is a new one without translation.
What the files hold depends on the sources alone, not on the machine or the day.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from nms.locale.extraction import Extraction, Msgid

_SOURCES = Path(__file__).resolve().parents[2]
_TEMPLATES = ("*.html", "*.j2", "*.jinja", "*.svg", "*.xml")
_TRANSLATED = "es"
PO_FILE = Path(__file__).parent / _TRANSLATED / "LC_MESSAGES" / "nms.po"
MO_FILE = PO_FILE.with_suffix(".mo")

_COMMENT = """# Spanish (Mexico) translations of nms.
# Write translations here, then run “make messages”. See docs/translating.md."""
_HEADERS = [
    ("Project-Id-Version", "nms"),
    ("Language", "es_MX"),
    ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit"),
]


class _Catalogue(Catalog):
    """A catalogue whose header has no dates and no names of machines or tools."""

    mime_headers = property(lambda self: _HEADERS)


@dataclass(slots=True)
class Sentences:
    """All msgids, with the files that say each; `untraced`: places from which the sentence could not be told."""

    files: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    untraced: set[str] = field(default_factory=set)

    def add(self, found: Iterable[Msgid]) -> None:
        for one in found:
            self.files.setdefault((one.text, one.plural, one.context), set()).add(one.file)


def gather(root: Path = _SOURCES) -> Sentences:
    """Every sentence of the sources. `root` is the directory in which `nms/` is."""
    sentences = Sentences()
    code = Extraction()
    package = root / "nms"
    own = {package / "i18n.py", *(package / "locale").rglob("*.py")}
    code.run((path for path in package.rglob("*.py") if path not in own), root)
    sentences.add(code.msgids)
    sentences.untraced = code.untraced
    sentences.add(_in_templates(package, root))
    sentences.add(_metrics())
    sentences.add(_commands())
    sentences.add(_keys())
    sentences.add(_families(root))
    return sentences


def _in_templates(package: Path, root: Path) -> Iterator[Msgid]:
    from jinja2.ext import babel_extract

    for path in sorted(path for pattern in _TEMPLATES for path in package.rglob(pattern)):
        found = babel_extract(BytesIO(path.read_bytes()), ["_", "gettext", "ngettext"], [], {"trimmed": "true"})
        for _line, _function, text, _comments in found:
            one, many = (text[0], text[1]) if isinstance(text, tuple) else (text, "")
            if one:
                yield Msgid(one, many or "", path.relative_to(root).as_posix())


def _metrics() -> Iterator[Msgid]:
    from nms.metrics import METRICS, title
    from nms.rules.derived import UNITS

    for name in (*METRICS, *UNITS):
        yield Msgid(title(name), "", "nms/metrics.py")


def _commands() -> Iterator[Msgid]:
    """The help of every command, argument and option, and the words around them."""
    from nms.views.cli import helping, main

    for text in helping.texts(main.command()):
        yield Msgid(text, "", "nms/views/cli")


def _keys() -> Iterator[Msgid]:
    """What Textual's own keys do: the help of a screen lists them beside ours."""
    from textual.app import App
    from textual.binding import Binding
    from textual.containers import ScrollableContainer
    from textual.screen import Screen

    for owner in (App, Screen, ScrollableContainer):
        for binding in owner.BINDINGS:
            if isinstance(binding, Binding) and binding.description:
                yield Msgid(binding.description, "", "nms/views/tui")


def _families(root: Path) -> Iterator[Msgid]:
    """The words of the enumerations of all families, and what they call parts."""
    from nms.collect.words import of_families

    for context, text, file in of_families(root / "collectors"):
        yield Msgid(text, "", file, context)


def read(path: Path = PO_FILE) -> Catalog:
    """A catalogue from its .po file; an empty one where there is none yet."""
    if not path.exists():
        return Catalog(locale=_TRANSLATED)
    with path.open("rb") as file:
        return read_po(file, locale=_TRANSLATED)


def merge(sentences: Sentences, before: Catalog) -> Catalog:
    """The sentences of today with the translations of before; those of sentences that are gone are left out."""
    catalogue = _Catalogue(locale=_TRANSLATED, header_comment=_COMMENT, fuzzy=False)
    plurals = {one: many for one, many, _ in sentences.files if many}
    for (one, many, context), files in sorted(sentences.files.items()):
        if one in plurals and not many and not context:
            continue  # said with and without plural: gettext keeps one entry for both
        alone = set() if context else sentences.files.get((one, "", ""), set())
        places = [(file, None) for file in sorted(files | alone)]
        told = _translation(before, one, many, context)
        catalogue.add((one, many) if many else one, told, locations=places, context=context or None)  # type: ignore[arg-type]
    return catalogue


def _translation(before: Catalog, one: str, many: str, context: str) -> Any:
    known = before.get(one, context or None)
    kept = known.string if known is not None and not known.fuzzy else ""
    if many:
        return kept if isinstance(kept, tuple | list) else (kept, "")
    return kept[0] if isinstance(kept, tuple | list) else kept


def write(catalogue: Catalog, po_file: Path = PO_FILE) -> None:
    """Writes the .po and, beside it, the .mo that the program reads."""
    po_file.parent.mkdir(parents=True, exist_ok=True)
    with po_file.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    with po_file.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def untranslated(catalogue: Catalog) -> list[str]:
    """The msgids without a whole translation."""
    missing: list[str] = []
    for message in catalogue:
        if message.id:
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if message.fuzzy or not all(strings):
                missing.append(str(message.id[0] if isinstance(message.id, tuple | list) else message.id))
    return missing


def main() -> int:
    sentences = gather()
    catalogue = merge(sentences, read())
    write(catalogue)
    missing = untranslated(catalogue)
    sys.stdout.write(f"{len(catalogue)} sentences, {len(missing)} without translation in {PO_FILE.name}\n")
    for text in missing:
        sys.stdout.write(f"  no translation: {text}\n")
    for place in sorted(sentences.untraced):
        sys.stdout.write(f"  cannot tell which sentence this is, mark it with _() or N_(): {place}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
