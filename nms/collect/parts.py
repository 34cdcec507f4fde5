"""Parts of devices that our collectors name themselves."""

from __future__ import annotations

from nms.i18n import in_english
from nms.model import Component, Message


def part(kind: str, said: Message, key: str | None = None) -> Component:
    """A component with a name that is translated; its English name is its key where none is given."""
    label = in_english(said)
    return Component(kind, label if key is None else key, label, said=said)
