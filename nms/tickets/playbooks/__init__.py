"""Playbooks: procedures of maintenance and documented processes, and the read-only commands they may run."""

from nms.tickets.playbooks.book import (
    PlaybookBook,
    applies,
    as_json,
    check_playbooks,
    digest,
    from_json,
    load_playbooks,
)
from nms.tickets.playbooks.commands import Catalogue, CommandRefused, CommandRunner, Judgement, judge, kept_output
from nms.tickets.playbooks.language import Expectation, Playbook, Step, Trigger

__all__ = [
    "Catalogue",
    "CommandRefused",
    "CommandRunner",
    "Expectation",
    "Judgement",
    "Playbook",
    "PlaybookBook",
    "Step",
    "Trigger",
    "applies",
    "as_json",
    "check_playbooks",
    "digest",
    "from_json",
    "judge",
    "kept_output",
    "load_playbooks",
]
