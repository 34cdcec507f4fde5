"""SNMP: an asynchronous client that knows no vendor."""
