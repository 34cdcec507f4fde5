"""Configurations as views show them. Texts come without secrets, and are hostile like all that devices say."""

from __future__ import annotations

from dataclasses import dataclass

from nms.queries.rows import Attention


@dataclass(frozen=True, slots=True)
class ConfigurationRow:
    """One device whose configuration is kept. `findings` are those of the preventive tickets, by their codes."""

    device: str
    device_name: str
    department: str
    site: str
    platform: str
    attention: Attention
    findings: tuple[str, ...] = ()
    kept_at: float | None = None
    attempted_at: float | None = None
    problem: str = ""
    failing_since: float | None = None
    changed_at: float | None = None
    changed_by: str = ""
    changed_ticket: str = ""
    changed_during: str = ""
    unsaved_since: float | None = None
    drift: int = 0
    baseline_at: float | None = None
    baseline_by: str = ""


@dataclass(frozen=True, slots=True)
class ConfigurationVersionRow:
    """One text that was kept; `kind` is running or baseline."""

    id: int
    kind: str
    at: float
    author: str
    reason: str
    note: str
    ticket: str
    added: int
    removed: int
    revision: str
    during: str = ""


@dataclass(frozen=True, slots=True)
class ConfigurationPage:
    """What is known of one configuration, and its versions, the newest first. `texts`: which there are."""

    row: ConfigurationRow
    texts: tuple[str, ...] = ()
    versions: tuple[ConfigurationVersionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigurationText:
    """One text. `which` names it: running, startup, baseline, or the number of a version; `at` is when it was kept."""

    device: str
    which: str
    at: float | None
    text: str


@dataclass(frozen=True, slots=True)
class ConfigurationDiff:
    """How one text differs from another, as the lines of a unified diff; empty when nothing does."""

    device: str
    before: str
    after: str
    added: int
    removed: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    device: str
    device_name: str
    department: str
    line: int
    text: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Lines that match; `is_cut`: there were more than are shown."""

    pattern: str
    devices: int
    hits: tuple[SearchHit, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class RestorePage:
    """How a person puts a copy back. `secrets`: how many have to be written in by hand."""

    device: str
    device_name: str
    title: str
    revision: str
    kept_at: float | None
    secrets: int
    steps: tuple[str, ...] = ()
