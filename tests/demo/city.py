"""A small simulated city hall for the tests: a data centre and two buildings, one of them behind two links."""

from __future__ import annotations

from nms.model import Department, Device, DeviceId, Endpoint, Inventory, Link, Role, Site

CORE, FAR, NEAR = "127.77.0", "127.77.1", "127.77.2"


class FakeClock:
    """Stands still until it is moved. Begins on a Wednesday at 10:00 in Mexico City."""

    def __init__(self, now: float = 1_773_849_600.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


def device(name: str, role: Role, address: str, *parents: str, vendor: str = "", hardware: str = "", **more) -> Device:
    endpoints = (Endpoint("icmp", address), Endpoint("snmp", address, None, "lectura"), *more.pop("also", ()))
    fed = tuple(map(DeviceId, more.pop("powered_by", ())))
    return Device(
        DeviceId(name),
        name.title(),
        role,
        address,
        "site",
        "department",
        endpoints=endpoints,
        parents=tuple(map(DeviceId, parents)),
        powered_by=fed,
        vendor=vendor,
        hardware=hardware,
        simulated=True,
        **more,
    )


def city() -> Inventory:
    devices = [
        device("rt-core-1", Role.ROUTER, f"{CORE}.1", vendor="Cisco", hardware="ASR 1001-X"),
        device("rt-core-2", Role.ROUTER, f"{CORE}.2", vendor="Cisco", hardware="ASR 1001-X"),
        device("fw", Role.FIREWALL, f"{CORE}.3", "rt-core-1", vendor="Fortinet"),
        device("srv", Role.SERVER, f"{CORE}.4", "rt-core-1"),
        device("esxi", Role.HYPERVISOR, f"{CORE}.5", "rt-core-1", powered_by=("ups-core",)),
        device("nas", Role.STORAGE, f"{CORE}.6", "rt-core-1", vendor="Synology"),
        device("pbx", Role.PBX, f"{CORE}.7", "rt-core-1", vendor="Asterisk"),
        device("gw", Role.GATEWAY, f"{CORE}.8", "rt-core-1"),
        device("ups-core", Role.UPS, f"{CORE}.9", "rt-core-1", vendor="APC"),
        device("pdu", Role.PDU, f"{CORE}.10", "rt-core-1", vendor="APC", powered_by=("ups-core",)),
        device("probe", Role.ENVIRONMENT, f"{CORE}.11", "rt-core-1"),
        device("cooling", Role.HVAC, f"{CORE}.12", "rt-core-1"),
        device("generator", Role.GENERATOR, f"{CORE}.13", "rt-core-1"),
        device("rt-far", Role.ROUTER, f"{FAR}.1", "rt-core-1", vendor="MikroTik"),
        device("sw-far", Role.SWITCH, f"{FAR}.2", "rt-far", vendor="Cisco", hardware="Catalyst 9200L-48P-4G"),
        device("ups-far", Role.UPS, f"{FAR}.3", "sw-far", vendor="Eaton"),
        device("printer", Role.PRINTER, f"{FAR}.4", "sw-far", vendor="Kyocera", hardware="ECOSYS color"),
        device("ap", Role.ACCESS_POINT, f"{FAR}.5", "sw-far", vendor="Ubiquiti"),
        device("phone", Role.PHONE, f"{FAR}.6", "sw-far"),
        device("rt-near", Role.ROUTER, f"{NEAR}.1", "rt-core-1", "rt-core-2", vendor="Cisco"),
        device("sw-near", Role.SWITCH, f"{NEAR}.2", "rt-near", vendor="Aruba", hardware="2930F 24G PoE+ 4SFP"),
    ]
    links = [
        Link("wan-far", "Far", DeviceId("rt-far"), "ether1", DeviceId("rt-core-1"), "Te0/0/0.101", 50e6, circuit="C1"),
        Link("wan-near-1", "Near 1", DeviceId("rt-near"), "Gi0/0/0", DeviceId("rt-core-1"), "Te0/0/0.102", 100e6),
        Link(
            "wan-near-2", "Near 2", DeviceId("rt-near"), "Gi0/0/1", DeviceId("rt-core-2"), "Te0/0/0.102", 20e6
        ),
        Link(
            "lan-far", "Far switch", DeviceId("rt-far"), "ether2", DeviceId("sw-far"),
            "TenGigabitEthernet1/1/1", 1e9, kind="lan",
        ),
    ]  # fmt: skip
    return Inventory(
        "Test",
        {"department": Department("department", "Department", "Dep", 1)},
        {"site": Site("site", "Site")},
        {one.id: one for one in devices},
        {link.id: link for link in links},
        is_sample=True,
    )
