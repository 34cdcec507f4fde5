"""The checks of applications and services, by the name of their transport."""

from __future__ import annotations

import ipaddress
from contextlib import ExitStack

from nms.collect.answer import Asker
from nms.collect.applications.check import CheckAsker, Probe
from nms.collect.applications.ports import DnsProbe, NtpProbe, TcpProbe, UdpProbe
from nms.collect.applications.scenario import ScenarioProbe
from nms.collect.applications.servers import LdapProbe, MailProbe, SqlProbe
from nms.collect.applications.web import HttpProbe, TlsProbe
from nms.collect.credentials import Targets
from nms.collect.telephony.sip import SipProbe
from nms.config import Config
from nms.transports.http import HttpClient
from nms.transports.reach import Reach
from nms.transports.sql import SqlClient


def reach_of(config: Config) -> Reach:
    """Where answers may lead a web request."""
    return Reach(tuple(ipaddress.ip_network(text, strict=False) for text in config.polling.redirect_networks))


def check_askers(config: Config, targets: Targets, closing: ExitStack) -> dict[str, Asker]:
    """Askers for every check; what they hold open is closed with `closing`."""
    web, databases = HttpClient(reach_of(config)), SqlClient()
    closing.callback(databases.close)
    probes: dict[str, Probe] = {
        "http": HttpProbe(web, targets.http_headers),
        "scenario": ScenarioProbe(web, targets.login),
        "tls": TlsProbe(),
        "dns": DnsProbe(),
        "tcp": TcpProbe(),
        "udp": UdpProbe(),
        "ntp": NtpProbe(),
        "smtp": MailProbe(targets.login),
        "imap": MailProbe(targets.login),
        "ldap": LdapProbe(targets.login),
        "sql": SqlProbe(databases, targets.login),
        "sip": SipProbe(),
    }
    return {name: CheckAsker(probe, config.polling.application_timeout) for name, probe in probes.items()}
