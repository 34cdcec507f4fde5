"""Why something cannot be done, told in the language of who asked.

Refusal
├── nms.access.Forbidden         the actor may not do this
├── nms.queries.ports.NotFound   there is nothing of this name
├── nms.queries.ports.Rejected   it is understood and cannot be done now
├── nms.tickets.errors.*         what a ticket does not allow
├── nms.alerts.quiet.NotOpen     there is no such alert, silence or planned work (any more)
└── Unfit                        what was given cannot be kept as it is
"""

from __future__ import annotations

from nms.i18n import render
from nms.model import Message, Number


class Refusal(Exception):
    """`message` says what cannot be done and what to do instead; as a plain exception it speaks English."""

    def __init__(self, template: str | Message, **params: str | Number) -> None:
        self.message = template if isinstance(template, Message) else Message(template, params)
        super().__init__(render(self.message, "en"))

    def told(self, language: str | None = None) -> str:
        """The sentence in a language; without one in that of whoever is spoken to now."""
        return render(self.message, language)


class Unfit(Refusal, ValueError):
    """What was given cannot be kept as it is: an end in the past, a name that is taken, a missing reason."""


def reason_of(error: Exception) -> Message:
    """Why an error happened, as a message: its own where it has one."""
    return error.message if isinstance(error, Refusal) else Message("{reason}", {"reason": str(error)})
