"""Who simulated equipment says it is: sysObjectID, sysDescr and the vendor trees it speaks.

Every sysDescr ends with the word "[simulated]". Object identifiers are those that vendors assigned to such products.
"""

from __future__ import annotations

from dataclasses import dataclass

from nms.model import Device, Role

MARK = "[simulated]"
_ENTERPRISES = "1.3.6.1.4.1"
_NET_SNMP_LINUX = "8072.3.2.10"


@dataclass(frozen=True, slots=True)
class Identity:
    """`tree` names the vendor's part of the MIB that the device has besides the standard ones ("" for none)."""

    vendor: str
    object_id: str
    descr: str
    hardware: str
    software: str
    tree: str = ""
    model: str = ""
    """A word of the hardware's name that this identity is for; empty for any."""


_IOS_XE = (
    "Cisco IOS Software [Cupertino], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), "
    "Version {s}, RELEASE SOFTWARE (fc3)"
)
_ASR = (
    "Cisco IOS Software [Cupertino], ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), "
    "Version {s}, RELEASE SOFTWARE (fc3)"
)
_CAT9K = (
    "Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version {s}, RELEASE SOFTWARE (fc3)"
)
_CAT9K_LITE = _CAT9K.replace("CAT9K", "CAT9K_LITE")
_IOS = "Cisco IOS Software, C2960X Software (C2960X-UNIVERSALK9-M), Version {s}, RELEASE SOFTWARE (fc3)"
_LINUX = "Linux {name} 6.1.0-22-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.94-1 x86_64"
_WINDOWS = (
    "Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE - "
    "Software: Windows Version 10.0 (Build {s} Multiprocessor Free)"
)
_APC_CARD = (
    "APC Web/SNMP Management Card (MB:v4.1.0 PF:v{s} PN:apc_hw05_aos_681.bin AF1:v{s} "
    "AN1:apc_hw05_app_681.bin MN:{h} HR:05 SN: {serial})"
)

_IDENTITIES: dict[Role, tuple[Identity, ...]] = {
    Role.ROUTER: (
        Identity("cisco", "9.1.1861", _ASR, "ASR1001-X", "17.9.4a", "cisco", "asr"),
        Identity("cisco", "9.1.2068", _IOS_XE, "ISR4331/K9", "17.9.4a", "cisco"),
        Identity("mikrotik", "14988.1", "RouterOS {h}", "CCR2004-16G-2S+", "7.13.5", "mikrotik"),
        Identity(
            "juniper",
            "2636.1.1.1.2.135",
            "Juniper Networks, Inc. {h} internet router, kernel JUNOS {s}",
            "srx345",
            "21.4R3",
        ),
        Identity(
            "huawei",
            "2011.2.224.279",
            "{h} Huawei Versatile Routing Platform Software VRP (R) software, Version {s}",
            "AR651",
            "5.170",
        ),
    ),
    Role.SWITCH: (
        Identity("cisco", "9.1.2694", _CAT9K_LITE, "C9200L-48P-4G", "17.9.4a", "cisco", "9200"),
        Identity("cisco", "9.1.2593", _CAT9K, "C9500-40X", "17.9.4a", "cisco", "9500"),
        Identity("cisco", "9.1.1208", _IOS, "WS-C2960X-48TS-L", "15.2(7)E8", "cisco"),
        Identity(
            "aruba",
            "11.2.3.7.11.181.17",
            "Aruba {h} Switch, revision {s}, ROM WC.16.01.0006",
            "JL256A 2930F-48G-PoE+-4SFP+",
            "WC.16.11.0012",
        ),
        Identity(
            "hp",
            "11.2.3.7.11.181.17",
            "HP {h} Switch, revision {s}, ROM WC.16.01.0006",
            "JL256A 2930F-48G-PoE+-4SFP+",
            "WC.16.11.0012",
        ),
        Identity("mikrotik", "14988.1", "RouterOS {h}", "CRS328-24P-4S+", "7.13.5", "mikrotik"),
        Identity(
            "tp-link", "11863.5", "JetStream 24-Port Gigabit L2+ Managed Switch with 4 SFP Slots", "TL-SG3428", "3.0.6"
        ),
        Identity("ubiquiti", "4413", "{h}, {s}, Linux 3.6.5", "USW-48-PoE", "6.6.61"),
    ),
    Role.FIREWALL: (
        Identity("fortinet", "12356.101.1.1041", "{h}", "FortiGate-100E", "v7.2.8,build1639 (GA)", "fortinet"),
        Identity("cisco", "9.1.2115", "Cisco Adaptive Security Appliance Version {s}", "ASA5516-X", "9.16(4)", "cisco"),
        Identity("palo alto", "25461.2.3.38", "Palo Alto Networks {h} series firewall", "PA-850", "10.2.9"),
    ),
    Role.ACCESS_POINT: (
        Identity("ubiquiti", "41112", "{h} {s}", "U6-LR", "6.5.28.14491"),
        Identity("aruba", "14823.1.2.111", "ArubaOS (MODEL: {h}), Version {s}", "335", "8.10.0.9"),
        Identity("cisco", "9.1.2529", "Cisco AP Software, {h}, Version: {s}", "C9115AXI-A", "17.9.4.27"),
    ),
    Role.PBX: (
        Identity("asterisk", _NET_SNMP_LINUX, _LINUX, "Asterisk on Debian", "20.6.0", "asterisk"),
        Identity("grandstream", "42397", "Linux {name} 4.4.0 {h} {s}", "UCM6308", "1.0.25.9", "asterisk"),
        Identity("avaya", "6889.1.8.1.4.2", "IP Office {s}", "IP Office 500 V2", "11.1.3.1.0 build 34", "asterisk"),
        Identity(
            "cisco",
            "9.1.1348",
            "Hardware:VMware, 2 Intel(R) Xeon(R) CPU, 8192 MB Memory: Software:UCOS {s}",
            "Business Edition 6000",
            "12.5.1.14900-63",
            "ccm",
        ),
        Identity("panasonic", "258.100.1", "KX-NS1000 Ver00700128", "KX-NS1000", "007.00128", "asterisk"),
    ),
    Role.GATEWAY: (
        Identity("grandstream", "42397", "{h} {s}", "GXW4216 V2", "1.0.15.5"),
        Identity("audiocodes", "5003.8.1.1.24", "Product: {h};SW Version: {s}", "Mediant 500", "7.40A.250.440"),
        Identity("cisco", "9.1.2068", _IOS_XE, "ISR4331/K9", "17.9.4a", "cisco"),
    ),
    Role.PHONE: (
        Identity("grandstream", "42397", "{h} {s}", "GRP2612", "1.0.11.6"),
        Identity("yealink", "3990", "{h} {s}", "SIP-T43U", "108.86.0.90"),
        Identity("cisco", "9.1.1117", "Cisco IP Phone {h}, {s}", "CP-7821", "sip78xx.14-2-1"),
    ),
    Role.UPS: (
        Identity("apc", "318.1.3.27", _APC_CARD, "AP9641", "6.8.2", "apc-ups"),
        Identity("schneider", "318.1.3.27", _APC_CARD, "AP9641", "6.8.2", "apc-ups"),
        Identity("eaton", "705.1", "{h}", "Eaton 9PX 3000i RT3U", "2.1.5"),
        Identity("cyberpower", "3808.1.1.1", "UPS SNMP Card", "RMCARD205", "1.4.2"),
        Identity("liebert", "476.1.42", "Vertiv Intellislot Unity Platform", "GXT5-3000LVRT2UXL", "8.2.0.0"),
    ),
    Role.PDU: (
        Identity("apc", "318.1.3.4.6", _APC_CARD, "AP8959NA3", "6.8.2", "apc-pdu"),
        Identity("raritan", "13742.6", "Raritan PX2 PDU", "PX3-5460V", "3.6.20"),
        Identity("eaton", "534.6.6.7", "Eaton ePDU MA 1P", "EMAB03", "04.02.0003"),
    ),
    Role.GENERATOR: (Identity("deep sea", "41385.1", "{h} {s}", "DSE7420 MKII", "4.2.1"),),
    Role.HVAC: (
        Identity("stulz", "29462.10", "{h} {s}", "WIB8000", "2.60"),
        Identity("liebert", "476.1.42", "Liebert IntelliSlot Unity, {h} {s}", "Liebert DS", "8.2.0.0"),
    ),
    Role.ENVIRONMENT: (
        Identity(
            "netbotz", "5528.100.20.10.2006", "Schneider Electric NetBotz {h} {s}", "NBRK0250", "5.4.0", "netbotz"
        ),
        Identity("apc", "5528.100.20.10.2006", "Schneider Electric NetBotz {h} {s}", "NBRK0250", "5.4.0", "netbotz"),
        Identity("akcp", "3854.1.2.2", "sensorProbe8 SP2+ {s}", "sensorProbe2+", "1.0.5841"),
    ),
    Role.SERVER: (
        Identity("debian", _NET_SNMP_LINUX, _LINUX, "PowerEdge R650", "Debian 12.6"),
        Identity("microsoft", "311.1.1.3.1.2", _WINDOWS, "ProLiant DL360 Gen10", "20348"),
    ),
    Role.HYPERVISOR: (
        Identity(
            "vmware",
            "6876.4.1",
            "VMware ESXi {s} build-23794027 VMware, Inc. x86_64",
            "PowerEdge R750",
            "8.0.3",
            "vmware",
            "esxi",
        ),
        Identity("proxmox", _NET_SNMP_LINUX, "Linux {name} 6.8.12-1-pve x86_64", "PowerEdge R640", "Proxmox VE 8.2.4"),
        Identity(
            "vmware",
            "6876.4.2",
            "VMware vCenter Server Appliance {s} build-24322831",
            "VMware Virtual Platform",
            "8.0.3",
        ),
    ),
    Role.STORAGE: (
        Identity(
            "synology",
            _NET_SNMP_LINUX,
            "Linux {name} 4.4.302+ #72806 SMP x86_64",
            "RS2423RP+",
            "DSM 7.2-64570",
            "synology",
        ),
        Identity("qnap", _NET_SNMP_LINUX, "Linux {h} {s}", "TS-h1277XU-RP", "QTS 5.1.5"),
    ),
    Role.PRINTER: (
        Identity(
            "hp",
            "11.2.3.9.1",
            "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM {s},CIDATE 05/08/2023",
            "HP LaserJet Pro MFP M428fdw",
            "JSI24180010",
        ),
        Identity(
            "kyocera", "1347.41", "KYOCERA Document Solutions Printing System", "ECOSYS M3655idn", "2VG_S000.002.401"
        ),
        Identity(
            "brother",
            "2435.2.3.9.1",
            "Brother NC-8900h, Firmware Ver.{s} ,MID 84E-F01,FID 2",
            "Brother MFC-L6900DW",
            "1.42",
        ),
        Identity("ricoh", "367.1.1", "RICOH {h} {s} / RICOH Network Printer C model", "IM 430", "1.08"),
        Identity("xerox", "253.8.62.1.38.9.5.1", "Xerox {h}; System Software {s}", "VersaLink B405", "67.58.31"),
        Identity("canon", "1602.4.7", "Canon {h} /P", "imageRUNNER 1643i", "10.04"),
        Identity("lexmark", "641.2.71106597", "Lexmark {h} version {s} kernel 4.11.12", "MX521ade", "MXTGM.076.294"),
        Identity("epson", "1248.1.1.2.1.3.1", "EPSON Built-in 11b/g/n Print Server", "WF-C5790", "BV28K7"),
    ),
}
_ANYTHING = Identity("", _NET_SNMP_LINUX, "{h} {s}", "Appliance", "1.0")


def identify(device: Device) -> Identity:
    """The identity that fits the vendor and hardware the inventory names, else the first one of the role."""
    known = _IDENTITIES.get(device.role, (_ANYTHING,))
    named = f"{device.vendor} {device.hardware}".lower()
    return next((one for one in known if one.vendor in named and one.model in named), known[0])


def object_id(device: Device) -> str:
    return f"{_ENTERPRISES}.{identify(device).object_id}"


def hardware(device: Device) -> str:
    return device.hardware or identify(device).hardware


def serial(device: Device) -> str:
    return device.serial or "SIM" + "".join(c for c in str(device.id).upper() if c.isalnum())[-12:]


def sys_descr(device: Device) -> str:
    identity = identify(device)
    told = identity.descr.format(h=hardware(device), s=identity.software, name=device.id, serial=serial(device))
    return f"{told} {MARK}"
