"""Preventive work: what calls for it, the plan that spreads it, the schedule that opens its tickets."""

from nms.tickets.preventive.causes import (
    ConfigurationFinding,
    Due,
    Expiry,
    Forecast,
    MeterReading,
    calendar_dues,
    configuration_dues,
    expiries,
    forecast_dues,
    lifecycle_dues,
    meter_dues,
    meters_wanted,
    review_dues,
)
from nms.tickets.preventive.export import to_csv, to_icalendar
from nms.tickets.preventive.moving import PlanDesk
from nms.tickets.preventive.planning import TECHNICIAN, Job, Plan, Planned, Technician, knows, plan_work, plan_year
from nms.tickets.preventive.schedule import Schedule, Scheduled, calendar_jobs

__all__ = [
    "TECHNICIAN",
    "ConfigurationFinding",
    "Due",
    "Expiry",
    "Forecast",
    "Job",
    "MeterReading",
    "Plan",
    "PlanDesk",
    "Planned",
    "Schedule",
    "Scheduled",
    "Technician",
    "calendar_dues",
    "calendar_jobs",
    "configuration_dues",
    "expiries",
    "forecast_dues",
    "knows",
    "lifecycle_dues",
    "meter_dues",
    "meters_wanted",
    "plan_work",
    "plan_year",
    "review_dues",
    "to_csv",
    "to_icalendar",
]
