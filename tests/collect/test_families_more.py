"""Families from small recordings made after their MIBs: numbers, units, states, and what is not a value.

Each case: (sysObjectID below enterprises, lines of the recording, {metric: {label: value}}, {label: state}).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from .support import states, told, values


class Case(NamedTuple):
    sys_object_id: str
    cells: str
    numbers: dict[str, dict[str, float]]
    states: Mapping[str, str] = MappingProxyType({})
    sys_descr: str = "Box"


CASES = {
    "janitza": Case(
        "34278",
        """
        34278.1.1.0 2301
        34278.1.8.0 1500
        34278.1.12.0 345
        34278.1.24.0 980
        34278.8.1.0 4998
        """,
        {
            "voltage_volts": {"L1": 230.1},
            "current_amperes": {"L1": 1.5},
            "power_watts": {"L1": 345},
            "power_factor_ratio": {"L1": 0.98},
            "frequency_hertz": {"Mains": 49.98},
        },
    ),
    "dell-rpdu": Case(
        "674.10903.200.2.500",
        """
        674.10903.200.2.110.1.0 3
        674.10903.200.2.200.110.2.1.2.1 Rack 4
        674.10903.200.2.200.110.2.1.3.1 123
        674.10903.200.2.200.120.2.1.2.1 1
        674.10903.200.2.200.120.2.1.3.1 3
        674.10903.200.2.200.120.2.1.4.1 52
        674.10903.200.2.200.120.2.1.5.1 121
        674.10903.200.2.200.150.2.2.1.2.1 Inlet
        674.10903.200.2.200.150.2.2.1.3.1 2
        674.10903.200.2.200.150.2.2.1.5.1 244
        674.10903.200.2.200.150.2.2.1.6.1 4
        674.10903.200.2.200.150.2.2.1.2.2 Absent
        674.10903.200.2.200.150.2.2.1.3.2 1
        674.10903.200.2.200.150.2.2.1.5.2 0
        """,
        {
            "power_watts": {"Rack 4": 1230},
            "current_amperes": {"Phase 1": 5.2},
            "voltage_volts": {"Phase 1": 121},
            "temperature_celsius": {"Inlet": 24.4},
        },
        {"PDU": "ok", "Phase 1": "nearOverload", "Inlet": "normal"},
    ),
    "vutlan": Case(
        "39052",
        """
        39052.1.3.1.6.101 temperature
        39052.1.3.1.7.101 Onboard
        39052.1.3.1.8.101 normal
        39052.1.3.1.9.101 27.10
        39052.1.3.1.6.102 humidity
        39052.1.3.1.7.102 Aisle
        39052.1.3.1.8.102 high alarm
        39052.1.3.1.9.102 71
        """,
        {"temperature_celsius": {"Onboard": 27.1}, "humidity_ratio": {"Aisle": 0.71}},
        {"Onboard": "normal", "Aisle": "high"},
    ),
    "smartoptics": Case(
        "30826.2.1",
        """
        30826.2.2.1.1.1.1.2.11010 if-1/1/1
        30826.2.2.1.1.1.1.3.11010 -125
        30826.2.2.1.1.1.1.4.11010 -990
        30826.2.2.1.1.1.1.5.11010 3
        30826.2.2.1.3.1.1.2.11010 if-1/1/1
        30826.2.2.1.3.1.1.4.11010 412
        """,
        {"optical_power_dbm": {"if-1/1/1 Rx": -12.5}, "temperature_celsius": {"if-1/1/1": 41.2}},
        {"if-1/1/1": "up"},
    ),
    "lenovo-cnos": Case(
        "19046.1.7.37",
        """
        19046.2.3.11.1.1.1.4.10 Power Supply 1
        19046.2.3.11.1.1.1.5.10 3
        19046.2.3.11.1.2.1.4.20 Fan 1
        19046.2.3.11.1.2.1.5.20 0
        19046.2.3.11.1.2.1.8.20 9400
        19046.2.3.11.1.2.1.9.20 40
        19046.2.3.11.1.3.1.4.30 Ambient
        19046.2.3.11.1.3.1.5.30 0
        19046.2.3.11.1.3.1.6.30 29
        19046.2.3.11.1.4.2.0 70
        """,
        {"fan_speed_rpm": {"Fan 1": 9400}, "fan_speed_ratio": {"Fan 1": 0.4}, "temperature_celsius": {"Ambient": 29}},
        {"Power Supply 1": "outputFault", "Fan 1": "ok", "Ambient": "ok"},
    ),
    "delta-orion": Case(
        "20246.2.3",
        """
        20246.2.3.1.1.1.2.2.5.0 2
        20246.2.3.1.1.1.2.3.1.0 5412
        20246.2.3.1.1.1.2.3.2.0 235
        20246.2.3.1.1.1.2.3.3.0 2147483647
        20246.2.3.1.1.1.2.3.4.0 214
        20246.2.3.1.1.1.2.3.5.0 2
        """,
        {
            "voltage_volts": {"System": 54.12},
            "current_amperes": {"Load": 23.5},
            "temperature_celsius": {"Battery": 21.4},
        },
        {"Mains": "active", "Battery": "discharge"},
    ),
    "ubiquiti-af60": Case(
        "41112.1.11",
        """
        41112.1.11.1.1.2.0 60480
        41112.1.11.1.2.2.0 GBE-LR
        41112.1.11.1.2.5.0 41
        41112.1.11.1.2.6.0 17
        41112.1.11.1.3.1.2.1.2.3.4.5.6 main
        41112.1.11.1.3.1.3.1.2.3.4.5.6 -51
        41112.1.11.1.3.1.4.1.2.3.4.5.6 18
        41112.1.11.1.3.1.7.1.2.3.4.5.6 1950000
        41112.1.11.1.3.1.14.1.2.3.4.5.6 far
        41112.1.11.1.3.1.15.1.2.3.4.5.6 1200
        """,
        {
            "frequency_hertz": {"Radio": 60.48e9},
            "processor_used_ratio": {"Processor": 0.17},
            "memory_used_ratio": {"Memory": 0.41},
            "signal_dbm": {"far": -51},
            "signal_to_noise_db": {"far": 18},
            "bit_rate_bits_per_second": {"far Tx capacity": 1.95e9},
            "distance_metres": {"far": 1200},
        },
        {"far": "main"},
    ),
    "areca": Case(
        "18928.1",
        """
        18928.1.2.2.1.7.1.2.1 Power 1
        18928.1.2.2.1.7.1.3.1 0
        18928.1.2.2.1.8.1.2.1 12V
        18928.1.2.2.1.8.1.3.1 12038
        18928.1.2.2.1.8.1.2.2 Battery Status
        18928.1.2.2.1.8.1.3.2 255
        18928.1.2.2.1.9.1.2.1 CPU Fan
        18928.1.2.2.1.9.1.3.1 2836
        18928.1.2.2.1.10.1.2.1 CPU
        18928.1.2.2.1.10.1.3.1 50
        """,
        {"voltage_volts": {"12V": 12.038}, "fan_speed_rpm": {"CPU Fan": 2836}, "temperature_celsius": {"CPU": 50}},
        {"Power 1": "failed"},
    ),
    "serverscheck": Case(
        "17095",
        """
        17095.3.1.0 Int. Temp
        17095.3.2.0 23.45
        17095.3.5.0 Humidity
        17095.3.6.0 -
        17095.3.9.0 Ext. Humidity
        17095.3.10.0 41.20
        """,
        {"temperature_celsius": {"Int. Temp": 23.45}, "humidity_ratio": {"Ext. Humidity": 0.412}},
    ),
    "tycon-tpdin": Case(
        "45621.2",
        "45621.2.2.1.0 1\n45621.2.2.5.0 247\n45621.2.2.9.0 13\n45621.2.2.14.0 305",
        {
            "voltage_volts": {"Voltage 1": 24.7},
            "current_amperes": {"Current 1": 1.3},
            "temperature_celsius": {"Internal": 30.5},
        },
        {"Relay 1": "on"},
    ),
    "interseptor": Case(
        "19011.1.3",
        """
        19011.1.3.2.1.3.1.1.1.2.1 Rack top
        19011.1.3.2.1.3.1.1.1.3.1 2387
        19011.1.3.2.1.3.1.1.1.4.1 6
        19011.1.3.2.1.3.1.1.1.2.2 Nothing
        19011.1.3.2.1.3.1.1.1.3.2 0
        19011.1.3.2.1.3.1.1.1.4.2 2
        """,
        {"temperature_celsius": {"Rack top": 23.87}},
        {"Rack top": "above-high-warning", "Nothing": "disable"},
    ),
    "aricent-iss": Case(
        "35265.1.139",
        "2076.81.1.66.0 38\n2076.81.1.68.0 12\n2076.81.1.73.0 44\n2076.81.1.75.0 61",
        {
            "temperature_celsius": {"Switch": 38},
            "processor_used_ratio": {"Processor": 0.12},
            "memory_used_ratio": {"Memory": 0.44},
            "storage_used_ratio": {"Flash": 0.61},
        },
    ),
    "geist-goose": Case(
        "17373.2",
        """
        17373.2.2.1.3.1 Room
        17373.2.2.1.4.1 1
        17373.2.2.1.5.1 23
        17373.2.2.1.6.1 38
        17373.2.3.1.3.1 Feed
        17373.2.3.1.4.1 1
        17373.2.3.1.10.1 74
        17373.2.4.1.3.1 Unplugged
        17373.2.4.1.4.1 0
        17373.2.4.1.5.1 0
        """,
        {"temperature_celsius": {"Room": 23}, "humidity_ratio": {"Room": 0.38}, "current_amperes": {"Feed": 7.4}},
    ),
    "huawei-ups": Case(
        "2011.6.174",
        """
        2011.6.174.1.2.100.1.2.1 UPS5000-E
        2011.6.174.1.3.100.1.1.1 2289
        2011.6.174.1.3.100.1.4.1 4999
        2011.6.174.1.4.100.1.8.1 35
        2011.6.174.1.4.100.1.14.1 273
        2011.6.174.1.6.100.1.3.1 100
        2011.6.174.1.6.100.1.4.1 5400
        """,
        {
            "voltage_volts": {"Input 1 A": 228.9},
            "frequency_hertz": {"Input 1": 49.99},
            "power_watts": {"Output 1 A": 3500},
            "load_ratio": {"Output 1 A": 0.273},
            "charge_ratio": {"Battery 1": 1.0},
            "runtime_seconds": {"Battery 1": 5400},
        },
    ),
    "huawei-ibmc": Case(
        "2011.2.235.1.1",
        """
        2011.2.235.1.1.20.3.0 213
        2011.2.235.1.1.26.50.1.2.1 Inlet Temp
        2011.2.235.1.1.26.50.1.3.1 231
        2011.2.235.1.1.26.50.1.2.2 CPU1 Core
        2011.2.235.1.1.26.50.1.3.2 65535
        2011.2.235.1.1.18.50.1.20.1 255
        2011.2.235.1.1.18.50.1.23.1 2
        """,
        {"power_watts": {"Server average": 213}, "temperature_celsius": {"Inlet Temp": 23.1}},
        {"Disk 1": "yes"},
    ),
    "morningstar": Case(
        "33333",
        """
        33333.2.1.0 TS-MPPT-60
        33333.2.30.0 12000
        33333.2.42.0 4096
        33333.2.46.0 4
        33333.2.48.0 127
        33333.2.49.0 41
        """,
        {
            "voltage_volts": {"Array": 65.91796875},
            "current_amperes": {"Battery": 10},
            "temperature_celsius": {"Heat sink": 41},
        },
        {"Charger": "fault"},
    ),
    "oracle-ilom": Case(
        "42.2.200.2.1",
        """
        1.3.6.1.2.1.47.1.1.1.1.7.5 /SYS/T_AMB
        1.3.6.1.2.1.47.1.1.1.1.7.6 /SYS/VPS
        1.3.6.1.2.1.47.1.1.1.1.7.7 /SYS/FM0/F0/TACH
        42.2.70.101.1.1.8.1.1.5 3
        42.2.70.101.1.1.8.1.2.5 -3
        42.2.70.101.1.1.8.1.4.5 24500
        42.2.70.101.1.1.8.1.1.6 8
        42.2.70.101.1.1.8.1.2.6 0
        42.2.70.101.1.1.8.1.4.6 340
        42.2.70.101.1.1.8.1.1.7 20
        42.2.70.101.1.1.8.1.2.7 0
        42.2.70.101.1.1.8.1.4.7 7200
        """,
        {
            "temperature_celsius": {"/SYS/T_AMB": 24.5},
            "power_watts": {"/SYS/VPS": 340},
            "fan_speed_rpm": {"/SYS/FM0/F0/TACH": 7200},
        },
    ),
    "zhone": Case(
        "5504.1.8.1",
        """
        5504.3.3.1.1.1.1.30 MXK
        5504.3.3.1.1.9.1.30 2
        5504.3.3.3.1.2.1.30 585112
        5504.3.3.3.1.3.1.30 755333
        5504.3.3.3.1.5.1.30 40
        """,
        {
            "processor_used_ratio": {"MXK 1.30": 0.4},
            "memory_used_bytes": {"MXK 1.30": 170221 * 1024},
            "memory_size_bytes": {"MXK 1.30": 755333 * 1024},
            "memory_used_ratio": {"MXK 1.30": 170221 / 755333},
        },
        {"MXK 1.30": "operating"},
    ),
    "comet": Case(
        "22626.1.5",
        """
        22626.1.5.2.1.1.0 Archive
        22626.1.5.2.1.3.0 215
        22626.1.5.2.1.4.0 1
        22626.1.5.2.1.9.0 C
        22626.1.5.2.2.1.0 Archive air
        22626.1.5.2.2.3.0 461
        22626.1.5.2.2.9.0 %RH
        """,
        {"temperature_celsius": {"Archive": 21.5}, "humidity_ratio": {"Archive air": 0.461}},
        {"Archive": "high"},
    ),
    "raritan-px1": Case(
        "13742.4.1",
        """
        13742.4.1.2.2.1.2.3 db1
        13742.4.1.2.2.1.3.3 0
        13742.4.1.2.2.1.4.3 1514
        13742.4.1.2.2.1.6.3 229000
        13742.4.1.3.1.2.0 231
        13742.4.1.3.1.5.0 412
        """,
        {
            "current_amperes": {"db1 3": 1.514},
            "voltage_volts": {"db1 3": 229, "Unit": 231},
            "temperature_celsius": {"Processor": 41.2},
        },
        {"db1 3": "off"},
    ),
    "eaton-managed-pdu": Case(
        "534.6.6.6",
        "534.6.6.6.1.2.2.1.2.1 \n534.6.6.6.1.2.2.1.3.1 1\n534.6.6.6.1.2.2.1.7.1 45",
        {"power_watts": {"Outlet 1": 45}},
        {"Outlet 1": "on"},
    ),
    "primekey": Case(
        "22408",
        """
        22408.1.1.2.1.7.118.101.114.115.105.111.110.1 PrimeKeyAppliance.3.5.0
        22408.1.1.2.1.3.99.112.117.1 34
        22408.1.1.2.1.4.102.97.110.49.1 1025
        22408.1.1.2.1.5.114.97.105.100.49.1 1
        22408.1.1.2.1.6.109.97.105.110.116.49.1 2
        """,
        {"temperature_celsius": {"Processor": 34}, "fan_speed_rpm": {"Processor fan": 1025}},
        {"RAID": "failed", "Maintenance": "Maintenance"},
    ),
    "tycon-tpdin3": Case(
        "45621.3",
        "45621.3.3.15.0 553\n45621.3.3.5.0 55.34\n45621.3.3.6.0 48.1\n45621.3.3.24.0 529\n45621.3.3.1.0 0",
        {"voltage_volts": {"Voltage 1": 55.3, "Voltage 2": 48.1}, "temperature_celsius": {"Internal": 52.9}},
        {"Relay 1": "off"},
    ),
    "ict-modular": Case(
        "39145.13",
        """
        39145.13.7.0 54.1
        39145.13.8.0 12.5
        39145.13.10.1.2.1 3
        39145.13.10.1.4.1 54.0
        39145.13.10.1.5.1 6.2
        39145.13.10.1.2.2 1
        39145.13.10.1.4.2 0
        """,
        {
            "voltage_volts": {"Output": 54.1, "Module 1": 54.0},
            "current_amperes": {"Output": 12.5, "Module 1 channel 1": 6.2},
        },
        {"Module 1": "alarm"},
    ),
    "ict-inverter": Case(
        "39145.12",
        "39145.12.6.0 51.2\n39145.12.7.0 120.1\n39145.12.8.0 37\n39145.12.11.0 1",
        {"voltage_volts": {"Battery": 51.2, "Inverter": 120.1}, "load_ratio": {"Inverter": 0.37}},
        {"Transfer relay": "inverter"},
    ),
    "siae": Case(
        "3373.1103.1",
        """
        3373.1103.77.2.1.2.1 41
        3373.1103.77.2.1.9.1 Baseband
        3373.1103.80.12.1.3.1 -46
        3373.1103.80.12.1.4.1 18
        3373.1103.80.12.1.5.1 -332
        """,
        {
            "temperature_celsius": {"Baseband": 41},
            "signal_dbm": {"Radio 1 Rx": -46},
            "transmit_power_dbm": {"Radio 1 Tx": 18},
            "modulation_error_db": {"Radio 1": -33.2},
        },
    ),
    "datacom-dmos": Case(
        "3709.1.6.2",
        """
        3709.3.6.4.1.2.1.2.1.1.49 21
        3709.3.6.4.1.2.1.6.1.1.49 18
        3709.3.6.4.2.2.1.42.1.1.49 2000
        3709.3.6.4.2.2.1.43.1.1.49 500
        """,
        {
            "processor_used_ratio": {"Chassis 1 slot 1": 0.18},
            "memory_used_bytes": {"Chassis 1 slot 1": 512000},
            "memory_size_bytes": {"Chassis 1 slot 1": 2048000},
            "memory_used_ratio": {"Chassis 1 slot 1": 0.25},
        },
    ),
    "algcom-dc-ups": Case(
        "49136",
        """
        49136.1.1.1.0 539
        49136.1.1.2.0 1374
        49136.1.2.1.0 520
        49136.1.2.2.0 -2230
        49136.1.2.3.0 5
        49136.1.3.1.0 0
        49136.1.4.1.0 37
        """,
        {
            "voltage_volts": {"Output": 53.9, "Battery": 52},
            "current_amperes": {"Output": 1.374, "Battery": -2.23},
            "temperature_celsius": {"Internal": 37},
        },
        {"Charger": "float", "Output": "mains"},
    ),
    "algcom-sm9s": Case(
        "49136.100",
        """
        49136.100.1.1.0 Temperature 1
        49136.100.3.1.0 77
        49136.100.4.1.0 Fahrenheit
        49136.100.1.4.0 Humidity 1
        49136.100.3.4.0 24
        49136.100.4.4.0 %
        49136.100.1.5.0 AC voltage 1
        49136.100.3.5.0 118690
        49136.100.4.5.0 mV
        49136.100.1.10.0 Dry contact 1
        49136.100.3.10.0 1
        49136.100.4.10.0 Boolean
        """,
        {
            "temperature_celsius": {"Temperature 1": 25},
            "humidity_ratio": {"Humidity 1": 0.24},
            "voltage_volts": {"AC voltage 1": 118.69},
        },
        {"Dry contact 1": "on"},
    ),
    "eds-1wire": Case(
        "31440",
        """
        31440.10.2.1.0 2
        31440.10.3.1.2.1 3
        31440.10.3.1.3.1 DS18B20
        31440.10.3.1.7.1 7
        31440.10.3.1.2.2 13
        31440.10.3.1.3.2 EDS0068
        31440.10.3.1.7.2 7
        31440.10.5.1.1.1 17.5625
        31440.10.15.1.1.2 21.5
        31440.10.15.1.2.2 40.0
        31440.10.15.1.3.2 7.25
        """,
        {
            "count": {"Sensors": 2},
            "temperature_celsius": {"DS18B20 1": 17.5625, "EDS0068 2": 21.5, "EDS0068 2 dew point": 7.25},
            "humidity_ratio": {"EDS0068 2": 0.4},
        },
    ),
    "fibrolan": Case(
        "4467.100",
        """
        4467.1000.10.1.13.0 41
        4467.1000.10.1.100.1.2.1 2
        4467.1000.10.1.100.1.3.1 2
        4467.1000.10.1.100.1.4.1 2
        4467.1000.10.1.100.1.2.2 3
        4467.1000.10.1.100.1.3.2 3
        4467.1000.10.1.120.1.2.0 32
        4467.1000.10.1.120.1.3.0 -1
        4467.1000.50.1.2.1.1.2 1000
        4467.1000.50.1.2.1.3.2 34
        4467.1000.50.1.2.1.4.2 9
        4467.1000.50.1.2.1.5.2 3316
        4467.1000.50.1.2.1.1.5 6553
        4467.1000.50.1.2.1.3.5 -1
        4467.1000.50.1.2.1.4.5 65
        4467.1000.50.1.2.1.5.5 6553
        """,
        {
            "temperature_celsius": {"Device": 41, "2 transceiver": 34},
            "processor_used_ratio": {"CPU 0": 0.32},
            "optical_power_dbm": {"2 Rx": 0},
            "current_amperes": {"2 bias": 0.009},
            "voltage_volts": {"2 transceiver": 3.316},
        },
        {"Power supply 1": "ok", "Power supply 1 fan": "notApplicable"},
    ),
    "primekey-software": Case(
        "8072.3.2.10",
        """
        22408.1.4.1.4.1.0 2.3.3
        22408.1.4.1.1.1.0 0
        22408.1.4.1.1.2.0 1
        22408.1.4.1.3.1.4.0 7
        22408.1.4.1.5.2.1.0 -1
        """,
        {"percentage_ratio": {"Database": 0.07}},
        {"Authentication": "ok", "Container runtime": "not-ok", "SignServer": "unavailable"},
    ),
    "moxa-nos": Case(
        "8691.600.1.4",
        """
        8691.602.1.1.2.2.5.0 MDS-G4028
        8691.602.1.3.2.1.0 12
        8691.602.1.3.2.3.0 55
        8691.603.5.3.2.1.1.1.5.25 41.5
        8691.603.5.3.2.1.1.1.8.25 -5.2
        """,
        {
            "processor_used_ratio": {"Processor": 0.12},
            "memory_used_ratio": {"Memory": 0.55},
            "temperature_celsius": {"Port 25 transceiver": 41.5},
            "optical_power_dbm": {"Port 25 Tx": -5.2},
        },
    ),
    "tp-link": Case(
        "11863.5.50",
        """
        11863.6.96.1.7.1.1.2.49161 38.5
        11863.6.96.1.7.1.1.3.49161 3.31
        11863.6.96.1.7.1.1.4.49161 15.2
        11863.6.96.1.7.1.1.5.49161 0.51
        11863.6.96.1.7.1.1.6.49161 -7.25
        11863.6.96.1.7.1.1.2.49162 --
        """,
        {
            "temperature_celsius": {"49161 transceiver": 38.5},
            "voltage_volts": {"49161 transceiver": 3.31},
            "current_amperes": {"49161 bias": 0.0152},
            "optical_power_dbm": {"49161 Rx": -7.25},
        },
    ),
    "dantherm": Case(
        "46651",
        """
        46651.1.1.1.0 34
        46651.1.1.3.0 -41
        46651.1.1.8.0 480
        46651.1.1.18.0 1
        46651.1.1.31.0 0
        46651.1.1.33.0 52
        """,
        {
            "temperature_celsius": {"Controller": 34},
            "fan_speed_rpm": {"Fan 1": 480},
            "voltage_volts": {"System": 52},
        },
        {"Fan 1": "on", "Errors": "none"},
    ),
    "ciena-saos": Case(
        "6141.1.99",
        """
        1271.2.1.2.1.2.3.1.2.1.1.1.1 Slot 1 Sensor 1
        1271.2.1.2.1.2.3.1.3.1.1.1.1 44
        1271.2.1.2.1.2.3.1.6.1.1.1.1 60
        1271.2.1.5.1.2.1.1.1.1.2.2 2
        1271.2.1.5.1.2.1.1.1.1.9.2 PWR-B
        1271.2.1.5.1.2.1.2.1.1.3.1.1 1
        1271.2.1.5.1.2.1.2.1.1.5.1.1 4200
        """,
        {"temperature_celsius": {"Slot 1 Sensor 1": 44}, "fan_speed_rpm": {"Fan 1.1": 4200}},
        {"PWR-B 2": "faulted", "Fan 1.1": "ok"},
    ),
    "hawk-i2": Case(
        "3711.24",
        """
        3711.24.1.1.1.2.1.0 1
        3711.24.1.1.1.2.2.1.3.1 Rack
        3711.24.1.1.1.2.2.1.6.1 2
        3711.24.1.1.1.2.2.1.7.1 235
        3711.24.1.1.1.2.2.1.3.2 Rack
        3711.24.1.1.1.2.2.1.6.2 3
        3711.24.1.1.1.2.2.1.7.2 480
        3711.24.1.1.1.3.1.1.3.5 Door
        3711.24.1.1.1.3.1.1.6.5 2
        3711.24.1.1.1.3.1.1.7.5 1
        """,
        {"temperature_celsius": {"Rack 1": 23.5}, "humidity_ratio": {"Rack 2": 0.48}},
        {"Door 5": "open"},
    ),
    "enviromux-micro": Case(
        "3699.1.1.12",
        """
        3699.1.1.12.1.1.1.1.2.1 1
        3699.1.1.12.1.1.1.1.3.1 Inside
        3699.1.1.12.1.1.1.1.4.1 231
        3699.1.1.12.1.1.1.1.5.1 0
        3699.1.1.12.1.2.1.1.2.1 1
        3699.1.1.12.1.2.1.1.3.1 Outside
        3699.1.1.12.1.2.1.1.4.1 770
        3699.1.1.12.1.2.1.1.5.1 1
        3699.1.1.12.1.2.1.1.2.2 2
        3699.1.1.12.1.2.1.1.4.2 45
        3699.1.1.12.1.3.1.1.2.1 Door
        3699.1.1.12.1.3.1.1.3.1 1
        """,
        {
            "temperature_celsius": {"Inside 1": 23.1, "Outside 1": 25},
            "humidity_ratio": {"External sensor 2": 0.45},
        },
        {"Door 1": "open"},
    ),
    "enviromux": Case(
        "3699.1.1.10",
        """
        3699.1.1.10.1.3.1.1.2.1 1
        3699.1.1.10.1.3.1.1.3.1 Inside
        3699.1.1.10.1.3.1.1.6.1 231
        3699.1.1.10.1.3.1.1.7.1 0
        3699.1.1.10.1.3.1.1.9.1 1
        3699.1.1.10.1.5.1.1.2.4 32770
        3699.1.1.10.1.5.1.1.3.4 Rack
        3699.1.1.10.1.5.1.1.7.4 45
        3699.1.1.10.1.5.1.1.10.4 3
        3699.1.1.10.1.5.1.1.2.5 1
        3699.1.1.10.1.5.1.1.3.5 Gone
        3699.1.1.10.1.5.1.1.7.5 770
        3699.1.1.10.1.5.1.1.10.5 0
        """,
        {"temperature_celsius": {"Inside 1": 23.1}, "humidity_ratio": {"Rack 4": 0.45}},
        {"Inside 1": "normal", "Rack 4": "alert"},
    ),
    "accedian": Case(
        "22420.1.1",
        """
        22420.1.1.1.0 MetroNID
        22420.1.1.20.0 42
        22420.1.1.11.1.2.1 Feed A
        22420.1.1.11.1.4.1 2
        22420.1.1.12.1.2.1 39
        22420.1.1.12.1.3.1 80
        22420.1.1.12.1.5.1 90
        """,
        {"processor_used_ratio": {"Processor": 0.42}, "temperature_celsius": {"Sensor 1": 39}},
        {"Feed A 1": "absent"},
    ),
    "infinera-xtm": Case(
        "8708.2.1",
        "8708.2.71.2.3.1.1.2.18 cusfpii:1:1\n8708.2.71.2.3.1.1.3.18 515916\n8708.2.71.2.3.1.1.6.18 27",
        {"memory_used_ratio": {"cusfpii:1:1": 0.27}},
    ),
    "packetflux": Case(
        "32050.1.4",
        """
        32050.3.2.1.1.4.0.1 53589600
        32050.3.2.1.1.5.0.1 VinA
        32050.3.2.2.1.3.1.1 Radio
        32050.3.2.2.1.4.1.1 1250000
        32050.3.2.3.1.4.0.1 1123
        32050.3.2.3.1.5.0.1 Board
        """,
        {
            "voltage_volts": {"Slot 0 VinA": 53.5896},
            "current_amperes": {"Slot 1 Radio": 1.25},
            "temperature_celsius": {"Slot 0 Board": 11.23},
        },
    ),
    "wisi-tangram": Case(
        "7465",
        """
        7465.20.2.9.1.3.1.2.1.2.7.1 Board
        7465.20.2.9.1.3.1.2.1.3.7.1 38
        7465.20.2.9.1.3.1.4.1.2.1 fan1
        7465.20.2.9.1.3.1.4.1.4.1 8400
        7465.20.2.9.1.3.1.6.1.2.1 PSU
        7465.20.2.9.1.3.1.6.1.4.1 903
        7465.20.2.9.1.3.1.6.1.7.1 12100
        7465.20.2.9.1.3.1.6.1.8.1 32
        """,
        {
            "temperature_celsius": {"Module 7 Board": 38, "PSU 1": 32},
            "fan_speed_rpm": {"fan1": 8400},
            "current_amperes": {"PSU 1": 0.903},
            "voltage_volts": {"PSU 1 external": 12.1},
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_family_reads_what_its_mib_says(name: str) -> None:
    case = CASES[name]
    found = await told(case.sys_object_id, case.cells, case.sys_descr)
    metrics = {metric for reading in found.readings for metric in reading.columns} - {"device_uptime_seconds"}
    numbers = {metric: values(found, metric) for metric in metrics}
    assert {metric: told for metric, told in numbers.items() if told} == {
        metric: {label: pytest.approx(value) for label, value in labels.items()}
        for metric, labels in case.numbers.items()
    }
    assert states(found) == case.states


async def test_a_sys_object_id_sent_as_text_is_understood() -> None:
    found = await told("34278", "1.3.6.1.2.1.1.2.0 .1.3.6.1.4.1.34278\n34278.1.1.0 2301")
    assert values(found, "voltage_volts") == {"L1": pytest.approx(230.1)}


async def test_limits_may_come_from_a_scalar_that_is_missing() -> None:
    found = await told(CASES["lenovo-cnos"].sys_object_id, CASES["lenovo-cnos"].cells)
    assert not found.problems
    assert [(limit.level, limit.value) for limit in found.limits] == [("critical_above", 70)]


async def test_entity_sensors_with_odd_types_and_precisions() -> None:
    """RFC 3433: a precision below 0 tells accurate digits only; the type may be other(1) with the unit in words."""
    rows = (  # name, type, scale, precision, value, units
        ("Accurate", 8, 9, -1, 41, "C"),
        ("Tenths", 8, 9, 1, 415, "C"),
        ("Words", 1, 9, 0, 104, "degrees F"),
        ("Milli", 2, 8, 0, 12100, "Volts DC"),
        ("Share", 10, 9, 0, 45, "%"),
        ("Nothing known", 1, 9, 0, 7, "things"),
    )
    lines = []
    for index, (name, *cells, units) in enumerate(rows, 1):
        lines.append(f"1.3.6.1.2.1.47.1.1.1.1.7.{index} {name}")
        sensor = "1.3.6.1.2.1.99.1.1.1"
        lines += [f"{sensor}.{column}.{index} {cell}" for column, cell in enumerate(cells, 1)]
        lines += [f"{sensor}.5.{index} 1", f"{sensor}.6.{index} {units}"]
    found = await told("99999.1", "\n".join(lines))
    assert values(found, "temperature_celsius") == {
        "Accurate": pytest.approx(41),
        "Tenths": pytest.approx(41.5),
        "Words": pytest.approx(40),
    }
    assert values(found, "voltage_volts") == {"Milli": pytest.approx(12.1)}
    assert values(found, "fan_speed_ratio") == {"Share": pytest.approx(0.45)}
    assert not values(found, "fan_speed_rpm")


@pytest.mark.parametrize(("told_value", "hertz"), [(50, 50), (499, 49.9), (6001, 60.01)])
async def test_a_ups_may_tell_its_frequency_in_any_part_of_a_hertz(told_value: int, hertz: float) -> None:
    ups = "1.3.6.1.2.1.33.1"
    found = await told("99999.1", f"{ups}.4.2.0 {told_value}\n{ups}.3.3.1.2.1 {told_value}\n{ups}.2.7.0 -273")
    assert values(found, "frequency_hertz") == {"Output": pytest.approx(hertz), "Input 1": pytest.approx(hertz)}
    assert not values(found, "temperature_celsius")


async def test_masks_that_are_left_out_are_known_for_loopback_and_link_local_addresses() -> None:
    ip = "1.3.6.1.2.1.4.20.1"
    lines = [f"{ip}.2.{address} 1" for address in ("127.0.0.1", "169.254.0.1", "10.0.0.1")]
    found = await told("99999.1", "\n".join([*lines, f"{ip}.3.127.0.0.1 0.0.0.0"]))
    assert {record["address"]: record.get("prefix_len") for record in found.records["addresses"]} == {
        "127.0.0.1": 8,
        "169.254.0.1": 16,
        "10.0.0.1": None,
    }


async def test_cumulus_tells_sessions_by_interface_once() -> None:
    lines = []
    for base, index in (("40310.4.3.1.1", "192.168.0.1"), ("40310.7.3.1.1", "10.1.192.168.0.1")):
        lines += [f"{base}.2.{index} 6", f"{base}.3.{index} 2", f"{base}.9.{index} 65000"]
    other = "40310.7.3.1.1"
    lines += [f"{other}.2.10.0.0.0.0.7 3", f"{other}.9.10.0.0.0.0.7 65001", f"{other}.25.10.0.0.0.0.7 swp5"]
    found = await told("40310", "\n".join(lines))
    assert [(record["peer"], record["remote_as"], record["state"]) for record in found.records["bgp_peers"]] == [
        ("192.168.0.1", 65000, "established"),
        ("swp5", 65001, "active"),
    ]
