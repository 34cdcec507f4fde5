"""The words that tickets are counted by: where they came from, why they wait, what was wrong, what helped."""

from __future__ import annotations

from enum import StrEnum


class Source(StrEnum):
    """What opened a ticket."""

    INCIDENT = "incident"
    HAND = "hand"
    REPORT = "report"
    CALENDAR = "calendar"
    METER = "meter"
    FORECAST = "forecast"
    LIFECYCLE = "lifecycle"
    CONFIGURATION = "configuration"
    REVIEW = "review"


class HoldReason(StrEnum):
    """Why a ticket waits; its clock stands still meanwhile."""

    VENDOR = "vendor"
    PART = "part"
    USER = "user"


class Cause(StrEnum):
    """What was wrong."""

    POWER = "power"
    HARDWARE = "hardware"
    SOFTWARE = "software"
    CONFIGURATION = "configuration"
    CABLING = "cabling"
    PROVIDER = "provider"
    CAPACITY = "capacity"
    ENVIRONMENT = "environment"
    SUPPLY = "supply"
    SECURITY = "security"
    USER = "user"
    PLANNED_WORK = "planned-work"
    WEAR = "wear"
    NO_FAULT = "no-fault"
    UNKNOWN = "unknown"


class Solution(StrEnum):
    """What ended it."""

    REPLACED = "replaced"
    REPAIRED = "repaired"
    RESTARTED = "restarted"
    RECONFIGURED = "reconfigured"
    UPDATED = "updated"
    CLEANED = "cleaned"
    PROVIDER_FIXED = "provider-fixed"
    WORKAROUND = "workaround"
    COMPLETED = "completed"
    RECOVERED = "recovered"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
