"""SNMP: an asynchronous client that knows no vendor.

async with SnmpClient() as client:
    session = client.session(SnmpTarget("192.0.2.1", credential=Community(Version.V2C, "public")))
    session.renew()                                   # begins a visit: a fresh budget
    scalars = await session.get(["1.3.6.1.2.1.1.3.0"])
    interfaces = await session.table(["1.3.6.1.2.1.31.1.1.1.1", "1.3.6.1.2.1.31.1.1.1.6"])
"""

from nms.transports.snmp.client import SnmpClient
from nms.transports.snmp.notification import Notification
from nms.transports.snmp.notifications import FloodLimits, NotificationReceiver, NotificationStatistics
from nms.transports.snmp.session import SnmpSession
from nms.transports.snmp.targets import (
    AuthProtocol,
    Community,
    Credential,
    PrivProtocol,
    SnmpStatistics,
    SnmpTarget,
    UsmUser,
    Version,
)
from nms.transports.snmp.values import IpAddress, Oid, SnmpReader, Table, Value

__all__ = [
    "AuthProtocol",
    "Community",
    "Credential",
    "FloodLimits",
    "IpAddress",
    "Notification",
    "NotificationReceiver",
    "NotificationStatistics",
    "Oid",
    "PrivProtocol",
    "SnmpClient",
    "SnmpReader",
    "SnmpSession",
    "SnmpStatistics",
    "SnmpTarget",
    "Table",
    "UsmUser",
    "Value",
    "Version",
]
