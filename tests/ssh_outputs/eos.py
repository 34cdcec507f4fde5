"""An Arista switch (EOS), whose commands answer in JSON when asked to."""

import json
from typing import Any

_COUNTERS = {"inOctets": 5000, "outOctets": 6000, "inUcastPkts": 50, "outUcastPkts": 60, "totalInErrors": 2,
             "totalOutErrors": 0, "inDiscards": 0, "outDiscards": 7}  # fmt: skip
_INTERFACES = {
    "Ethernet1": {
        "lineProtocolStatus": "up", "interfaceStatus": "connected", "description": "to the core", "mtu": 9214,
        "bandwidth": 10_000_000_000, "physicalAddress": "00:11:22:33:44:01", "hardware": "ethernet",
        "interfaceCounters": _COUNTERS, "interfaceAddress": [],
    },
    "Ethernet2": {
        "lineProtocolStatus": "down", "interfaceStatus": "disabled", "description": "", "mtu": 9214,
        "bandwidth": 10_000_000_000, "physicalAddress": "00:11:22:33:44:02", "hardware": "ethernet",
    },
}  # fmt: skip
_SENSOR = {"name": "TempSensor1", "currentTemperature": 38.5, "overheatThreshold": 95, "criticalThreshold": 105}

_JSON: dict[str, dict[str, Any]] = {
    "show version": {
        "version": "4.29.2F", "internalVersion": "4.29.2F-1", "modelName": "DCS-7050SX3", "serialNumber": "JPE0000TEST",
        "bootupTimestamp": 1_700_000_000.0,
    },
    "show hostname": {"hostname": "sw-eos", "fqdn": "sw-eos.example.invalid"},
    "show interfaces": {"interfaces": _INTERFACES},
    "show system environment cooling": {
        "fanTraySlots": [{"label": "1", "status": "ok"}, {"label": "2", "status": "failed"}]
    },
    "show system environment temperature": {"cardSlots": [], "powerSupplySlots": [], "tempSensors": [_SENSOR]},
    "show system environment power": {
        "powerSupplies": {"1": {"state": "ok", "capacity": 500.0, "outputPower": 93.5}, "2": {"state": "powerLoss"}}
    },
    "show arp vrf all": {
        "vrfs": {
            "default": {
                "ipV4Neighbors": [
                    {"hwAddress": "0011.2233.4499", "address": "192.0.2.1", "interface": "Ethernet1", "age": 5}
                ]
            }
        }
    },
    "show lldp neighbors": {
        "lldpNeighbors": [{"port": "Ethernet1", "neighborDevice": "rt-core", "neighborPort": "ge-0/0/1", "ttl": 120}]
    },
    "show interfaces transceiver": {"interfaces": {"Ethernet1": {"rxPower": -4.25, "txPower": -2.5, "txBias": 6.0}}},
}  # fmt: skip

OUTPUTS = {f"{command} | json": json.dumps(answer) for command, answer in _JSON.items()} | {
    "terminal width 511": "Width set to 511 columns.",
    "terminal length 0": "Pagination disabled.",
    "show processes top once": """\
top - 10:00:00 up 10 days,  1:00,  1 user,  load average: 0.20, 0.30, 0.40
Tasks: 200 total,   1 running, 199 sleeping,   0 stopped,   0 zombie
%Cpu(s):  4.2 us,  0.9 sy,  0.0 ni, 94.0 id,  0.0 wa,  0.1 hi,  0.2 si,  0.0 st
KiB Mem:   8000000 total,  2000000 used,  6000000 free,   100000 buffers
""",
}
