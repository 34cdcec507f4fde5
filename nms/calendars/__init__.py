"""One algebra of time: intervals, service hours, holidays, maintenance windows, shifts.

Alerts, service levels, tickets, rota, reports and the status page all ask this package, and compute with
intersections of intervals, never by subtracting totals.
"""

from nms.calendars.clock import (
    DAY_SECONDS,
    OFFICE_ZONE,
    day,
    day_instant,
    instant,
    month,
    wall_time,
    year,
)
from nms.calendars.holidays import MEXICO, NO_HOLIDAYS, Holidays
from nms.calendars.hours import (
    WEEKDAYS,
    WHOLE_DAY,
    DaySpan,
    MonthlyHours,
    ServiceHours,
    Spans,
    always,
    spans,
    weekday_number,
    weekdays,
)
from nms.calendars.intervals import EMPTY, Interval, IntervalSet, at_least
from nms.calendars.shifts import Rotation, Shift, Turn, around_the_clock
from nms.calendars.windows import Expands, OneOff, Recurring, occurrence_at, union

__all__ = [
    "DAY_SECONDS",
    "EMPTY",
    "MEXICO",
    "NO_HOLIDAYS",
    "OFFICE_ZONE",
    "WEEKDAYS",
    "WHOLE_DAY",
    "DaySpan",
    "Expands",
    "Holidays",
    "Interval",
    "IntervalSet",
    "MonthlyHours",
    "OneOff",
    "Recurring",
    "Rotation",
    "ServiceHours",
    "Shift",
    "Spans",
    "Turn",
    "always",
    "around_the_clock",
    "at_least",
    "day",
    "day_instant",
    "instant",
    "month",
    "occurrence_at",
    "spans",
    "union",
    "wall_time",
    "weekday_number",
    "weekdays",
    "year",
]
