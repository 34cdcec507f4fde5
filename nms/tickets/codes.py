"""What tickets are counted by: where they came from, why they wait, what was wrong, what helped.

Codes go into the database and through the API; people read the words beside them (msgids, for `gettext`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from nms.i18n import N_


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


WORDS: Mapping[str, Mapping[str, str]] = {
    "status": {
        "open": N_("open"),
        "assigned": N_("assigned"),
        "in-progress": N_("in progress"),
        "on-hold": N_("on hold"),
        "resolved": N_("resolved"),
        "closed": N_("closed"),
    },
    "source": {
        Source.INCIDENT: N_("a fault that the monitor saw"),
        Source.HAND: N_("somebody, by hand"),
        Source.REPORT: N_("a fault report"),
        Source.CALENDAR: N_("the calendar"),
        Source.METER: N_("a meter"),
        Source.FORECAST: N_("a forecast"),
        Source.LIFECYCLE: N_("an end of life"),
        Source.CONFIGURATION: N_("a finding in a configuration"),
        Source.REVIEW: N_("a review that is due"),
    },
    "reason": {
        HoldReason.VENDOR: N_("the vendor"),
        HoldReason.PART: N_("a spare part"),
        HoldReason.USER: N_("the user"),
        "resolved": N_("nobody: it was resolved"),
    },
    "cause": {
        Cause.HARDWARE: N_("hardware"),
        Cause.POWER: N_("power supply"),
        Cause.CABLING: N_("cabling"),
        Cause.PROVIDER: N_("the provider"),
        Cause.CONFIGURATION: N_("configuration"),
        Cause.SOFTWARE: N_("software"),
        Cause.SUPPLY: N_("a supply"),
        Cause.CAPACITY: N_("capacity"),
        Cause.ENVIRONMENT: N_("environment"),
        Cause.SECURITY: N_("security"),
        Cause.USER: N_("the user"),
        Cause.PLANNED_WORK: N_("planned work"),
        Cause.WEAR: N_("wear"),
        Cause.NO_FAULT: N_("no fault found"),
        Cause.UNKNOWN: N_("not found out"),
    },
    "solution": {
        Solution.REPAIRED: N_("repaired"),
        Solution.REPLACED: N_("replaced"),
        Solution.RESTARTED: N_("restarted"),
        Solution.RECONFIGURED: N_("reconfigured"),
        Solution.UPDATED: N_("updated"),
        Solution.CLEANED: N_("cleaned"),
        Solution.PROVIDER_FIXED: N_("fixed by the provider"),
        Solution.WORKAROUND: N_("worked around"),
        Solution.COMPLETED: N_("completed"),
        Solution.RECOVERED: N_("recovered by itself"),
        Solution.MERGED: N_("joined with another ticket"),
        Solution.WITHDRAWN: N_("withdrawn"),
    },
    "verdict": {
        "ok": N_("done"),
        "outside": N_("outside its limits"),
        "failed": N_("not as it should be"),
        "waived": N_("left out"),
    },
    "action": {
        "assign": N_("assign"),
        "release": N_("release"),
        "start": N_("start"),
        "hold": N_("put on hold"),
        "resume": N_("resume"),
        "resolve": N_("resolve"),
        "close": N_("close"),
        "reopen": N_("open again"),
        "prioritise": N_("change the priority"),
        "join": N_("add a symptom"),
        "note": N_("note"),
    },
}
"""The word of each code, by what the code is of; where people choose, what they need most often comes first."""

_OURS = frozenset({"resolved", Solution.MERGED, Solution.RECOVERED})
"""What only the monitor says."""


def word(of: str, code: str) -> str:
    """The msgid of a code; a code that has no word (of a newer version, say) is shown as it is."""
    return WORDS[of].get(code, code)


def offered(of: str) -> tuple[str, ...]:
    """The codes that people choose from."""
    return tuple(str(code) for code in WORDS[of] if code not in _OURS)
