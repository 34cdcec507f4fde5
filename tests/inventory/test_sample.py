"""The sample city hall: exactly what the municipality has, all of it invented, all of it on loopback."""

from __future__ import annotations

import ipaddress
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from nms.config import Config, load_config
from nms.inventory import load_inventory
from nms.model import Device, Inventory, Role

ROOT = Path(__file__).parents[2]
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
NETWORK = {Role.ROUTER, Role.SWITCH, Role.FIREWALL, Role.ACCESS_POINT}
DATA_CENTRE = {Role.UPS, Role.PDU, Role.GENERATOR, Role.HVAC, Role.ENVIRONMENT, Role.HYPERVISOR, Role.STORAGE}
TELEPHONY = {Role.PBX, Role.GATEWAY}


@cache
def sample() -> tuple[Config, Inventory]:
    config = load_config(ROOT / "config.yaml")
    return config, load_inventory(config.paths.inventories, config)


def devices(*roles: Role) -> list[Device]:
    return [device for device in sample()[1].devices.values() if not roles or device.role in roles]


def test_the_sample_says_that_it_is_one() -> None:
    _, inventory = sample()
    assert inventory.is_sample
    assert inventory.municipality == "Municipio de Ejemplo"
    assert all(device.simulated for device in devices())


def test_departments_staff_and_sites_are_those_of_the_city_hall() -> None:
    _, inventory = sample()
    assert len(inventory.departments) == 39
    assert sum(department.staff for department in inventory.departments.values()) == 1504
    main_sites = {department.sites[0] for department in inventory.departments.values()}
    assert len(main_sites) == 39
    assert set(inventory.sites) == main_sites | {"centro-de-datos"}
    assert {department.criticality for department in inventory.departments.values()} == {1, 2, 3, 4}


def test_equipment_is_counted_exactly() -> None:
    assert Counter(device.role.value for device in devices()) == {
        "computer": 530,
        "printer": 162,
        "phone": 46,
        "router": 39 + 2,
        "switch": 41 + 2,
        "ups": 39 + 2,
        "access-point": 22,
        "firewall": 2,
        "pbx": 3,
        "gateway": 1,
        "pdu": 2,
        "generator": 1,
        "hvac": 2,
        "environment": 4,
        "server": 12,
        "hypervisor": 6,
        "storage": 2,
        "application": 20,
    }


def test_each_building_has_its_router_switches_ups_and_link() -> None:
    _, inventory = sample()
    roles_at: defaultdict[str, Counter[Role]] = defaultdict(Counter)
    for device in devices():
        roles_at[device.site][device.role] += 1
    for site in set(inventory.sites) - {"centro-de-datos"}:
        assert roles_at[site][Role.ROUTER] == roles_at[site][Role.UPS] == 1, site
        assert roles_at[site][Role.SWITCH] >= 1, site
        assert roles_at[site][Role.COMPUTER] >= 1, site
        assert roles_at[site][Role.PRINTER] >= 1, site
        assert roles_at[site][Role.PHONE] >= 1, site
        assert inventory.links[f"wan-{site}"].b_device == "rt-core-1", site


def test_redundant_links_share_a_group_and_end_at_different_routers() -> None:
    _, inventory = sample()
    wan = [link for link in inventory.links.values() if link.id.startswith("wan-")]
    assert all(link.capacity_bps and link.provider and link.circuit for link in wan)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for link in wan:
        if link.group:
            groups[link.group].add(link.b_device)
    assert len(wan) == 39 + 13
    assert len(groups) == 13
    assert all(ends == {"rt-core-1", "rt-core-2"} for ends in groups.values())


def test_everything_is_reached_from_the_core() -> None:
    _, inventory = sample()
    for device in devices():
        ancestors, queue = set(), list(device.parents)
        while queue:
            parent = queue.pop()
            if parent not in ancestors:
                ancestors.add(parent)
                queue += inventory.devices[parent].parents
        assert ancestors & {"sw-core-1", "sw-core-2"} or device.id in ("sw-core-1", "sw-core-2"), device.id


def test_addresses_are_loopback_ones_and_ports_need_no_privilege() -> None:
    for device in devices():
        assert ipaddress.ip_address(device.address) in LOOPBACK, device.id
        for endpoint in device.endpoints:
            assert endpoint.transport in ("icmp", "scenario", "cdr") or (endpoint.port or 0) > 1024, device.id


def test_snmp_devices_answer_on_one_port_with_one_credential() -> None:
    expected = {role for role in Role if role not in (Role.COMPUTER, Role.PHONE, Role.APPLICATION, Role.OTHER)}
    asked = {device.role for device in devices() if any(one.transport == "snmp" for one in device.endpoints)}
    assert asked == expected
    snmp = {(one.port, one.credential) for device in devices() for one in device.endpoints if one.transport == "snmp"}
    assert snmp == {(16161, "snmp-lectura")}
    for device in devices(*expected):
        assert {"icmp", "snmp"} <= {one.transport for one in device.endpoints}, device.id


def test_computers_are_watched_by_presence_and_applications_by_their_checks() -> None:
    assert all(device.endpoints == () for device in devices(Role.COMPUTER))
    used = {one.transport for device in devices(Role.APPLICATION) for one in device.endpoints}
    assert used == {"http", "scenario", "tls", "dns", "tcp", "udp", "smtp", "imap", "ldap", "ntp", "sql", "dhcp"}
    assert all(device.endpoints for device in devices(Role.APPLICATION))


def test_the_other_transports_have_somebody_to_ask() -> None:
    by_transport: defaultdict[str, list[str]] = defaultdict(list)
    for device in devices():
        for endpoint in device.endpoints:
            by_transport[endpoint.transport].append(device.id)
    assert by_transport["ssh"] == ["sw-core-1", "sw-core-2", "fw-1", "fw-2", "srv-monitor", "srv-web-1"]
    assert by_transport["dhcp"] == ["app-dhcp"]
    assert by_transport["sip"] == ["pbx-1", "pbx-2", "pbx-3", "gw-voz-1"]
    assert by_transport["ami"] == ["pbx-1"]
    assert by_transport["cdr"] == ["pbx-2"]
    assert by_transport["ari"] == ["pbx-3"]
    assert by_transport["nut"] == ["ups-cd-2"]
    assert by_transport["modbus"] == ["generador-cd", "clima-cd-1", "clima-cd-2"]
    assert by_transport["redfish"] == ["esxi-1", "esxi-2", "esxi-3", "esxi-4"]
    assert by_transport["ipmi"] == ["srv-respaldo"]
    assert by_transport["storage"] == ["alm-1", "alm-2"]
    assert by_transport["hypervisor"] == ["vcenter-1", "pve-1"]


def test_network_and_data_centre_equipment_has_its_history_of_purchase() -> None:
    for device in devices(*NETWORK, *DATA_CENTRE, *TELEPHONY):
        assert device.lifecycle.purchased, device.id
        assert device.lifecycle.cost, device.id
        assert all((device.vendor, device.hardware)), device.id
        assert device.serial.startswith("EJ"), device.id
    serials = [device.serial for device in devices() if device.serial]
    assert len(serials) == len(set(serials))


def test_people_can_be_reached_at_addresses_that_do_not_exist() -> None:
    _, inventory = sample()
    assert len(inventory.people) == 10
    assert all(person.contacts["mail"].endswith("@example.invalid") for person in inventory.people.values())
    roles = {role for person in inventory.people.values() for role in person.roles}
    assert {"technician", "on-call", "manager"} <= roles


def test_a_department_has_no_more_computers_than_people() -> None:
    _, inventory = sample()
    computers = Counter(device.department for device in devices(Role.COMPUTER))
    assert all(computers[department.id] <= department.staff for department in inventory.departments.values())
