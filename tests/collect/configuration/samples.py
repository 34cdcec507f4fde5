"""Lines in which the platforms write secrets, and small configurations as they show them. Nothing here is real."""

from __future__ import annotations

FRR = (
    "password {secret}",
    "enable password {secret}",
    " neighbor 192.0.2.6 password {secret}",
    " ip ospf message-digest-key 1 md5 {secret}",
    " ip ospf authentication-key {secret}",
    " area-password md5 {secret}",
)

SECRET_LINES: dict[str, tuple[str, ...]] = {
    "cisco_ios": (
        "enable secret 5 {secret}",
        "enable secret 9 {secret}",
        "enable password 7 {secret}",
        "username ana privilege 15 secret 5 {secret}",
        "username ana password 0 {secret}",
        "snmp-server community {secret} RO 10",
        "snmp-server host 192.0.2.9 version 2c {secret}",
        "snmp-server host 192.0.2.9 {secret}",
        "snmp-server host 192.0.2.9 vrf Mgmt-vrf version 2c {secret}  config",
        "tacacs-server host 192.0.2.8 key 7 {secret}",
        "tacacs-server key {secret}",
        "radius-server host 192.0.2.8 auth-port 1812 acct-port 1813 key {secret}",
        "  key 7 {secret}",
        "crypto isakmp key {secret} address 192.0.2.7",
        "  pre-shared-key {secret}",
        " neighbor 192.0.2.6 password 7 {secret}",
        " ip ospf message-digest-key 1 md5 7 {secret}",
        " ip ospf authentication-key {secret}",
        "  key-string 7 {secret}",
        " ppp chap password 0 {secret}",
        " password 7 {secret}",
        "ip ftp password 7 {secret}",
        " path ftp://respaldo:{secret}@192.0.2.5/$h",
        " wpa-psk ascii 7 {secret}",
    ),
    "cisco_nxos": (
        "username admin password 5 {secret}  role network-admin",
        "snmp-server user admin network-admin auth md5 {secret} priv 0x11 localizedkey",
        "snmp-server user admin network-admin auth sha 0x22 priv aes-128 {secret} localizedkey",
        "snmp-server community {secret} group network-operator",
        'radius-server host 192.0.2.8 key 7 "{secret}" authentication accounting',
        'tacacs-server key 7 "{secret}"',
    ),
    "cisco_xr": (
        " secret 10 {secret}",
        " password 7 {secret}",
        "snmp-server community {secret} RO",
        "   key-string password {secret}",
        "tacacs-server host 192.0.2.8 port 49 key 7 {secret}",
    ),
    "cisco_asa": (
        "enable password {secret} pbkdf2",
        "passwd {secret} encrypted",
        "username ana password {secret} encrypted privilege 15",
        " ikev1 pre-shared-key {secret}",
        "snmp-server community {secret}",
        "snmp-server host inside 192.0.2.9 community {secret} version 2c",
        " key {secret}",
    ),
    "arista_eos": (
        "username ana privilege 15 role network-admin secret sha512 {secret}",
        "enable password sha512 {secret}",
        "snmp-server community {secret} ro",
        "radius-server host 192.0.2.8 key 7 {secret}",
        "   neighbor 192.0.2.6 password 7 {secret}",
    ),
    "juniper_junos": (
        '            encrypted-password "{secret}"; ## SECRET-DATA',
        '        secret "{secret}"; ## SECRET-DATA',
        "    community {secret} {{",
        '                pre-shared-key ascii-text "{secret}"; ## SECRET-DATA',
        '            authentication-key "{secret}"; ## SECRET-DATA',
    ),
    "huawei_vrp": (
        " local-user ana password irreversible-cipher {secret}",
        " snmp-agent community read cipher {secret}",
        " snmp-agent community read {secret}",
        " radius-server shared-key cipher {secret}",
        " set authentication password cipher {secret}",
        " snmp-agent target-host trap address udp-domain 192.0.2.9 params securityname cipher {secret} v2c",
    ),
    "hp_comware": (
        " password hash {secret}",
        " snmp-agent community read cipher {secret}",
        " snmp-agent community write simple {secret}",
        " key authentication cipher {secret}",
        " set authentication password simple {secret}",
    ),
    "hp_procurve": (
        'snmp-server community "{secret}" operator',
        'password manager user-name "admin" sha1 "{secret}"',
        'radius-server host 192.0.2.8 key "{secret}"',
        'radius-server host 192.0.2.8 encrypted-key "{secret}"',
        'tacacs-server key "{secret}"',
        'snmpv3 user "ana" auth sha "{secret}" priv aes "x"',
        'snmpv3 user "ana" auth sha "x" priv aes "{secret}"',
    ),
    "aruba_aoscx": (
        "user admin group administrators password ciphertext {secret}",
        "snmp-server community {secret}",
        "radius-server host 192.0.2.8 key ciphertext {secret}",
        "snmpv3 user ana auth sha auth-pass ciphertext {secret} priv aes priv-pass ciphertext x",
        "snmpv3 user ana auth sha auth-pass ciphertext x priv aes priv-pass ciphertext {secret}",
    ),
    "fortinet": (
        "        set password ENC {secret}",
        "        set psksecret ENC {secret}",
        '        set passwd "{secret}"',
        'config system snmp community\n    edit 1\n        set name "{secret}"',
        '  set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{secret}\n-----END ENCRYPTED PRIVATE KEY-----"',
    ),
    "mikrotik_routeros": (
        'add name=ana password="{secret}" profile=vpn service=l2tp',
        "set [ find default=yes ] authentication-types=wpa2-psk wpa2-pre-shared-key={secret}",
        "add address=192.0.2.8 secret={secret} service=login",
        "add peer=oficina secret={secret}",
        "/snmp community\nset [ find default=yes ] addresses=192.0.2.0/24 name={secret}",
    ),
    "frr": FRR,
    "linux_frr": FRR,
    "vyos": (
        "set system login user ana authentication encrypted-password '{secret}'",
        "set system login user ana authentication plaintext-password '{secret}'",
        "set service snmp community {secret} authorization 'ro'",
        "set vpn ipsec authentication psk oficina secret '{secret}'",
        "set interfaces wireguard wg0 private-key '{secret}'",
    ),
    "dell_os10": (
        "username ana password {secret} role sysadmin",
        "snmp-server community {secret} ro",
        "radius-server host 192.0.2.8 key 9 {secret}",
    ),
    "extreme_exos": (
        'configure account admin encrypted "{secret}"',
        'configure radius mgmt-access primary shared-secret encrypted "{secret}"',
        "configure snmp add community readonly {secret}",
    ),
    "ubiquiti_edgeswitch": (
        'username "ana" password {secret} level 15 encrypted',
        'snmp-server community "{secret}" ro',
    ),
    "allied_telesis_awplus": (
        "username ana privilege 15 password 8 {secret}",
        "snmp-server community {secret}",
        "radius-server host 192.0.2.8 key {secret}",
    ),
    "paloalto_panos": (
        "        phash {secret};",
        "          key {secret};",
        "            bind-password {secret};",
        "          snmp-community-string {secret};",
    ),
}
"""By definition; `{secret}` is where it stands."""

INNOCENT_LINES = (
    "service password-encryption",
    "crypto key generate rsa modulus 2048",
    "key chain OSPF",
    " key 1",
    "ip community-list standard LOCAL permit 65000:1",
    " set community 65000:1 additive",
    "snmp-server enable traps config",
    "snmp-server location Palacio Municipal",
    "snmp-server host 192.0.2.9 version 3 priv monitor",
    "ssh server cipher aes256_ctr aes128_ctr",
    "interface GigabitEthernet0/1",
    " description Enlace a Tesoreria",
    "aaa authentication login default group tacacs+ local",
)
"""Lines without a secret, which must stay as they are."""

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
