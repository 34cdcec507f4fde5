"""Which server answers which transport: adding one is one line here, and its usual port in `services`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nms.demo.simulator.speaking import ari, manager, nas, offices, redfish, registers, rmcp, ssh, virtual
from nms.demo.simulator.speaking.pages import serving
from nms.demo.simulator.speaking.scene import Datagram, Scene, Stream

STREAMS: Mapping[str, Stream] = {
    "ami": manager.talk,
    "ari": serving(ari.answer),
    "redfish": serving(redfish.answer),
    "hypervisor": serving(virtual.answer),
    "storage": serving(nas.answer),
    "modbus": registers.talk,
    "imap": offices.imap,
    "ldap": offices.ldap,
    "sql": offices.postgresql,
    "ssh": ssh.talk,
    "dhcp": ssh.talk,
}
DATAGRAMS: Mapping[str, Callable[[Scene], Datagram]] = {"ipmi": rmcp.datagram, "ntp": offices.ntp}
