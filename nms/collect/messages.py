"""Which syslog messages matter, as data: one file of `collectors/messages/` for each kind of equipment.

Every event carries messages that begin and end it, so that a file proves itself: `nms check` tries them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from nms.collect.catalogue import MESSAGES
from nms.collect.expressions import ExpressionError, check_regex
from nms.config.polling import SyslogEvent
from nms.documents import Document, DocumentError, Problem, Strict, load, parse
from nms.model import Message
from nms.text import clean

LAST = "general"
"""The file that is looked at after all others: it knows no maker."""


class MessageEvent(SyslogEvent):
    """A condition that messages begin and end, with examples of both."""

    examples: tuple[str, ...] = Field(min_length=1)
    """Messages that begin it."""

    ended: tuple[str, ...] = ()
    """Messages that end it."""


class MessageFile(Strict):
    """The messages of one kind of equipment."""

    title: str
    """Whose messages these are."""

    source: str = ""
    """Where they are described."""

    notes: str = ""
    """What the next editor should know."""

    events: tuple[MessageEvent, ...] = Field(min_length=1)
    """In the order in which they are looked at."""


@dataclass(frozen=True, slots=True)
class Messages:
    """The events of a folder, in the order in which they are looked at; the mistakes of files that were left out."""

    events: tuple[SyslogEvent, ...] = ()
    problems: tuple[Problem, ...] = ()


def load_messages(collectors: Path) -> Messages:
    """All usable files of `collectors/messages/`, by name, the general one last."""
    events: list[SyslogEvent] = []
    problems: list[Problem] = []
    folder = collectors / MESSAGES
    for path in sorted(folder.glob("*.yaml"), key=lambda path: (path.stem == LAST, path.stem)):
        try:
            document = load(path, shown_as=str(path.relative_to(collectors.parent)))
            found = parse(MessageFile, document)
        except DocumentError as error:
            problems += error.problems
            continue
        mistakes = [mistake for i, one in enumerate(found.events) for mistake in _mistakes(document, i, one)]
        problems += mistakes
        if not mistakes:
            events += found.events
    return Messages(tuple(events), tuple(problems))


def check_messages(collectors: Path) -> list[Problem]:
    """Every mistake in the message files below `collectors`."""
    return list(load_messages(collectors).problems)


def _mistakes(document: Document, number: int, event: MessageEvent) -> list[Problem]:
    at = ("events", number)
    found: list[Problem] = []
    for key, pattern, examples in (("begins", event.begins, event.examples), ("ends", event.ends, event.ended)):
        if not pattern:
            continue
        try:
            made = check_regex(pattern)
        except ExpressionError as error:
            message = Message("“{key}”: {reason}", {"key": key, "reason": str(error)})
            found.append(document.problem((*at, key), message))
            continue
        found += [_unlike(document, (*at, key), text) for text in _not_matched(made, examples)]
    if event.ends and not event.ended:
        found.append(document.problem(at, Message("“{key}” is missing: a message that ends it", {"key": "ended"})))
    return found


def _not_matched(pattern: object, examples: Sequence[str]) -> list[str]:
    search = pattern.search  # type: ignore[attr-defined]
    return [text for text in examples if not search(text)]


def _unlike(document: Document, at: tuple[str | int, ...], text: str) -> Problem:
    return document.problem(at, Message("the example “{text}” does not match", {"text": clean(text, limit=80)}))
