"""What the views show: flat frozen rows, the same for the terminal, the HTTP API, the pages and the CLI.

Sentences are already rendered in the reader's language; instants are Unix seconds in UTC; rates are per second.
A number that is not known is None. The API serves these as JSON and the terminal reads them back, so a field added
here needs a default.
"""

from __future__ import annotations

from nms.queries.rows.alerts import AlertRow, IncidentRow, RotaProblemRow, ShiftRow, WhyStep
from nms.queries.rows.attention import Attention, Counts
from nms.queries.rows.availability import AvailabilityRow, CorrectionRow, OutageRow, UptimeReport
from nms.queries.rows.equipment import (
    DevicePage,
    DeviceRow,
    InterfaceRow,
    LinkRow,
    NeighbourRow,
    PlaybookRow,
    SensorRow,
    TreeRow,
    WitnessRow,
)
from nms.queries.rows.history import History, SeriesRow
from nms.queries.rows.overview import DepartmentTile, EventRow, Overview, Pollers
from nms.queries.rows.quiet import CorrectionPreview, MaintenanceRow, PreviewRow, QuietPreview, RestatedRow, SilenceRow
from nms.queries.rows.telephony import LineRow, Telephony
from nms.queries.rows.tickets import EvidenceRow, StepRow, TicketEntryRow, TicketPage, TicketRow

__all__ = [
    "AlertRow",
    "Attention",
    "AvailabilityRow",
    "CorrectionPreview",
    "CorrectionRow",
    "Counts",
    "DepartmentTile",
    "DevicePage",
    "DeviceRow",
    "EventRow",
    "EvidenceRow",
    "History",
    "IncidentRow",
    "InterfaceRow",
    "LineRow",
    "LinkRow",
    "MaintenanceRow",
    "NeighbourRow",
    "OutageRow",
    "Overview",
    "PlaybookRow",
    "Pollers",
    "PreviewRow",
    "QuietPreview",
    "RestatedRow",
    "RotaProblemRow",
    "SensorRow",
    "SeriesRow",
    "ShiftRow",
    "SilenceRow",
    "StepRow",
    "Telephony",
    "TicketEntryRow",
    "TicketPage",
    "TicketRow",
    "TreeRow",
    "UptimeReport",
    "WhyStep",
    "WitnessRow",
]
