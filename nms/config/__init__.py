"""The one settings file, `config.yaml`: validated, with a default for every key and secrets by reference only.

Names are imported when they are asked for: a client of the daemon needs to know where it answers (`nms.config.local`),
and must not wait for the calendars and policies of the daemon itself.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nms.config.credentials import Credential, HttpLogin, Login, SnmpCommunity, SnmpUser, SshLogin
    from nms.config.loading import load_config, read_config, secrets_of
    from nms.config.office import Calendar, HolidayRules, MonthlyRule, Office
    from nms.config.policies import (
        Alerts,
        Channel,
        EscalationStep,
        FolioPrefixes,
        Grouping,
        LeadTimes,
        MaintenanceWindow,
        Notify,
        QuietHours,
        Reachability,
        Route,
        Scope,
        ServiceLevel,
        SeverityWord,
        Threshold,
        Tickets,
    )
    from nms.config.polling import (
        IcmpPolling,
        Influx,
        Polling,
        Records,
        Retention,
        SnmpPolling,
        SshPolling,
        Store,
        SyslogEvent,
        SyslogPolling,
    )
    from nms.config.secrets import Secret, SecretUnavailable
    from nms.config.serving import Api, FaultReports, Mail, MetricsPage, StatusPage, Tls, Watchdog
    from nms.config.settings import Config, Paths

_MODULES = ("secrets", "serving", "credentials", "office", "polling", "policies", "settings", "loading")
"""The lightest first."""


def __getattr__(name: str) -> object:
    for module in _MODULES if name in __all__ else ():
        found = import_module(f"nms.config.{module}").__dict__.get(name)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Alerts",
    "Api",
    "Calendar",
    "Channel",
    "Config",
    "Credential",
    "EscalationStep",
    "FaultReports",
    "FolioPrefixes",
    "Grouping",
    "HolidayRules",
    "HttpLogin",
    "IcmpPolling",
    "Influx",
    "LeadTimes",
    "Login",
    "Mail",
    "MaintenanceWindow",
    "MetricsPage",
    "MonthlyRule",
    "Notify",
    "Office",
    "Paths",
    "Polling",
    "QuietHours",
    "Reachability",
    "Records",
    "Retention",
    "Route",
    "Scope",
    "Secret",
    "SecretUnavailable",
    "ServiceLevel",
    "SeverityWord",
    "SnmpCommunity",
    "SnmpPolling",
    "SnmpUser",
    "SshLogin",
    "SshPolling",
    "StatusPage",
    "Store",
    "SyslogEvent",
    "SyslogPolling",
    "Threshold",
    "Tickets",
    "Tls",
    "Watchdog",
    "load_config",
    "read_config",
    "secrets_of",
]
