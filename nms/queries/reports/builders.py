"""The reports that there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from nms.queries.reports.capacity import capacity_report
from nms.queries.reports.document import Kind, Report
from nms.queries.reports.maintenance import maintenance_report
from nms.queries.reports.printing import printing_report
from nms.queries.reports.renewal import renewal_report
from nms.queries.reports.sla import sla_report
from nms.queries.reports.sources import Task
from nms.queries.reports.telephony import telephony_report
from nms.queries.reports.uptime import uptime_report

BUILDERS: Mapping[Kind, Callable[[Task], Report]] = MappingProxyType(
    {
        Kind.UPTIME: uptime_report,
        Kind.SLA: sla_report,
        Kind.MAINTENANCE: maintenance_report,
        Kind.RENEWAL: renewal_report,
        Kind.CAPACITY: capacity_report,
        Kind.TELEPHONY: telephony_report,
        Kind.PRINTING: printing_report,
    }
)
