"""Copies of the configurations of equipment: when they are fetched, how they are kept, what is found in them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nms.config.policies import Scope
from nms.config.quantities import Duration, Span
from nms.documents import Strict


class LeastVersion(Strict):
    """The oldest software that equipment may run."""

    scope: Scope = Scope()
    """Which devices; nothing said means all."""

    hardware: str = "*"
    """Model, as the device tells it; may hold `*`."""

    at_least: str = Field(min_length=1, max_length=60)
    """The version: `15.2(7)E5`, `7.2.8`, `21.4R3`."""


class ConfigurationBackup(Strict):
    """Copies of the configurations of all equipment that is asked over SSH and whose platform is known."""

    enabled: bool = True
    """Whether configurations are fetched."""

    at: str = Field(default="02:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """When the round of each night begins, by the office clock."""

    spread: Duration = 1200.0
    """Time over which the round is spread."""

    concurrency: int = Field(default=8, ge=1, le=128)
    """Devices at one time; fewer than `polling.ssh.threads`, so that polls go on."""

    timeout: Span = 120.0
    """Wait for the output of one command."""

    settle: Duration = 120.0
    """Wait after a change was noticed, so that the end of somebody's work is kept and not each step of it."""

    retry: Span = 900.0
    """Wait before a fetch that failed is tried again; a refused log-in waits for the next night."""

    attempts: int = Field(default=3, ge=1, le=20)
    """Tries in one night."""

    too_old: Span = 3 * 86_400.0
    """Age of the last good copy from which there is a preventive ticket."""

    failing_after: Span = 26 * 3600.0
    """Time without a good copy, of a device that is up, from which there is a preventive ticket."""

    unsaved_after: Span = 3600.0
    """How long a change may be unsaved on the device before there is a preventive ticket."""

    secrets: Literal["masked", "kept"] = "masked"
    """Whether the repository holds passwords and keys as they are. Screens, API and exports never show them."""

    least_versions: tuple[LeastVersion, ...] = ()
    """Software below these makes a preventive ticket; the first that fits a device decides."""
