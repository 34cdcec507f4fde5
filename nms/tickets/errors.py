"""Why something cannot be done to a ticket. Each carries a `Message` for people.

TicketError
├── NoSuchTicket     there is no ticket with this folio
├── NoSuchWork       there is no planned work with this number
├── NotNow           the ticket's state does not allow it
├── StillDown        what the ticket is about has not recovered
├── StepsMissing     mandatory steps of its playbook have no evidence
├── Changed          somebody else changed the ticket meanwhile
└── Unusable         what was entered or attached cannot be kept
"""

from __future__ import annotations

from nms.model import Number
from nms.refusals import Refusal


class TicketError(Refusal):
    """The act is understood and cannot be done; `message` says why and what to do."""


class NoSuchTicket(TicketError):
    """No ticket has this folio."""


class NoSuchWork(TicketError):
    """No planned work has this number."""


class NotNow(TicketError):
    """Not in the present state of the ticket."""


class StillDown(TicketError):
    """The incident behind the ticket is still open."""


class StepsMissing(TicketError):
    """`steps` names those without evidence."""

    def __init__(self, steps: tuple[str, ...], template: str, **params: str | Number) -> None:
        self.steps = steps
        super().__init__(template, **params)


class Changed(TicketError):
    """Written by somebody else since it was read: read it again."""


class Unusable(TicketError):
    """A value, file or reason that cannot be kept."""
