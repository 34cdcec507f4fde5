"""What workers tell the screens. Workers never touch a widget.

What the App passes on to its screens does not bubble: it would come back to the App for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from nms.queries.rows import AlertRow
from nms.views.tui.places import Place


class Heard(Message, bubble=False):
    """Newer data of these topics is in the mirror."""

    def __init__(self, topics: frozenset[str]) -> None:
        super().__init__()
        self.topics = topics


class Lost(Message, bubble=False):
    """The daemon does not answer; what is shown grows old."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class Restored(Message, bubble=False):
    """The daemon answers again."""


class NewRed(Message, bubble=False):
    """Alerts that nobody works on and that were not there before."""

    def __init__(self, alerts: Sequence[AlertRow]) -> None:
        super().__init__()
        self.alerts = tuple(alerts)


class Failed(Message, bubble=False):
    """A topic could not be read; `reason` is for people."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__()
        self.topic, self.reason = topic, reason


class Go(Message):
    """Somebody wants to be elsewhere."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
