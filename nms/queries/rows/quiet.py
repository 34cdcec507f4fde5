"""Silences, planned maintenance and corrections, and what each would do."""

from __future__ import annotations

from dataclasses import dataclass

from nms.model import State


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """Alerts that somebody asked to be kept quiet. `about` is written as `device=rt-a department=obras`."""

    id: int
    about: str
    author: str
    reason: str
    starts_at: float
    ends_at: float
    active: bool
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MaintenanceRow:
    """Planned work that is not over: its present or next window. What is still down when it ends alerts then.

    `id` is 0 for work that `config.yaml` plans; `rule` is the recurrence (RFC 5545) of work that comes again.
    """

    id: int
    title: str
    about: str
    author: str
    reason: str
    starts_at: float
    ends_at: float
    active: bool
    rule: str = ""
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A thing that planned work or a silence is about. `state`: its present one; of a department, the worst to come.

    `whole`: all of its time counts as agreed, not only some of its alerts rest.
    """

    id: str
    name: str
    department: str
    state: State
    whole: bool = True


@dataclass(frozen=True, slots=True)
class QuietPreview:
    """What planned work or a silence would do. `windows`: its first times; `behind`: reached only through it.

    `departments`: those that would be without service (maintenance) or with part of it (degraded) while it lasts.
    `alerts`: open ones that would rest.
    """

    about: str
    windows: tuple[tuple[float, float], ...]
    devices: tuple[PreviewRow, ...] = ()
    links: tuple[PreviewRow, ...] = ()
    departments: tuple[PreviewRow, ...] = ()
    behind: tuple[PreviewRow, ...] = ()
    alerts: tuple[PreviewRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RestatedRow:
    """A subject with the seconds of each state, as they are counted now and as they would be."""

    subject: str
    name: str
    counted: tuple[tuple[str, float], ...]
    corrected: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class CorrectionPreview:
    """What a correction would change; `restated` begins with its subject."""

    subject: str
    state: State
    start: float
    end: float
    restated: tuple[RestatedRow, ...]
