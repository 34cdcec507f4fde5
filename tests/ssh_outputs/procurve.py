"""An Aruba switch of the ProCurve line."""

OUTPUTS = {
    "show system": """\
 Status and Counters - General System Information

  System Name        : sw-aruba
  System Contact     : Redes
  System Location    : Palacio

  MAC Age Time (sec) : 300

  Time Zone          : -360
  Daylight Time Rule : None

  Software revision  : YA.16.10.0012        Base MAC Addr      : 001122-334400
  ROM Version        : YA.15.20             Serial Number      : CN00TEST01
  Up Time            : 45 days              Memory   - Total   : 70,123,456
  CPU Util (%)       : 12                              Free    : 40,000,000

  IP Mgmt  - Pkts Rx : 1,234                Packet   - Total   : 6750
             Pkts Tx : 5,678                Buffers    Free    : 5000
                                                       Lowest  : 4990
                                                       Missed  : 0
""",
    "show interfaces brief": """\
 Status and Counters - Port Status

                  | Intrusion                           MDI  Flow
  Port  Type      | Alert     Enabled Status Mode       Mode Ctrl
  ----- --------- + --------- ------- ------ ---------- ---- ----
  1     100/1000T | No        Yes     Up     1000FDx    MDIX off
  2     100/1000T | No        Yes     Down   1000FDx    Auto off
""",
    "show lldp info remote-device": """\
 LLDP Remote Devices Information

  LocalPort | ChassisId          PortId PortDescr SysName
  --------- + ------------------ ------ --------- ------------------
  1         | 00 11 22 33 44 99  7      7         rt-core
""",
    "show mac-address": """\
 Status and Counters - Port Address Table

  MAC Address   Port  VLAN
  ------------- ----- ----
  001122-334433 1     10
""",
    "show arp": """\
 IP ARP table

  IP Address       MAC Address       Type    Port
  ---------------  ----------------- ------- ----
  192.0.2.33       001122-334433     dynamic 1
""",
}
