"""A simulated city hall: agents that answer real SNMP on loopback addresses, and the faults that befall them."""

from nms.demo.simulator.faults import FaultError
from nms.demo.simulator.fleet import DEFAULT_PORT, Fleet

__all__ = ["DEFAULT_PORT", "FaultError", "Fleet"]
