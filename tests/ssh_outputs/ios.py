"""A Cisco IOS access switch that also speaks BGP, as a netmiko session sees it."""

OUTPUTS = {
    "show version": """\
Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version 15.2(4)E8, RELEASE SOFTWARE (fc3)
sw-test uptime is 2 weeks, 1 day, 3 hours, 5 minutes
cisco WS-C2960X-48TS-L (APM86XXX) processor (revision A0) with 524288K bytes of memory.
Processor board ID FOC0000TEST
""",
    "show hosts": "Default domain is example.invalid",
    "show ip interface brief": """\
Interface              IP-Address      OK? Method Status                Protocol
Vlan1                  192.0.2.10      YES NVRAM  up                    up
GigabitEthernet1/0/1   unassigned      YES unset  up                    up
GigabitEthernet1/0/2   unassigned      YES unset  administratively down down
""",
    "show interfaces": """\
GigabitEthernet1/0/1 is up, line protocol is up (connected)
  Hardware is Gigabit Ethernet, address is 0011.2233.4401 (bia 0011.2233.4401)
  Description: uplink
  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,
  Full-duplex, 1000Mb/s, media type is 10/100/1000BaseTX
     1000 packets input, 640000 bytes, 0 no buffer
     Received 10 broadcasts (5 multicasts)
     3 input errors, 1 CRC, 0 frame, 0 overrun, 0 ignored
     2000 packets output, 990000 bytes, 0 underruns
     4 output errors, 0 collisions, 1 interface resets
     0 unknown protocol drops
     0 output buffer failures, 0 output buffers swapped out
GigabitEthernet1/0/2 is administratively down, line protocol is down (disabled)
  Hardware is Gigabit Ethernet, address is 0011.2233.4402 (bia 0011.2233.4402)
  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,
  Auto-duplex, Auto-speed, media type is 10/100/1000BaseTX
     0 packets input, 0 bytes, 0 no buffer
     Received 0 broadcasts (0 multicasts)
     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored
     0 packets output, 0 bytes, 0 underruns
     0 output errors, 0 collisions, 1 interface resets
     0 unknown protocol drops
     0 output buffer failures, 0 output buffers swapped out
""",
    "show ip interface": """\
Vlan1 is up, line protocol is up
  Internet address is 192.0.2.10/24
  Broadcast address is 255.255.255.255
""",
    "show proc cpu": "CPU utilization for five seconds: 11%/0%; one minute: 9%; five minutes: 8%",
    "show memory statistics": """\
                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)
Processor    24D6A3C    86573508    28967264    57606244    54895812    54512032
      I/O    2C00000    12574720     9133236     3441484     3402752     3403420
""",
    "show env temperature status": """\
SYSTEM Temperature Value: 48 Degree Celsius
Temperature State: YELLOW
Yellow Threshold : 46 Degree Celsius
Red Threshold    : 60 Degree Celsius
""",
    "show arp | exclude Incomplete": """\
Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  192.0.2.1              12   0011.2233.4499  ARPA   Vlan1
Internet  192.0.2.10              -   0011.2233.4400  ARPA   Vlan1
""",
    "show lldp neighbors": """\
Capability codes:
    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device
    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other

Device ID           Local Intf     Hold-time  Capability      Port ID
rt-core             Gi1/0/1        120        B,R             Gi0/0/3

Total entries displayed: 1
""",
    "show lldp neighbors detail": """\
------------------------------------------------
Local Intf: Gi1/0/1
Chassis id: 0011.2233.4499
Port id: Gi0/0/3
Port Description: to the switch
System Name: rt-core

System Description:
A router

Time remaining: 95 seconds
System Capabilities: B,R
Enabled Capabilities: R
Management Addresses:
    IP: 192.0.2.1
Auto Negotiation - supported, enabled

Total entries displayed: 1
""",
    "show interfaces transceiver": """\
                                             Optical   Optical
             Temperature  Voltage  Current   Tx Power  Rx Power
Port         (Celsius)    (Volts)  (mA)      (dBm)     (dBm)
---------    -----------  -------  --------  --------  --------
Gi1/0/1        31.2       3.29      18.4      -5.2      -17.9
""",
    "show ntp associations": """\
  address         ref clock       st   when   poll reach  delay  offset   disp
*~192.0.2.1       .GPS.            1     35     64   377  1.204   0.350  0.998
 ~192.0.2.2       .INIT.          16      -   1024     0  0.000   0.000 15937.
 * sys.peer, # selected, + candidate, - outlyer, x falseticker, ~ configured
""",
}
