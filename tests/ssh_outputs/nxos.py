"""A Cisco Nexus as a netmiko session sees it; JSON where the driver asks for it."""

import json

_COUNTERS = [{"interface": "Ethernet1/1", "eth_inbytes": "640000", "eth_inucast": "1000", "eth_outbytes": "990000"}]
_INTERFACES = [{"interface": "Ethernet1/1", "eth_outdiscard": "7", "eth_inerr": "3"}]


def _table(rows: list[dict[str, str]]) -> str:
    return json.dumps({"TABLE_interface": {"ROW_interface": rows}})


OUTPUTS = {
    "show version": """\
Cisco Nexus Operating System (NX-OS) Software
Software
  BIOS: version 05.45
  NXOS: version 9.3(8)
Hardware
  cisco Nexus9000 C93180YC-EX chassis
  Intel(R) Xeon(R) CPU with 24570640 kB of memory.
  Processor Board ID FDO0000TEST

  Device name: sw-test
Kernel uptime is 12 day(s), 3 hour(s), 5 minute(s), 7 second(s)
""",
    "show hosts": "DNS lookup enabled\nDefault domain for vrf:default is example.invalid\n",
    "show hostname": "sw-test.example.invalid",
    "show interface status": """\
--------------------------------------------------------------------------------
Port          Name               Status    Vlan      Duplex  Speed   Type
--------------------------------------------------------------------------------
Eth1/1        uplink             connected trunk     full    10G     10Gbase-SR
""",
    "show inventory | json": json.dumps(
        {
            "TABLE_inv": {
                "ROW_inv": [
                    {"name": "Chassis", "desc": "Nexus9000", "productid": "N9K-C93180YC-EX", "serialnum": "FDO0000TEST"}
                ]
            }
        }
    ),
    "show interface": """\
Ethernet1/1 is up
admin state is up, Dedicated Interface
  Hardware: 1000/10000 Ethernet, address: 0011.2233.4401 (bia 0011.2233.4401)
  Description: uplink
  MTU 9216 bytes, BW 10000000 Kbit, DLY 10 usec
  full-duplex, 10 Gb/s
Ethernet1/2 is down (Administratively down)
admin state is down, Dedicated Interface
  Hardware: 1000/10000 Ethernet, address: 0011.2233.4402 (bia 0011.2233.4402)
  MTU 1500 bytes, BW 10000000 Kbit, DLY 10 usec
""",
    "show interface counters detailed | json": _table(_COUNTERS),
    "show interface | json": _table(_INTERFACES),
    "show ip interface vrf all": """\
IP Interface Status for VRF "default"
Vlan10, Interface status: protocol-up/link-up/admin-up, iod: 5,
  IP address: 192.0.2.10, IP subnet: 192.0.2.0/24
""",
    "show ipv6 interface vrf all": 'IPv6 Interface Status for VRF "default"\n',
    "show system resources": """\
Load average:   1 minute: 0.49   5 minutes: 0.44   15 minutes: 0.40
Processes   :   628 total, 1 running
CPU states  :   2.11% user,   1.89% kernel,   96.00% idle
        CPU0 states  :   10.00% user,   5.00% kernel,   85.00% idle
Memory usage:   16401224K total,   4798280K used,   11602944K free
Current memory status: OK
""",
    "show environment temperature": """\
Temperature:
--------------------------------------------------------------------
Module   Sensor        MajorThresh   MinorThres   CurTemp     Status
                       (Celsius)     (Celsius)    (Celsius)
--------------------------------------------------------------------
1        FRONT           70              42          28         Ok
1        BACK            80              50          55         Alarm
""",
    "show ip arp vrf all | exc INCOMPLETE": """\
Flags: * - Adjacencies learnt on non-active FHRP router
       + - Adjacencies synced via CFSoE

IP ARP Table for context default
Total number of entries: 1
Address         Age       MAC Address     Interface
192.0.2.1       00:10:34  0011.2233.4499  Vlan10
""",
    "show lldp neighbors detail": """\
Capability codes:
  (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
  (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other

Chassis id: 0011.2233.4499
Port id: Gi0/0/3
Local Port id: Eth1/1
Port Description: to the switch
System Name: rt-core
System Description: A router
Time remaining: 95 seconds
System Capabilities: B, R
Enabled Capabilities: R
Management Address: 192.0.2.1

Total entries displayed: 1
""",
    "show interface transceiver details": """\
Ethernet1/1
    transceiver is present
    type is 10Gbase-SR
    name is CISCO-FINISAR
    part number is FTLX8571D3BCL-C2
    revision is A
    serial number is FNS0000TEST
           SFP Detail Diagnostics Information (internal calibration)
  ----------------------------------------------------------------------------
                Current              Alarms                  Warnings
                Measurement     High        Low         High          Low
  ----------------------------------------------------------------------------
  Temperature   31.20 C        75.00 C     -5.00 C     70.00 C        0.00 C
  Voltage        3.29 V         3.63 V      2.97 V      3.46 V        3.13 V
  Current        7.40 mA       11.80 mA     4.00 mA    10.80 mA       5.00 mA
  Tx Power      -2.33 dBm       1.69 dBm  -11.30 dBm   -1.30 dBm     -7.30 dBm
  Rx Power      -5.17 dBm       1.99 dBm  -13.97 dBm   -1.00 dBm     -9.91 dBm
Ethernet1/2
    transceiver is present
    type is 10Gbase-SR
    name is CISCO-FINISAR
    part number is FTLX8571D3BCL-C2
    revision is A
    serial number is FNS0001TEST
  Current          N/A          11.80 mA     4.00 mA    10.80 mA       5.00 mA
  Tx Power         N/A           1.69 dBm  -11.30 dBm   -1.30 dBm     -7.30 dBm
  Rx Power         N/A           1.99 dBm  -13.97 dBm   -1.00 dBm     -9.91 dBm
Ethernet1/3
    transceiver is not present
""",
    "show bgp all summary vrf all": "Note: process currently not running",
}
