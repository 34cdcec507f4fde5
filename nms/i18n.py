"""Two languages: Spanish (Mexico) first, English second, through gettext.

Code below the views builds `nms.model.Message`s, which stay untranslated until a view renders them in its reader's
language. The language is a context variable, so that two readers of one daemon may differ.
"""

from __future__ import annotations

import gettext as _gettext_module
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from nms.model import Component, Message, Number, Parameter

LANGUAGES = ("es", "en")
DEFAULT_LANGUAGE = "es"
DOMAIN = "nms"

_LOCALE_DIR = Path(__file__).parent / "locale"
_language: ContextVar[str] = ContextVar("language", default=DEFAULT_LANGUAGE)


@cache
def _catalogue(language: str) -> _gettext_module.NullTranslations:
    return _gettext_module.translation(DOMAIN, _LOCALE_DIR, languages=[language], fallback=True)


def use(language: str) -> None:
    """Sets the language of the present context; an unknown one falls back to the default."""
    _language.set(language if language in LANGUAGES else DEFAULT_LANGUAGE)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """The same for what is inside; after it the language is the one before."""
    before = _language.get()
    use(language)
    try:
        yield
    finally:
        _language.set(before)


def language() -> str:
    return _language.get()


def gettext(message: str) -> str:
    return _catalogue(_language.get()).gettext(message) if message else ""


def N_(message: str) -> str:  # noqa: N802 (the name that gettext's extractors know)
    """Marks a msgid that is translated later, where it is shown."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    return _catalogue(_language.get()).ngettext(singular, plural, n)


def render(message: Message, language: str | None = None) -> str:
    """A message as a sentence. Parameters are put in as they are: escape the result at the exit, not here."""
    catalogue = _catalogue(language or _language.get())
    return _rendered(message, catalogue)


def part_name(component: Component, language: str | None = None) -> str:
    """What people call a part of a device; empty for the device itself."""
    if component.said is None:
        return component.label or component.key
    return " ".join(render(component.said, language).split())


def in_english(message: Message) -> str:
    """The sentence for programs, protocols and rules that look for a word."""
    return _rendered(message, _catalogue("en")) if message.params else message.template


def _rendered(message: Message, catalogue: _gettext_module.NullTranslations) -> str:
    template = message.template
    if template and message.context:
        template = catalogue.pgettext(message.context, template)
    elif template:
        template = catalogue.gettext(template)
    if not message.params:
        return template
    return substitute(template, {name: _said(catalogue, name, value) for name, value in message.params.items()})


def _said(catalogue: _gettext_module.NullTranslations, name: str, value: Parameter) -> str | Number:
    """A sentence in the sentence, or a word of ours, whose name then ends in `_msgid`, is translated too; all others
    are as they are."""
    if isinstance(value, Message):
        return _rendered(value, catalogue)
    if name.endswith("_msgid") and isinstance(value, str) and value:
        return catalogue.gettext(value)
    return value


def substitute(template: str, params: Mapping[str, str | Number]) -> str:
    """Puts `{name}` parameters into a template literally: no attribute access, no format language."""
    parts: list[str] = []
    rest = template
    while True:
        head, brace, tail = rest.partition("{")
        parts.append(head)
        if not brace:
            return "".join(parts)
        name, closing, after = tail.partition("}")
        if not closing:
            parts.append("{" + tail)
            return "".join(parts)
        parts.append(_shown(params[name]) if name in params else "{" + name + "}")
        rest = after


def _shown(value: str | Number) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
