"""A Huawei switch of the S series (VRP 5)."""

OUTPUTS = {
    "display version": """\
Huawei Versatile Routing Platform Software
VRP (R) software, Version 5.170 (S5720 V200R011C10SPC600)
Copyright (C) 2000-2018 HUAWEI TECH Co., Ltd.
HUAWEI S5720-28X-LI-AC Routing Switch uptime is 10 weeks, 3 days, 2 hours, 1 minute
""",
    "display interface brief": """\
PHY: Physical
*down: administratively down
(l): loopback
(s): spoofing
InUti/OutUti: input utility/output utility
Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors
GigabitEthernet0/0/1        up    up        0.01%  0.02%          7          0
GigabitEthernet0/0/2        *down down         0%     0%          0          0
NULL0                       up    up(s)        0%     0%          0          0
""",
    "display device": """\
S5720-28X-LI-AC's Device status:
Slot Sub  Type                   Online    Power      Register     Status   Role
-------------------------------------------------------------------------------
0    -    S5720-28X-LI           Present   PowerOn    Registered   Abnormal Master
""",
    "display temperature all": "Temperature: the sensors of this board cannot be read now\n",
    "display transceiver verbose": """\
GigabitEthernet0/0/1 transceiver information:
-------------------------------------------------------------
Common information:
  Transceiver Type               :1000_BASE_LX_SFP
-------------------------------------------------------------
Diagnostic information:
  Temperature(C)                 :35.00
  RX Power(dBM)                  :-9.78
  RX Power High Warning(dBM)     :-2.22
  TX Power(dBM)                  :-5.43
-------------------------------------------------------------
GigabitEthernet0/0/2 transceiver information:
Diagnostic information:
  RX Power(dBM)                  :-40.00
  TX Power(dBM)                  :-5.10
""",
    "display ntp-service status": """\
 clock status: synchronized
 clock stratum: 3
 reference clock ID: 192.0.2.1
 nominal frequency: 100.0000 Hz
 clock offset: 1.5000 ms
 root delay: 20.15 ms
""",
    "display cpu-usage": "CPU Usage Stat. Cycle: 60 (Second)\nCPU Usage            : 7% Max: 99%\n",
    "display memory-usage": """\
 Memory utilization statistics at 2026-01-01 10:00:00
 System Total Memory Is: 446640128 bytes
 Total Memory Used Is: 223320064 bytes
 Memory Using Percentage Is: 50%
""",
    "display lldp neighbor": """\
GigabitEthernet0/0/1 has 1 neighbor(s):

Neighbor index :1
Chassis type   :MAC address
Chassis ID     :0011-2233-4499
Port ID type   :Interface name
Port ID        :Gi0/0/3
Port description    :to the switch
System name         :rt-core
System description  :A router
System capabilities supported   :bridge router
System capabilities enabled     :router
Management address type  :ipv4
Management address value :192.0.2.1
Expired time   :110s
""",
    "display arp all": """\
IP ADDRESS      MAC ADDRESS     EXPIRE(M) TYPE INTERFACE      VPN-INSTANCE
                                          VLAN/CEVLAN
------------------------------------------------------------------------------
192.0.2.10      0011-2233-4400            I -  Vlanif1
192.0.2.33      0011-2233-4433  12        D-0  GE0/0/1
                                          1/-
------------------------------------------------------------------------------
Total:2         Dynamic:1       Static:0     Interface:1
""",
    "display bgp peer": "Error: BGP is not configured.",
}
