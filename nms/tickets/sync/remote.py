"""Another ticket system, as a protocol: what an adapter (Request Tracker, GLPI, a webhook) has to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nms.tickets.case import Case


class RemoteUnavailable(Exception):
    """The other side did not answer or could not act now; everything is tried again later."""


class RemoteRefused(Exception):
    """The other side refuses for good (credential, permission, a field); the text says what."""


@dataclass(frozen=True, slots=True)
class RemoteLine:
    """One line of a ticket's log, on its way out. `mark` names it for ever; `text` is for people, in one language."""

    mark: str
    at: float
    actor: str
    action: str
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class RemoteChange:
    """One thing that somebody did over there. `number` grows; `status` is one of ours, empty for a comment."""

    number: int
    at: str
    who: str
    status: str = ""
    text: str = ""


class RemoteTickets(Protocol):
    """An adapter. Every call may be repeated after a failure without doing things twice."""

    @property
    def name(self) -> str:
        """How mappings call the system, for ever: its name in the settings."""
        ...

    def create(self, case: Case, title: str, text: str) -> str:
        """The remote id of a ticket: of the one that carries our folio already, else of a new one."""
        ...

    def comment(self, remote: str, case: Case, line: RemoteLine) -> None:
        """Adds a line unless one with its mark is there."""
        ...

    def set_status(self, remote: str, status: str) -> None:
        """Gives the remote ticket the status that stands for ours."""
        ...

    def time(self) -> float:
        """What the clock over there shows (Unix seconds): the two need not agree."""
        ...

    def changed_since(self, at: float) -> Sequence[str]:
        """The remote ids of tickets changed since an instant of the clock over there (some more do no harm)."""
        ...

    def changes(self, remote: str, after: int) -> Sequence[RemoteChange]:
        """What others than this monitor have done to a ticket, after a number, in order."""
        ...
