"""Small configurations as the platforms show them. Nothing here is real."""

from __future__ import annotations

IOS = """\
Building configuration...

Current configuration : 1824 bytes
!
! Last configuration change at 14:02:11 CST Mon Nov 3 2025 by ana
! NVRAM config last updated at 14:03:00 CST Mon Nov 3 2025 by ana
!
version 15.2
no service pad
service password-encryption
!
hostname sw-test
!
enable secret 5 $1$abcd$ThisIsAHashOfASecret
!
crypto pki certificate chain TP-self-signed-1
 certificate self-signed 01
  3082022B 30820194 A0030201 02020101 300D0609 2A864886 F70D0101 04050030
  \tquit
!
banner motd ^C
Access denied to the unauthorized
^C
interface GigabitEthernet0/1
 description Enlace a Tesoreria
 switchport access vlan 10
!
interface Vlan1
 ip address 192.0.2.10 255.255.255.0
!
snmp-server community soloLectura RO
ntp clock-period 36029133
ntp server 192.0.2.1
!
line vty 0 4
 password 7 0822455D0A16
 login
!
end
"""

IOS_STARTUP = "Using 1824 out of 524288 bytes\n" + IOS.split("\n", 3)[3].replace(
    "ntp clock-period 36029133\n", "ntp clock-period 36029009\n"
)
