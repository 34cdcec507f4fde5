"""Sentences before they are translated: made, put into one another, kept as plain data.

Three kinds of words reach people from below the views: sentences of ours (`Message`), words of an enumeration that we
know how to say (`spelled`), and what a device said in its own words (`verbatim`), which nobody translates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nms.model import Message, Parameter

CALLED = "part"
"""The context of what we call the parts of devices."""
SPELLED = "state"
"""The context of the words of enumerations in the catalogues: “open” is said otherwise of a door than of a ticket."""


def spelled(word: str) -> Message:
    """A word of an enumeration, as its MIB or its maker spells it (`batteryLow`); the word itself where the catalogues
    do not know it."""
    return Message(word, {}, SPELLED)


def called(name: str, /, **words: Parameter) -> Message:
    """A name of ours for a part of a device: `called("Outlet {number}", number="3")`."""
    return Message(name, words, CALLED)


def spellings(*words: str) -> frozenset[str]:
    """The words that an enumeration has, where they come from the other side: see `spelled`."""
    return frozenset(words)


def verbatim(text: str) -> Message:
    """What somebody else said: shown as it is in every language."""
    return Message("{text}", {"text": text})


def as_data(message: Message) -> dict[str, Any]:
    """As JSON can keep it."""
    params = {name: as_data(one) if isinstance(one, Message) else one for name, one in message.params.items()}
    kept = {"template": message.template, "params": params}
    return kept | {"context": message.context} if message.context else kept


def from_data(kept: Mapping[str, Any]) -> Message:
    params = {name: from_data(one) if isinstance(one, Mapping) else one for name, one in kept["params"].items()}
    return Message(kept["template"], params, kept.get("context", ""))


def with_parameters(message: Message, change: Callable[[Any], Any]) -> Message:
    """The same sentence with each of its parameters changed, also those of the sentences in it."""
    params: dict[str, Parameter] = {
        name: with_parameters(one, change) if isinstance(one, Message) else change(one)
        for name, one in message.params.items()
    }
    template = change(message.template) if message.context else message.template
    return replace(message, template=template, params=params)
