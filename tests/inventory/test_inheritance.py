"""What a device has from its defaults, role, department, groups and file, and what a range makes of it."""

from __future__ import annotations

from nms.model import DeviceId, Endpoint, Role
from tests.inventory.city import City


def test_the_nearest_that_says_something_wins(city: City) -> None:
    switch = city.load().devices[DeviceId("sw-palacio")]
    assert switch.vendor == "Hacienda", "the department is nearer than the role"
    assert switch.hardware == "X2", "the group adds to it"
    assert switch.notes == "de tesorería"
    assert switch.site == "palacio"
    city.replace("inventories/devices/palacio.yaml", "sw-palacio: {", "sw-palacio: {vendor: Propio, ")
    assert city.load().devices[DeviceId("sw-palacio")].vendor == "Propio"


def test_a_later_group_is_stronger_and_the_file_stronger_than_groups(city: City) -> None:
    city.replace("inventories/inventory.yaml", "groups:\n", "groups:\n  viejo: {hardware: X1, serial: S}\n")
    city.replace("inventories/devices/palacio.yaml", "group: nuevo", "group: [nuevo, viejo]")
    assert city.load().devices[DeviceId("sw-palacio")].hardware == "X1"
    city.replace("inventories/devices/palacio.yaml", "department: tesoreria}", "department: tesoreria, hardware: F}")
    assert city.load().devices[DeviceId("sw-palacio")].hardware == "F"


def test_blocks_are_merged_and_lists_replaced(city: City) -> None:
    switch = city.load().devices[DeviceId("sw-palacio")]
    assert (switch.lifecycle.cost, switch.lifecycle.purchased) == (200, "2020-01-01")
    city.replace("inventories/devices/palacio.yaml", "group: nuevo,", "group: nuevo, tags: [c],")
    assert city.load().devices[DeviceId("sw-palacio")].tags == ("c",)


def test_endpoints_are_merged_key_by_key_and_can_be_taken_away(city: City) -> None:
    city.replace("inventories/devices/anexo.yaml", "parents:", "endpoints: {icmp: false, snmp: {port: 161}}, parents:")
    router = city.load().devices[DeviceId("rt-anexo")]
    assert router.endpoints == (Endpoint("snmp", "10.2.0.1", 161, "leer", {}),)
    assert city.load().devices[DeviceId("pc-01")].endpoints == ()


def test_an_endpoint_that_was_taken_away_can_come_back(city: City) -> None:
    city.replace(
        "inventories/devices/palacio.yaml", "    role: computer\n", "    role: computer\n    endpoints: {icmp: {}}\n"
    )
    assert [one.transport for one in city.load().devices[DeviceId("pc-02")].endpoints] == ["icmp"]


def test_several_endpoints_of_one_transport_have_names(city: City) -> None:
    checks = "{icmp: false, snmp: false, a: {transport: http, url: 'https://{address}/a'}, b: {transport: http, url: 'http://x:81/'}}"
    city.replace("inventories/devices/anexo.yaml", "parents:", f"endpoints: {checks}, parents:")
    found = city.load().devices[DeviceId("rt-anexo")].endpoints
    assert [(one.transport, one.port, one.options["url"]) for one in found] == [
        ("http", 443, "https://10.2.0.1/a"),
        ("http", 81, "http://x:81/"),
    ]


def test_names_in_braces_are_filled_in(city: City) -> None:
    city.replace(
        "inventories/devices/palacio.yaml",
        "    role: computer\n",
        "    role: computer\n    name: PC {department_name} {n} ({site_name}, {id}, {other})\n    asset_tag: A-{n}\n",
    )
    inventory = city.load()
    computer = inventory.devices[DeviceId("pc-02")]
    assert computer.name == "PC Tesorería 02 (Palacio Municipal, pc-02, {other})"
    assert computer.asset_tag == "A-02"
    assert inventory.devices[DeviceId("sw-palacio")].parents == ("rt-palacio",)


def test_a_range_of_names_takes_its_addresses_in_order(city: City) -> None:
    devices = city.load().devices
    assert {name: devices[DeviceId(name)].address for name in ("pc-01", "pc-02", "pc-03")} == {
        "pc-01": "10.1.1.11",
        "pc-02": "10.1.1.12",
        "pc-03": "10.1.1.13",
    }


def test_thresholds_of_the_same_name_are_replaced_by_nearer_ones(city: City) -> None:
    city.replace(
        "inventories/inventory.yaml",
        "roles:\n",
        "  thresholds:\n"
        "    - {metric: storage_used_ratio, above: 80%}\n"
        "    - {metric: memory_used_ratio, above: 90%}\n"
        "roles:\n",
    )
    city.replace(
        "inventories/devices/anexo.yaml",
        "parents:",
        "thresholds: [{metric: storage_used_ratio, above: 70%, for: 5m}], parents:",
    )
    thresholds = city.load().devices[DeviceId("rt-anexo")].thresholds
    assert {key: getattr(one, "above", None) for key, one in thresholds.items()} == {
        "storage_used_ratio/warning/*": 0.7,
        "memory_used_ratio/warning/*": 0.9,
    }


def test_the_interval_is_that_of_the_settings_unless_said(city: City) -> None:
    city.replace("inventories/devices/anexo.yaml", "parents:", "interval: 5m, parents:")
    devices = city.load().devices
    assert (devices[DeviceId("rt-anexo")].interval, devices[DeviceId("rt-palacio")].interval) == (300, 45)


def test_departments_links_sites_and_people_come_as_written(city: City) -> None:
    inventory = city.load()
    assert inventory.departments["catastro"].short_name == "Catastro"
    assert inventory.departments["catastro"].sites == ("anexo", "palacio")
    link = inventory.links["wan-anexo"]
    assert (link.a_device, link.a_interface, link.capacity_bps, link.name) == ("rt-anexo", "ge-0/0/0", 1e8, "wan-anexo")
    assert inventory.sites["anexo"].latitude == 19.4
    assert inventory.people["ana"].roles == ("technician",)
    assert inventory.devices[DeviceId("rt-anexo")].role is Role.ROUTER


def test_hostile_names_lose_their_controls_and_keep_their_markup(city: City) -> None:
    name = r'"\e[31m[/][@click=app.bell]rojo\u202e\u009b2J =cmd|x"'
    city.replace("inventories/devices/anexo.yaml", "parents:", f"name: {name}, parents:")
    shown = city.load().devices[DeviceId("rt-anexo")].name
    assert shown == "[31m[/][@click=app.bell]rojo 2J =cmd|x"


def test_numbers_where_text_belongs_are_taken_as_written(city: City) -> None:
    city.replace("inventories/devices/anexo.yaml", "parents:", "serial: 00123456, asset_tag: 42, parents:")
    router = city.load().devices[DeviceId("rt-anexo")]
    assert (router.serial, router.asset_tag) == ("00123456", "42")
