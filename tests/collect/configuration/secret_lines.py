# ruff: noqa: E501
"""Lines in which the platforms write secrets, and others like them that hold none. Nothing here is real.

`{secret}` is where it stands; `\\n` parts the lines of a stretch.
"""

from __future__ import annotations

from collections.abc import Mapping

_SECRET = {
    "cisco_ios": r"""
enable secret 5 {secret}
enable secret 9 {secret}
enable password 7 {secret}
username ana privilege 15 secret 5 {secret}
username ana password 0 {secret}
snmp-server community {secret} RO 10
snmp-server host 192.0.2.9 version 2c {secret}
snmp-server host 192.0.2.9 {secret}
snmp-server host 192.0.2.9 vrf Mgmt-vrf version 2c {secret}  config
tacacs-server host 192.0.2.8 key 7 {secret}
tacacs-server key {secret}
radius-server host 192.0.2.8 auth-port 1812 acct-port 1813 key {secret}
  key 7 {secret}
crypto isakmp key {secret} address 192.0.2.7
  pre-shared-key {secret}
 neighbor 192.0.2.6 password 7 {secret}
 ip ospf message-digest-key 1 md5 7 {secret}
 ip ospf authentication-key {secret}
  key-string 7 {secret}
 ppp chap password 0 {secret}
 password 7 {secret}
ip ftp password 7 {secret}
 path ftp://respaldo:{secret}@192.0.2.5/$h
 wpa-psk ascii 7 {secret}
 pre-shared-key address 0.0.0.0 0.0.0.0 key {secret}
 pre-shared-key address 192.0.2.1 key 6 {secret}
 pre-shared-key local {secret}
 pre-shared-key remote 6 {secret}
 key {secret}
  client 192.0.2.8 server-key 7 {secret}
  client 192.0.2.8 server-key {secret}
 server-private 192.0.2.8 auth-port 1812 acct-port 1813 key {secret}
 server-private 192.0.2.8 key 7 {secret}
 standby 1 authentication {secret}
 standby 1 authentication text {secret}
 standby 1 authentication md5 key-string {secret}
 vrrp 1 authentication text {secret}
 glbp 1 authentication md5 key-string 7 {secret}
 ip nhrp authentication {secret}
 area 0 virtual-link 192.0.2.1 authentication message-digest message-digest-key 1 md5 7 {secret}
 area 0 virtual-link 192.0.2.1 authentication-key 7 {secret}
ntp authentication-key 1 md5 {secret} 7
ntp authentication-key 1 hmac-sha2-256 {secret} 7
ntp authentication-key 1 cmac-aes-128 {secret}
 isis password {secret} level-2
vtp password {secret}
 ppp pap sent-username ana password 7 {secret}
 l2tp tunnel password 7 {secret}
snmp-server user ana grp v3 auth sha {secret} priv aes 128 x
snmp-server user ana grp v3 auth sha x priv aes 128 {secret}
snmp-server user ana grp v3 encrypted auth md5 {secret} priv des56 x
 security wpa akm psk set-key ascii 0 {secret}
 security wpa psk set-key ascii 8 {secret} akm
 mgmtuser username ana password 0 {secret} secret 0 x
 mgmtuser username ana password 0 x secret 0 {secret}
 authentication username ana password 7 {secret}
 credentials number 100 username ana password 7 {secret} realm x
  pin {secret}
 ipv6 ospf encryption ipsec spi 500 esp aes-cbc 128 {secret} sha1 x
 ospfv3 authentication ipsec spi 500 sha1 {secret}
 ospfv3 1 ipv6 encryption ipsec spi 500 esp null sha1 7 {secret}
event manager environment _password {secret}
key config-key password-encrypt {secret}
username ana algorithm-type scrypt secret 9 {secret}
enable algorithm-type sha256 secret 8 {secret}
aaa group server tacacs+ X\n server-private 192.0.2.8 key {secret}
ldap server X\n bind authenticate root-dn cn=x password 7 {secret}
 wep key 1 size 40bit 7 {secret} transmit-key
 dot1x username ana password 0 {secret}
ip http client password 7 {secret}
 eigrp\n  authentication mode hmac-sha-256 {secret}
  authentication mode hmac-sha-256 7 {secret}
snmp-server host 192.0.2.9 informs version 2c {secret}
snmp-server host 192.0.2.9 traps {secret} config
ip ddns update method x\n HTTP\n  add http://ana:{secret}@example.com/update
username ana secret 0 {secret}
snmp mib community-map {secret} engineid x
tacacs server X\n key {secret}
radius server X\n key 7 {secret}
 switchport port-security aaa\n password {secret}
wpa-psk ascii 0 {secret}
 secret 5 {secret}
""",
    "cisco_nxos": r"""
username admin password 5 {secret}  role network-admin
snmp-server user admin network-admin auth md5 {secret} priv 0x11 localizedkey
snmp-server user admin network-admin auth sha 0x22 priv aes-128 {secret} localizedkey
snmp-server community {secret} group network-operator
radius-server host 192.0.2.8 key 7 "{secret}" authentication accounting
tacacs-server key 7 "{secret}"
snmp-server host 192.0.2.9 traps version 2c {secret}
snmp-server host 192.0.2.9 use-vrf management version 2c {secret}
    password 3 {secret}
  ip ospf authentication-key 3 {secret}
  ip ospf message-digest-key 1 md5 3 {secret}
    key-string 7 {secret}
    authentication md5 key-string {secret}
    authentication text {secret}
  hsrp 1\n    authentication {secret}
ntp authentication-key 1 md5 {secret} 7
username ana passphrase {secret}
ldap-server host 192.0.2.1 rootDN "cn=x" password 7 {secret} port 389
snmp-server user ana network-operator auth sha-256 {secret} priv aes-128 x localizedV2key
radius-server host 192.0.2.1 key 7 "{secret}" auth-port 1812
tacacs-server host 192.0.2.1 key {secret}
  pre-shared-key 7 {secret}
fcip profile\n key {secret}
key 1\n    key-octet-string 7 {secret} cryptographic-algorithm AES_128_CMAC
""",
    "cisco_xr": r"""
 secret 10 {secret}
 password 7 {secret}
snmp-server community {secret} RO
   key-string password {secret}
tacacs-server host 192.0.2.8 port 49 key 7 {secret}
  hello-password hmac-md5 encrypted {secret}
  hello-password text encrypted {secret} level 2
 lsp-password keychain x\n lsp-password hmac-md5 encrypted {secret}
  password encrypted {secret}
   message-digest-key 1 md5 encrypted {secret}
  authentication-key encrypted {secret}
snmp-server user ana grp v3 auth md5 encrypted {secret} priv aes 128 encrypted x
snmp-server user ana grp v3 auth md5 encrypted x priv aes 128 encrypted {secret}
snmp-server host 192.0.2.9 traps version 2c {secret}
 key 7 {secret}
 authentication-key 1 md5 encrypted {secret}
   key-string password6 {secret}
username ana\n secret 5 {secret}
 secret 8 {secret}
ldap-server\n bind-password encrypted {secret}
snmp-server community encrypted {secret} RO
ssh client knownhost x\nusername ana\n password 7 {secret}
""",
    "cisco_asa": r"""
enable password {secret} pbkdf2
passwd {secret} encrypted
username ana password {secret} encrypted privilege 15
 ikev1 pre-shared-key {secret}
snmp-server community {secret}
snmp-server host inside 192.0.2.9 community {secret} version 2c
 key {secret}
failover key {secret}
failover ipsec pre-shared-key {secret}
 ikev2 remote-authentication pre-shared-key {secret}
 ikev2 local-authentication pre-shared-key 0 {secret}
 ldap-login-password {secret}
 authentication key eigrp 100 {secret} key-id 1
 ospf authentication-key {secret}
 ospf message-digest-key 1 md5 {secret}
snmp-server user ana grp v3 encrypted auth md5 {secret} priv aes 128 x
vpdn username ana password {secret}
username ana password {secret} pbkdf2 privilege 15
enable password {secret} level 5 pbkdf2
ntp authentication-key 1 md5 {secret}
aaa-server X (inside) host 192.0.2.8\n key {secret}
isakmp key {secret} address 192.0.2.1
 http-proxy 192.0.2.1 8080 username ana password {secret}
 radius-common-pw {secret}
 cluster\n  key {secret}
user-identity ad-agent\n key {secret}
snmp-server host inside 192.0.2.9 community {secret}
""",
    "arista_eos": r"""
username ana privilege 15 role network-admin secret sha512 {secret}
enable password sha512 {secret}
snmp-server community {secret} ro
radius-server host 192.0.2.8 key 7 {secret}
   neighbor 192.0.2.6 password 7 {secret}
username ana secret 5 {secret}
 ip ospf authentication-key 7 {secret}
 ip ospf message-digest-key 1 md5 7 {secret}
   vrrp 1 peer authentication text {secret}
 vrrp 1 authentication ietf-md5 key-string 7 {secret}
   shared-secret 7 {secret}
snmp-server user ana grp v3 auth sha {secret} priv aes x
snmp-server user ana grp v3 localized f5717f auth sha {secret} priv aes x
snmp-server user ana grp v3 localized f5717f auth sha x priv aes {secret}
snmp-server host 192.0.2.9 version 2c {secret}
tacacs-server host 192.0.2.8 key 7 {secret}
ntp authentication-key 1 md5 7 {secret}
 isis authentication key 7 {secret}
   authentication key 7 {secret} level-2
 enable secret sha512 {secret}
 bfd\n neighbor x password 0 {secret}
radius-server key 8a {secret}
   key 7 {secret}
mac security\n profile x\n key 0a0b 7 {secret}
   key abcd01 8a {secret} fallback
""",
    "juniper_junos": r"""
            encrypted-password "{secret}"; ## SECRET-DATA
        secret "{secret}"; ## SECRET-DATA
    community {secret} {
                pre-shared-key ascii-text "{secret}"; ## SECRET-DATA
            authentication-key "{secret}"; ## SECRET-DATA
        authentication-order x;\n simple-password "{secret}"; ## SECRET-DATA
   md5 1 key "{secret}"; ## SECRET-DATA
   community {secret};
    community "{secret}" {
set snmp community {secret} authorization read-only
            v3 { snmp-community x { community-name "{secret}"; ## SECRET-DATA
            authentication-key 1 type md5 value "{secret}"; ## SECRET-DATA
   encrypted-password "{secret}"; ## SECRET-DATA
   privacy-password "{secret}"; ## SECRET-DATA
   pre-shared-key hexadecimal "{secret}"; ## SECRET-DATA
   authentication-md5 "{secret}";
  trap-group {secret} {
""",
    "huawei_vrp": r"""
 local-user ana password irreversible-cipher {secret}
 snmp-agent community read cipher {secret}
 snmp-agent community read {secret}
 radius-server shared-key cipher {secret}
 set authentication password cipher {secret}
 snmp-agent target-host trap address udp-domain 192.0.2.9 params securityname cipher {secret} v2c
 ospf authentication-mode simple plain {secret}
 ospf authentication-mode md5 1 plain {secret}
 ospf authentication-mode md5 1 cipher {secret}
 isis authentication-mode md5 plain {secret}
 isis authentication-mode simple {secret}
 pre-shared-key cipher {secret}
 pre-shared-key {secret}
 snmp-agent usm-user v3 ana grp authentication-mode md5 {secret} privacy-mode aes128 x
 snmp-agent usm-user v3 ana grp authentication-mode md5 x privacy-mode aes128 {secret}
 snmp-agent usm-user v3 ana authentication-mode sha cipher {secret}
 snmp-agent usm-user v3 ana privacy-mode aes128 cipher {secret}
 psk pass-phrase {secret} aes
 security wpa2 psk pass-phrase {secret} aes
 security wpa-wpa2 psk hex {secret} aes
 super password level 3 cipher {secret}
 super password level 3 {secret}
 local-user ana password simple {secret}
 local-user ana password {secret}
 ntp-service authentication-keyid 1 authentication-mode md5 cipher {secret}
 ntp-service authentication-keyid 1 authentication-mode md5 {secret}
 vrrp vrid 1 authentication-mode md5 {secret}
 vrrp vrid 1 authentication-mode simple plain {secret}
 peer 192.0.2.1 password cipher {secret}
 peer 192.0.2.1 password simple {secret}
 hwtacacs-server shared-key {secret}
 radius-server shared-key {secret}
 snmp-agent target-host trap address udp-domain 192.0.2.9 params securityname {secret} v2c
 snmp-agent target-host trap-hostname x address 192.0.2.9 trap-paramsname y\n snmp-agent community complexity-check disable\n snmp-agent community write {secret} mib-view x
 rip authentication-mode md5 nonstandard {secret} 1
 ap-id 1\n  ap password cipher {secret}
 wlan\n  provision-ap\n   username admin password cipher {secret}
 ppp chap password cipher {secret}
 ppp pap local-user ana password simple {secret}
 key-id 1\n  key-string plain {secret}
 ftp client username ana password {secret}
 mka cak-mode static ckn a cak cipher {secret}
 wep key 0 wep-40 pass-phrase cipher {secret}
 set authentication password simple {secret}
 http client ssl\n web-auth-server x\n  shared-key cipher {secret}
 undo\n  authentication-mode hmac-sha256 key-id 1 cipher {secret}
 irreversible-cipher {secret}
""",
    "hp_comware": r"""
 password hash {secret}
 snmp-agent community read cipher {secret}
 snmp-agent community write simple {secret}
 key authentication cipher {secret}
 set authentication password simple {secret}
 snmp-agent usm-user v3 ana grp cipher authentication-mode sha {secret} privacy-mode aes128 x
 snmp-agent usm-user v3 ana grp cipher authentication-mode sha x privacy-mode aes128 {secret}
 snmp-agent usm-user v3 ana grp simple authentication-mode md5 {secret}
 snmp-agent usm-user v3 ana user-role x cipher authentication-mode sha {secret} privacy-mode aes128 x
 super password role network-admin hash {secret}
 super password level 3 simple {secret}
 pre-shared-key address 192.0.2.1 255.255.255.255 key cipher {secret}
 preshared-key pass-phrase cipher {secret}
 preshared-key pass-phrase {secret}
 ospf authentication-mode md5 1 plain {secret}
 vrrp vrid 1 authentication-mode md5 cipher {secret}
 vrrp vrid 1 authentication-mode simple {secret}
 ntp-service authentication-keyid 1 authentication-mode md5 cipher {secret}
 ppp pap local-user ana password cipher {secret}
 key accounting simple {secret}
 key authentication {secret}
 primary authentication 192.0.2.8 key cipher {secret}
 snmp-agent target-host trap address udp-domain 192.0.2.9 params securityname {secret} v2c
 snmp-agent community read {secret} acl 2000
 local-user ana\n password simple {secret}
 isis authentication-mode md5 plain {secret}
 peer 192.0.2.1 password simple {secret}
 wep key 1 wep40 pass-phrase cipher {secret}
""",
    "hp_procurve": r"""
snmp-server community "{secret}" operator
password manager user-name "admin" sha1 "{secret}"
radius-server host 192.0.2.8 key "{secret}"
radius-server host 192.0.2.8 encrypted-key "{secret}"
tacacs-server key "{secret}"
snmpv3 user "ana" auth sha "{secret}" priv aes "x"
snmpv3 user "ana" auth sha "x" priv aes "{secret}"
   key-string "{secret}"
sntp authentication key-id 1 authentication-mode md5 key-value "{secret}" trusted
sntp authentication key-id 1 authentication-mode md5 encrypted-key "{secret}"
   ip ospf 10.0.0.1 authentication-key "{secret}"
   ip ospf 10.0.0.1 md5-auth-key-chain "x"\nkey-chain "x" key 1 key-string "{secret}"
snmp-server mib community "x"\nsnmp-server host 192.0.2.9 community "{secret}" trap-level all
snmpv3 community index "1" name "{secret}" sec-name "x"
tacacs-server host 192.0.2.8 key "{secret}"
tacacs-server host 192.0.2.8 encrypted-key "{secret}"
radius-server key "{secret}"
password operator user-name "x" plaintext "{secret}"
password manager sha256 "{secret}"
aaa port-access supplicant 1 secret "{secret}"
aaa port-access supplicant 1 identity "x" secret {secret}
aruba-central url x\n ipsec ike-psk "{secret}"
snmp-server community {secret} unrestricted
snmpv3 user ana auth md5 {secret} priv des x
wireless-services\n wpa-psk "{secret}"
""",
    "aruba_aoscx": r"""
user admin group administrators password ciphertext {secret}
snmp-server community {secret}
radius-server host 192.0.2.8 key ciphertext {secret}
snmpv3 user ana auth sha auth-pass ciphertext {secret} priv aes priv-pass ciphertext x
snmpv3 user ana auth sha auth-pass ciphertext x priv aes priv-pass ciphertext {secret}
   ip ospf message-digest-key 1 md5 ciphertext {secret}
   ip ospf authentication-key ciphertext {secret}
ntp authentication-key 1 sha1 ciphertext {secret}
   neighbor 192.0.2.6 password ciphertext {secret}
snmp-server host 192.0.2.9 trap version v2c community {secret}
tacacs-server key ciphertext {secret}
tacacs-server host 192.0.2.8 key ciphertext {secret} vrf mgmt
   key-string ciphertext {secret}
   vrrp 1\n authentication md5 ciphertext {secret}
   authentication text {secret}
   cak ciphertext {secret}
   pre-shared-key ckn ab cak ciphertext {secret}
radius-server host x key plaintext {secret}
user-password ciphertext {secret}
aruba-central\n  key ciphertext {secret}
radius dyn-authorization client 192.0.2.8 secret-key ciphertext {secret}
""",
    "fortinet": r"""
        set password ENC {secret}
        set psksecret ENC {secret}
        set passwd "{secret}"
config system snmp community\n    edit 1\n        set name "{secret}"
  set private-key "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{secret}\n-----END ENCRYPTED PRIVATE KEY-----"
        set passphrase ENC {secret}
        set sae-password ENC {secret}
        set secondary-secret ENC {secret}
        set key ENC {secret}
        set auth-pwd ENC {secret}
config system snmp community\n    edit 1\n        set name "x"\n    next\n    edit 2\n        set name "{secret}"\n    next\nend
config system snmp community\n    edit 1\n        set events cpu-high\n        set name "{secret}"\n    next\nend
        set psksecret {secret}
        set private-key "-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}\nmore\n-----END OPENSSH PRIVATE KEY-----"
        set api-key "{secret}"
        set token "{secret}"
        set ppk-secret {secret}
        set group-password "{secret}"
        set ddns-password "{secret}"
        set server-password {secret}
        set wepkey {secret}
""",
    "mikrotik_routeros": r"""
add name=ana password="{secret}" profile=vpn service=l2tp
set [ find default=yes ] authentication-types=wpa2-psk wpa2-pre-shared-key={secret}
add address=192.0.2.8 secret={secret} service=login
add peer=oficina secret={secret}
/snmp community\nset [ find default=yes ] addresses=192.0.2.0/24 name={secret}
add name=x wpa2-pre-shared-key="{secret}"
add name=x password={secret}
set ipsec-secret={secret} use-ipsec=yes
add passphrase="{secret}" name=x
add security.passphrase={secret} .authentication-types=wpa2-psk
set user=ana password={secret}
/snmp community\nset [ find default=yes ] name=public\nadd name=x addresses=::/0\nadd name={secret}
/snmp community\nadd addresses=::/0 authentication-password={secret} name=x
/snmp community\nadd addresses=::/0 encryption-password={secret} name=x
/interface wireguard\nadd private-key="{secret}" name=w
/interface wireguard peers\nadd preshared-key="{secret}" interface=w
/routing bgp connection\nadd tcp-md5-key={secret} name=b
/routing ospf interface-template\nadd auth-key={secret}
/ppp secret\nadd name=x password={secret}
/tool e-mail\nset password={secret}
/radius\nadd address=192.0.2.8 secret={secret}
/user\nadd name=a group=full password={secret}
add eap-identity=x supplicant-identity=y private-pre-shared-key={secret}
/interface wireless security-profiles\nset [ find default=yes ] static-key-0={secret}
/interface vrrp\nadd authentication=simple password={secret}
/ip hotspot user\nadd name=x password={secret}
/interface lte apn\nadd apn=x password={secret} user=y
/ip dhcp-server\nadd comment="wifi password {secret}"
/container envs\nadd key=TOKEN name=x value={secret}
/certificate scep\nadd challenge-password={secret}
/interface ovpn-client\nadd user=a password={secret}
/tr069\nset acs-url=x password={secret} connection-request-password=x
/ip ipsec identity\nadd peer=x secret={secret}
""",
    "frr": r"""
password {secret}
enable password {secret}
 neighbor 192.0.2.6 password {secret}
 ip ospf message-digest-key 1 md5 {secret}
 ip ospf authentication-key {secret}
 area-password md5 {secret}
 isis password clear {secret}
 domain-password md5 {secret}
 area 0 virtual-link 192.0.2.1 message-digest-key 1 md5 {secret}
 ip rip authentication string {secret}
  key-string {secret}
 ipv6 ospf6 authentication key-id 1 hash-algo hmac-sha-256 key {secret}
 ip nhrp authentication {secret}
 vrrp 1 authentication {secret}
 ip pim msdp peer 192.0.2.1 password {secret}
""",
    "linux_asterisk": r"""
secret={secret}
secret = {secret}
password={secret}
md5secret={secret}
auth_pass={secret}
dbpass = {secret}
register => ana:{secret}@sip.example.com/100
==> /etc/asterisk/voicemail.conf <==\n[default]\n100 => {secret},Ana
101 => {secret},Beto,beto@example.com
exten => s,n,Authenticate({secret})
""",
    "vyos": r"""
set system login user ana authentication encrypted-password '{secret}'
set system login user ana authentication plaintext-password '{secret}'
set service snmp community {secret} authorization 'ro'
set vpn ipsec authentication psk oficina secret '{secret}'
set interfaces wireguard wg0 private-key '{secret}'
set vpn ipsec authentication psk x secret {secret}
set vpn ipsec site-to-site peer x authentication pre-shared-secret '{secret}'
set protocols ospf interface eth0 authentication md5 key-id 1 md5-key '{secret}'
set protocols bgp neighbor 192.0.2.1 password '{secret}'
set service snmp v3 user ana auth plaintext-password '{secret}'
set service snmp v3 user ana privacy encrypted-password '{secret}'
set system login radius server 192.0.2.8 key '{secret}'
set interfaces wireless wlan0 security wpa passphrase '{secret}'
set pki certificate x private key '{secret}'
set interfaces openvpn vtun0 shared-secret-key '{secret}'
set service dns dynamic name x password '{secret}'
set high-availability vrrp group x authentication password '{secret}'
set protocols isis interface eth0 password plaintext-password '{secret}'
set vpn l2tp remote-access authentication local-users username ana password '{secret}'
set service ssh dynamic-protection x\nset system login user ana authentication otp key '{secret}'
set interfaces pppoe pppoe0 authentication password '{secret}'
set vpn ipsec authentication psk x id 'y'\nset pki openvpn shared-secret x key '{secret}'
set interfaces ethernet eth0 eapol certificate x\nset interfaces macsec macsec0 security mka cak '{secret}'
""",
    "dell_os10": r"""
username ana password {secret} role sysadmin
snmp-server community {secret} ro
radius-server host 192.0.2.8 key 9 {secret}
username ana password {secret} role sysadmin priv-lvl 15
enable password 0 {secret}
system-user linuxadmin password {secret}
tacacs-server host 192.0.2.8 key 9 {secret}
radius-server host 192.0.2.8 key {secret}
snmp-server host 192.0.2.9 traps version 2c {secret}
snmp-server user ana grp 3 encrypted auth sha {secret} priv aes x
snmp-server user ana grp 3 localized auth md5 {secret} priv aes x
ntp authentication-key 1 md5 9 {secret}
 neighbor x\n  password 9 {secret}
 ip ospf message-digest-key 1 md5 {secret}
 vrrp-group 1\n authentication-type simple-text {secret}
""",
    "extreme_exos": r"""
configure account admin encrypted "{secret}"
configure radius mgmt-access primary shared-secret encrypted "{secret}"
configure snmp add community readonly {secret}
configure radius mgmt-access primary shared-secret {secret}
configure snmpv3 add community "{secret}" name "x" user "v1v2c_ro"
configure snmpv3 add user "ana" authentication sha {secret} privacy aes x
configure snmpv3 add user "ana" authentication sha auth-encrypted localized-key {secret} privacy x
configure snmpv3 add user "ana" authentication sha auth-encrypted localized-key x privacy privacy-encrypted localized-key {secret}
configure snmp add community readwrite "{secret}"
configure snmp add trapreceiver 192.0.2.9 community {secret}
configure tacacs primary shared-secret encrypted "{secret}"
configure sntp-client authentication-key 1 md5 {secret}
create account admin ana encrypted "{secret}"
create account user ana {secret}
configure ospf vlan x authentication simple-password "{secret}"
configure ospf vlan x authentication encrypted md5 1 "{secret}"
configure bgp neighbor 192.0.2.1 password encrypted "{secret}"
configure ntp key 1 md5 {secret}
configure ntp key 1 md5 encrypted {secret}
configure vrrp vlan x vrid 1 authentication simple-password {secret}
""",
    "ubiquiti_edgeswitch": r"""
username "ana" password {secret} level 15 encrypted
snmp-server community "{secret}" ro
username "ana" password "{secret}" level 15
enable password {secret} encrypted
radius server key auth "192.0.2.8" encrypted "{secret}"
radius server key auth "192.0.2.8"\n{secret}
tacacs-server key "{secret}"
snmp-server host 192.0.2.9 traps version 2 "{secret}"
snmptrap "{secret}" ipaddr 192.0.2.9
snmp-server user "ana" DefaultRead auth-md5-key {secret}
snmp-server user "ana" DefaultRead auth-sha x priv-des {secret}
sntp authentication-key 1 md5 {secret}
 ip ospf authentication encrypt {secret} 1
""",
    "allied_telesis_awplus": r"""
username ana privilege 15 password 8 {secret}
snmp-server community {secret}
radius-server host 192.0.2.8 key {secret}
enable password 8 {secret}
enable secret 5 {secret}
tacacs-server key 8 {secret}
radius-server key {secret}
snmp-server host 192.0.2.9 version 2c {secret}
snmp-server user ana grp encrypted auth sha {secret} priv aes x
snmp-server user ana grp auth sha {secret} priv des x
ntp authentication-key 1 md5 {secret}
crypto isakmp key {secret} address 192.0.2.1
crypto isakmp key 8 {secret} address 192.0.2.1
 ppp password {secret}
 ip ospf message-digest-key 1 md5 {secret}
 neighbor 192.0.2.1 password {secret}
 wireless\n  security 1 mode wpa-personal\n   key {secret}
server radius-x\n key {secret}
nas 192.0.2.1 key {secret}
user ana password {secret}
user ana encrypted password {secret}
""",
    "paloalto_panos": r"""
        phash {secret};
          key {secret};
            bind-password {secret};
          snmp-community-string {secret};
          pre-shared-key {\n            key {secret};
          secret {secret};
   password {secret};
   authpwd {secret};
   privpwd {secret};
   auth-key {secret};
   private-key "-----BEGIN RSA PRIVATE KEY-----\n{secret}\n-----END RSA PRIVATE KEY-----";
   api-key {secret};
   passphrase {secret};
   client-secret {secret};
   shared-secret {secret};
   auth-password {secret};
   master-key {secret};
   proxy-password {secret};
   cookie-key {secret};
""",
}

_INNOCENT = {
    "linux_asterisk": r"""
exten => _XXXX,1,Dial(PJSIP/${EXTEN},30)
include => internas
type=endpoint
allow=ulaw,alaw
bindport=5060
""",
    "cisco_ios": r"""
aaa authentication login default group tacacs+ local
aaa group server tacacs+ ACS
ip ssh version 2
 authentication event fail action next-method
 authentication port-control auto
 authentication order mab dot1x
 authentication pre-share
 authentication open
 authentication key-chain X
ip tacacs source-interface Vlan1
tacacs-server directed-request
radius-server attribute 6 on-for-login-auth
radius-server timeout 3
 ip ospf authentication message-digest
 standby 1 authentication md5 key-chain X
 standby 1 priority 110
 vrrp 1 ip 192.0.2.1
ip http authentication local
 login authentication default
key chain EIGRP
 key 1
 key chain X
security passwords min-length 10
no service password-recovery
snmp-server group G v3 priv
snmp-server enable traps snmp authentication linkdown linkup
snmp-server host 192.0.2.9 version 3 auth ana
snmp-server host 192.0.2.9 traps version 3 auth ana
crypto key generate rsa modulus 2048
crypto isakmp policy 10
ip community-list standard X permit 65000:1
 set community 65000:1 additive
username ana privilege 15
 description key account secret-free
ip name-server 192.0.2.1
 address ipv4 192.0.2.8 auth-port 1812 acct-port 1813
event manager environment _email_to ana@example.com
 ip address 192.0.2.1 255.255.255.0
ntp server 192.0.2.1 key 1
ntp authenticate
ntp trusted-key 1
 isis authentication key-chain X
 ip authentication mode eigrp 1 md5
 ip authentication key-chain eigrp 1 X
 exec-timeout 10 0
line vty 0 4
 access-class 10 in
service password-encryption
key chain OSPF
ip community-list standard LOCAL permit 65000:1
snmp-server enable traps config
snmp-server location Palacio Municipal
snmp-server host 192.0.2.9 version 3 priv monitor
ssh server cipher aes256_ctr aes128_ctr
interface GigabitEthernet0/1
 description Enlace a Tesoreria
""",
    "cisco_nxos": r"""
password strength-check
feature tacacs+
aaa group server radius X
ip domain-name example.com
  authentication md5 key-chain X
ssh key rsa 2048
snmp-server globalEnforcePriv
snmp-server enable traps
""",
    "cisco_xr": r"""
 authentication message-digest keychain X
aaa authentication login default local
  authentication keychain X
ssh server v2
snmp-server traps bgp
""",
    "cisco_asa": r"""
aaa authentication ssh console LOCAL
 authentication pre-share
ssl cipher tlsv1.2 high
crypto ikev2 policy 1
 encryption aes-256
 group-policy X internal
password-policy minimum-length 12
""",
    "juniper_junos": r"""
    authentication-order [ radius password ];
    authentication-order password;
        authentication-type md5;
        community-name x;
    community CUSTOMER members 65000:1;
    then community add CUSTOMER;
        ssh-rsa "AAAA... ana@x";
        host-name rt;
""",
    "huawei_vrp": r"""
 authentication-mode aaa
 authentication-mode password
 authentication-scheme default
ssh server cipher aes256_ctr aes128_ctr
ssh server hmac sha2_256
 user privilege level 15
 local-user ana privilege level 15
 local-user ana service-type ssh
 local-user ana password-force-change disable
 ssl cipher-suite x
 stp instance 0 priority 4096
snmp-agent sys-info version v3
snmp-agent group v3 G privacy
 ospf authentication-mode keychain X
 undo shutdown
 description plaintext note
""",
    "hp_comware": r"""
 authorization-attribute user-role network-admin
 authentication-mode scheme
 service-type ssh
 password-control enable
ssh2 algorithm cipher aes256-ctr
snmp-agent group v3 G privacy
link-aggregation global load-sharing mode destination-ip
 key-chain x
""",
    "hp_procurve": r"""
aaa authentication ssh login radius local
password complexity all
include-credentials
snmp-server contact "TI"
snmpv3 enable
snmpv3 group managerpriv user "ana" sec-model ver3
ip authorized-managers 10.0.0.0 255.0.0.0
""",
    "aruba_aoscx": r"""
ssh server vrf mgmt
aaa authentication login ssh group tacacs local
    ip ospf authentication message-digest
snmp-server vrf mgmt
""",
    "arista_eos": r"""
aaa authentication login default group tacacs+ local
ip community-list X permit 65000:1
   neighbor 192.0.2.1 send-community
management ssh
   authentication mode keyboard-interactive
""",
    "fortinet": r"""
    set password-expire 0000-00-00 00:00:00
        set save-password enable
    set change-password disable
        set name "port1"
    edit "wan1"
        set auth-type psk
        set authmethod psk
        set psksecret-remote x
        set keylife 43200
        set key-usage x
    set ssl-certificate "Fortinet"
config system snmp community\n    edit 1\n        config hosts\n            edit 1\n                set ip 192.0.2.1\n            next\n        end\n    next\nend\nconfig firewall policy\n    edit 1\n        set name "salida"
""",
    "mikrotik_routeros": r"""
add name=x comment="hola"
/snmp community\nset [ find default=yes ] addresses=::/0\n/system identity\nset name=rt-1
set allow-remote-requests=yes
/ip service\nset telnet disabled=yes
/user aaa\nset use-radius=yes
/interface wireless security-profiles\nset [ find default=yes ] mode=dynamic-keys
""",
    "frr": r"""
 neighbor 192.0.2.1 remote-as 65001
 ip ospf authentication message-digest
 bgp community alias 65000:1 X
key chain X
 key 1
""",
    "vyos": r"""
set service ssh port 22
set service snmp contact 'TI'
set protocols bgp system-as 65000
set system login user ana authentication public-keys x type 'ssh-ed25519'
set policy community-list 10 rule 1 regex '65000:1'
""",
    "extreme_exos": r"""
configure snmpv3 add group "x" user "y" sec-model usm
configure vlan default tag 1
enable radius mgmt-access
configure radius mgmt-access primary server 192.0.2.8 1812 client-ip 192.0.2.1 vr VR-Default
""",
    "paloalto_panos": r"""
    password-complexity {
      authentication-profile x;
  password {
""",
}


def _lines(blocks: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(one.replace("\\n", "\n") for one in block.strip("\n").split("\n")) for kind, block in blocks.items()
    }


SECRET_LINES = {**_lines(_SECRET), "linux_frr": _lines(_SECRET)["frr"]}
"""By definition."""

INNOCENT_LINES = _lines(_INNOCENT)
