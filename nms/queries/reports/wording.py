"""Numbers in sentences: cut, never rounded up to a round figure that was not reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from nms.i18n import render
from nms.model import Message, Role, State
from nms.queries.reports.document import Unit
from nms.tickets.codes import Cause, Solution

MONTHS: Mapping[str, str] = MappingProxyType(
    {
        "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "en": "January February March April May June July August September October November December",
    }
)


def percent(ratio: float | None, digits: int = 2) -> str:
    """A ratio as a percentage, cut and never rounded up: 99.999 % must not read 100 %."""
    if ratio is None:
        return "–"
    scale = 10**digits
    return f"{int(ratio * 100 * scale + 1e-6) / scale:.{digits}f} %"


def trimmed(ratio: float | None) -> str:
    """The same without zeros that say nothing, for targets and the ends of scales: 99.9 %, 0 %."""
    if ratio is None:
        return "–"
    digits = percent(ratio, 3).removesuffix(" %").rstrip("0").rstrip(".")
    return f"{digits} %"


def duration(seconds: float | None) -> str:
    """`4 d 3 h`, `2 h 05 min`, `7 min`, `12 s`: two units at the most."""
    if seconds is None:
        return "–"
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes else f"{whole} s"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:,.1f}"


def bitrate(value: float | None) -> str:
    if value is None:
        return "–"
    for size, name in ((1e9, "Gb/s"), (1e6, "Mb/s"), (1e3, "kb/s")):
        if value >= size:
            return f"{value / size:.1f} {name}"
    return f"{value:.0f} b/s"


def clock(instant: float | None, zone: ZoneInfo, *, day_only: bool = False) -> str:
    if instant is None:
        return "–"
    return f"{datetime.fromtimestamp(instant, zone):{'%Y-%m-%d' if day_only else '%Y-%m-%d %H:%M'}}"


def shown(value: str | float | None, unit: Unit, zone: ZoneInfo, currency: str) -> str:
    """A value as people read it. `currency` "": money is a number, as in a column whose heading names it."""
    if value is None or isinstance(value, str):
        return value if value is not None else "–"
    match unit:
        case Unit.RATIO:
            return percent(value, 3)
        case Unit.SHARE:
            return percent(value, 1)
        case Unit.SECONDS:
            return duration(value)
        case Unit.MONEY:
            return f"{value:,.{0 if value == int(value) else 2}f} {currency}".rstrip()
        case Unit.INSTANT | Unit.DAY:
            return clock(value, zone, day_only=unit is Unit.DAY)
        case Unit.BITRATE:
            return bitrate(value)
        case _:
            return number(value)


def period(start: float, end: float, zone: ZoneInfo, language: str) -> str:
    """`octubre de 2026` for a whole month, otherwise the two instants."""
    first, last = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end, zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    month_end = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    if first == midnight.replace(day=1) and last == month_end:
        name = MONTHS.get(language, MONTHS["en"]).split()[first.month - 1]
        return f"{name} de {first.year}" if language == "es" else f"{name} {first.year}"
    return f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"


CAUSES: Mapping[str, Message] = MappingProxyType(
    {
        Cause.POWER: Message("power supply"),
        Cause.HARDWARE: Message("hardware"),
        Cause.SOFTWARE: Message("software"),
        Cause.CONFIGURATION: Message("configuration"),
        Cause.CABLING: Message("cabling"),
        Cause.PROVIDER: Message("provider"),
        Cause.CAPACITY: Message("capacity"),
        Cause.ENVIRONMENT: Message("environment"),
        Cause.SUPPLY: Message("consumables"),
        Cause.SECURITY: Message("security"),
        Cause.USER: Message("use"),
        Cause.PLANNED_WORK: Message("planned work"),
        Cause.WEAR: Message("wear"),
        Cause.NO_FAULT: Message("no fault found"),
        Cause.UNKNOWN: Message("not found out"),
    }
)
SOLUTIONS: Mapping[str, Message] = MappingProxyType(
    {
        Solution.REPLACED: Message("replaced"),
        Solution.REPAIRED: Message("repaired"),
        Solution.RESTARTED: Message("restarted"),
        Solution.RECONFIGURED: Message("reconfigured"),
        Solution.UPDATED: Message("updated"),
        Solution.CLEANED: Message("cleaned"),
        Solution.PROVIDER_FIXED: Message("mended by the provider"),
        Solution.WORKAROUND: Message("worked around"),
        Solution.COMPLETED: Message("completed"),
        Solution.RECOVERED: Message("recovered by itself"),
    }
)


STATES: Mapping[State, Message] = MappingProxyType(
    {
        State.UP: Message("in service"),
        State.DEGRADED: Message("degraded"),
        State.DOWN: Message("out of service"),
        State.UNKNOWN: Message("not known"),
        State.MAINTENANCE: Message("maintenance"),
    }
)


ROLES: Mapping[Role, Message] = MappingProxyType(
    {
        Role.ROUTER: Message("router"),
        Role.SWITCH: Message("switch"),
        Role.FIREWALL: Message("firewall"),
        Role.ACCESS_POINT: Message("access point"),
        Role.PBX: Message("PBX"),
        Role.GATEWAY: Message("gateway"),
        Role.PHONE: Message("telephone"),
        Role.UPS: Message("UPS"),
        Role.PDU: Message("PDU"),
        Role.GENERATOR: Message("generator"),
        Role.HVAC: Message("air conditioning"),
        Role.ENVIRONMENT: Message("environment"),
        Role.SERVER: Message("server"),
        Role.HYPERVISOR: Message("hypervisor"),
        Role.STORAGE: Message("storage"),
        Role.PRINTER: Message("printer"),
        Role.COMPUTER: Message("computer"),
        Role.APPLICATION: Message("application"),
        Role.OTHER: Message("other"),
    }
)


def role(role: Role, language: str) -> str:
    return render(ROLES[role], language)


def state(state: State, language: str) -> str:
    return render(STATES[state], language)


def cause(code: str, language: str) -> str:
    return render(CAUSES[code], language) if code in CAUSES else code


def solution(code: str, language: str) -> str:
    return render(SOLUTIONS[code], language) if code in SOLUTIONS else code
