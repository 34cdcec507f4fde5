# ruff: noqa: ISC004, E501
"""Every class of mistake in an inventory: its file, its line, what is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from nms.documents import DocumentError
from nms.inventory import load_inventory
from tests.inventory.city import City, unprivileged

PALACIO, ANEXO = "devices/palacio.yaml", "devices/anexo.yaml"

CASES: list[tuple[str, str, str, list[str]]] = [
    # file, what stands there, what stands there instead, every mistake told
    (ANEXO, "rt-anexo: {role", "rt-anexo: {rol", [
        f"{ANEXO}:3: “rol” is not a known key (did you mean “role”?)",
        f"{ANEXO}:3: “rt-anexo” has no “role” (write it here, or in its group, department, role or the defaults of the "
        "file)",
    ]),
    (ANEXO, "role: router", "role: ruter", [
        f"{ANEXO}:3: “role” cannot be 'ruter': it must be one of 'router', 'switch', 'firewall', 'access-point', 'pbx', "
        "'gateway', 'phone', 'ups', 'pdu', 'generator', 'hvac', 'environment', 'server', 'hypervisor', 'storage', "
        "'printer', 'computer', 'application' or 'other' (did you mean “router”?)",
    ]),
    (ANEXO, "[rt-palacio]", "[rt-palasio]", [
        f"{ANEXO}:3: “parents”: there is no device “rt-palasio” (did you mean “rt-palacio”?)",
    ]),
    (ANEXO, "[rt-palacio]", "[rt-palacio], powered_by: ups-x", [
        f"{ANEXO}:3: “powered_by”: there is no device “ups-x” (known here: pc-01, pc-02, pc-03, rt-anexo, rt-palacio, "
        "sw-palacio)",
    ]),
    (ANEXO, "[rt-palacio]", "[rt-anexo]", [
        f"{ANEXO}:3: “parents” goes in a circle: rt-anexo → rt-anexo (take one of these steps away: a device cannot "
        "stand behind itself)",
    ]),
    (PALACIO, "address: 10.1.0.1}", "address: 10.1.0.1, parents: [pc-02]}", []),
    (PALACIO, "address: 10.1.0.1}", "address: 10.1.0.1, parents: [sw-palacio]}", [
        f"{PALACIO}:3: “parents” goes in a circle: rt-palacio → sw-palacio → rt-palacio (take one of these steps away: "
        "a device cannot stand behind itself)",
    ]),
    (ANEXO, "10.2.0.1", "10.2.0.256", [
        f"{ANEXO}:3: “address”: 10.2.0.256 is not an address (write an IPv4 or IPv6 address or a host name: 10.1.2.3)",
    ]),
    (ANEXO, "10.2.0.1", '"rt anexo"', [
        f"{ANEXO}:3: “address”: rt anexo is not an address (write an IPv4 or IPv6 address or a host name: 10.1.2.3)",
    ]),
    (ANEXO, "10.2.0.1", "10.1.0.2", [
        f"{PALACIO}:4: “sw-palacio” has the address 10.1.0.2 of “rt-anexo” (the first one stands in {ANEXO}, line 3)",
    ]),
    (ANEXO, "  rt-anexo:", "  sw-palacio:", [
        f"{PALACIO}:4: there is a device “sw-palacio” already (the first one stands in {ANEXO}, line 3)",
        "links.yaml:2: there is no device “rt-anexo” (known here: pc-01, pc-02, pc-03, rt-palacio, sw-palacio)",
    ]),
    (ANEXO, "site: anexo", "site: annexo", [
        f"{ANEXO}:1: there is no site “annexo” in sites.yaml (did you mean “anexo”?)",
    ]),
    (ANEXO, "department: catastro", "department: catasto", [
        f"{ANEXO}:1: there is no department “catasto” in departments.yaml (did you mean “catastro”?)",
    ]),
    (ANEXO, "department: catastro", "departments: catastro", [
        f"{ANEXO}:1: “departments” is not a known key (did you mean “department”?)",
        f"{ANEXO}:3: “rt-anexo” has no “department” (write it here, or in its group, department, role or the defaults "
        "of the file)",
    ]),
    (ANEXO, "rt-anexo:", "RT anexo:", [f"{ANEXO}:3: “RT anexo” cannot be an id (use small letters, digits, “-”, “_” "
                                       "and “.”, a letter or digit first)",
                                       "links.yaml:2: there is no device “rt-anexo” (did you mean “RT anexo”?)"]),
    (ANEXO, "role: router", "role: router, group: neuvo", [
        f"{ANEXO}:3: there is no group “neuvo” in inventory.yaml (did you mean “nuevo”?)",
    ]),
    (ANEXO, "role: router", "role: router, interval: often", [
        f"{ANEXO}:3: “interval” must be a duration, not often (write a number with its unit: 30s, 5m, 1h30m, 35d, 1y)",
    ]),
    (ANEXO, "role: router", "role: router, lifecycle: {purchased: 2020-13-01}", [
        f"{ANEXO}:3: “purchased”: 2020-13-01 is not a date (write it as 2026-12-24)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {snmpp: {}}", [
        f"{ANEXO}:3: there is no transport “snmpp” (did you mean “snmp”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {web: {transport: htp, url: 'http://x/'}}", [
        f"{ANEXO}:3: there is no transport “htp” (did you mean “http”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {snmp: {prot: 161}}", [
        f"{ANEXO}:3: “prot” is not a known key (did you mean “port”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {snmp: {port: 161000}}", [
        f"{ANEXO}:3: “port” is 161000: it must be at most 65535",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {snmp: {credential: lee}}", [
        f"{ANEXO}:3: there is no credential “lee” in config.yaml (did you mean “leer”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {snmp: {credential: entrar}}", [
        f"{ANEXO}:3: the credential “entrar” is for ssh, not for snmp (it must be one of these kinds: snmp-community, "
        "snmp-user)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {credential: entrar, jump: sw-palasio}}", [
        f"{ANEXO}:3: “jump”: there is no device “sw-palasio” (did you mean “sw-palacio”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {credential: entrar, jump: pc-01}}", [
        f"{ANEXO}:3: “jump”: pc-01 has no ssh endpoint (give it one, with its credential)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {credential: entrar, jump: rt-anexo}}", [
        f"{ANEXO}:3: “jump” goes in a circle: rt-anexo → rt-anexo (a jump host that is reached directly says "
        "“jump: null”)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {credential: entrar, platform: cisco_ios_telnet}}", [
        f"{ANEXO}:3: “platform”: cisco_ios_telnet is not SSH (write the device type without the ending)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {credential: entrar, platform: cisco_iso}}", [
        f"{ANEXO}:3: netmiko has no platform “cisco_iso” (did you mean “cisco_ios”?)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {ssh: {}}", [
        f"{ANEXO}:3: the ssh endpoint needs “credential”",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {http: {}, dns: {}, tcp: {}}", [
        f"{ANEXO}:3: the http endpoint needs “url”",
        f"{ANEXO}:3: the dns endpoint needs “name”",
        f"{ANEXO}:3: the tcp endpoint needs “port”",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {http: {url: portal}}", [
        f"{ANEXO}:3: “url”: portal is not a web address (write it as https://{{address}}:8443/path)",
    ]),
    (ANEXO, "role: router", "role: router, endpoints: {scenario: {steps: [{url: 'https://{kept}/x'}]}}", [
        f"{ANEXO}:3: “url”: https://{{kept}}/x is not a web address (write it as https://{{address}}:8443/path)",
    ]),
    (ANEXO, "role: router", "role: router, thresholds: [{metric: disk, above: 1}]", [
        f"{ANEXO}:3: “metric”: there is no metric “disk” (docs/metrics.md lists them)",
    ]),
    (ANEXO, "role: router", "role: router, thresholds: [{metric: count, above: 1, scope: {roles: [ups]}}]", [
        f"{ANEXO}:3: “scope” has no place here: the threshold is for these devices already",
    ]),
    (PALACIO, "[11:13]", "[11:14]", [
        f"{PALACIO}:7: “address” makes 4 values, and “pc-[01:03]” makes 3 devices (both ranges must have the same "
        "length)",
    ]),
    (PALACIO, "pc-[01:03]", "pc-[03:01]", [
        f"{PALACIO}:5: the range in “pc-[03:01]” runs backwards (write a range as [01:24], [a:f] or [0:20:2])",
    ]),
    (PALACIO, "10.1.1.[11:13]", "10.1.1.11", [
        f"{PALACIO}:7: “pc-02” has the address 10.1.1.11 of “pc-01” (the first one stands in {PALACIO}, line 7)",
        f"{PALACIO}:7: “pc-03” has the address 10.1.1.11 of “pc-01” (the first one stands in {PALACIO}, line 7)",
    ]),
    ("departments.yaml", "staff: 68", "staff: many", [
        "departments.yaml:5: “staff” must be a whole number, not 'many'",
    ]),
    ("departments.yaml", "staff: 68", "staf: 68", [
        "departments.yaml:2: “staff” is missing",
        "departments.yaml:5: “staf” is not a known key (did you mean “staff”?)",
    ]),
    ("departments.yaml", "sites: palacio", "sites: palazio", [
        "departments.yaml:2: there is no site “palazio” in sites.yaml (did you mean “palacio”?)",
    ]),
    ("departments.yaml", "staff: 10", "staff: 10\n    service_hours: ofice", [
        "departments.yaml:8: there is no calendar “ofice” under office.calendars (did you mean “office”?)",
    ]),
    ("departments.yaml", "departments:", "departmens:", [
        "departments.yaml:1: “departmens” is not a known key (did you mean “departments”?)",
    ]),
    ("sites.yaml", "latitude: 19.4", "latitude: 194", ["sites.yaml:3: “latitude” is 194: it must be at most 90"]),
    ("sites.yaml", "sites:", "sites: [a]\nx:", [
        "sites.yaml:1: “sites” must be a block of keys and values (write sites: and below it the ids)",
        "sites.yaml:2: “x” is not a known key (known here: sites)",
    ]),
    ("links.yaml", "a: rt-anexo ge-0/0/0", "a: rt-anexxo ge-0/0/0", [
        "links.yaml:2: there is no device “rt-anexxo” (did you mean “rt-anexo”?)",
    ]),
    ("links.yaml", "capacity: 100Mbps", "capacity: fast", [
        "links.yaml:2: “capacity” must be a data rate, not fast (write it as 20Mbps, 100Mbps or 1Gbps)",
    ]),
    ("links.yaml", "links:", "links:\n  dos: {a: rt-anexo ge-0/0/0, b: rt-palacio ge-9}", [
        "links.yaml:3: “wan-anexo” ends at rt-anexo ge-0/0/0, where “dos” ends already (an interface carries one link)",
    ]),
    ("links.yaml", "b: rt-palacio ge-0/0/1", "b: rt-anexo ge-0/0/0", [
        "links.yaml:2: both ends of “wan-anexo” are the same",
    ]),
    ("people.yaml", "roles: technician", "roles: tecnician", [
        "people.yaml:2: “roles” cannot be 'tecnician': it must be one of 'viewer', 'technician', 'on-call', 'manager', "
        "'auditor' or 'administrator' (did you mean “technician”?)",
    ]),
    ("people.yaml", "[catastro]", "[castro]", [
        "people.yaml:2: there is no department “castro” in departments.yaml (did you mean “catastro”?)",
    ]),
    ("inventory.yaml", "switch: {", "swich: {", [
        "inventory.yaml:4: there is no role “swich” (did you mean “switch”?)",
    ]),
    ("inventory.yaml", "credential: leer", "credentail: leer", [
        "inventory.yaml:2: “credentail” is not a known key (did you mean “credential”?)",
    ]),
    ("inventory.yaml", "defaults:", "default:", [
        "inventory.yaml:1: “default” is not a known key (did you mean “defaults”?)",
    ]),
    ("inventory.yaml", "hardware: X2", "hardwere: X2", [
        "inventory.yaml:7: “hardwere” is not a known key (did you mean “hardware”?)",
    ]),
    ("inventory.yaml", "groups:\n", "groups:\n  unused: {endpoints: {ssh: {prot: 1}}}\n", [
        "inventory.yaml:7: “prot” is not a known key (did you mean “port”?)",
    ]),
    (ANEXO, "defaults:", "defaults:\n  - ", [
        f"{ANEXO}:1: “defaults” must be a block of keys and values, not [{{'site': 'anexo', 'department': 'catastro'}}]",
        f"{ANEXO}:4: “rt-anexo” has no “site” (write it here, or in its group, department, role or the defaults of the "
        "file)",
        f"{ANEXO}:4: “rt-anexo” has no “department” (write it here, or in its group, department, role or the defaults "
        "of the file)",
    ]),
    (ANEXO, "rt-anexo: {", "rt-anexo: {{", [
        f"{ANEXO}:4: is not valid YAML: did not find expected ',' or '}}' (check the indentation, the colons and the "
        "quotes near this line)",
    ]),
    (ANEXO, "site: anexo", "site: &a anexo, <<: *a", [
        f"{ANEXO}:1: is not valid YAML: merge keys (<<) are not used here (check the indentation, the colons and the "
        "quotes near this line)",
    ]),
    (ANEXO, "devices:", "devices:\n  rt-anexo: {}", [
        f"{ANEXO}:4: “rt-anexo” is written twice (it stands on line 3 already: keep one of them)",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "told"), CASES, ids=[f"{case[0]} {case[2][:50]}" for case in CASES])
def test_a_mistake_names_its_file_its_line_and_what_would_be_right(
    city: City, file: str, old: str, new: str, told: list[str]
) -> None:
    city.replace(f"inventories/{file}", old, new)
    if told:
        assert city.mistakes() == told
    else:
        assert city.load().devices


def test_every_mistake_of_every_file_is_told_in_one_run(city: City) -> None:
    city.replace("inventories/departments.yaml", "staff: 68", "staff: many")
    city.replace("inventories/sites.yaml", "latitude: 19.4", "latitude: 194")
    city.replace("inventories/links.yaml", "capacity: 100Mbps", "capacity: fast")
    city.replace("inventories/people.yaml", "[catastro]", "[castro]")
    city.replace("inventories/devices/palacio.yaml", "10.1.0.2", "10.1.0.299")
    city.replace("inventories/devices/anexo.yaml", "role: router", "role: router, group: neuvo")
    files = [Path(problem.file).name for problem in city.problems()]
    assert sorted(files) == [
        "anexo.yaml",
        "departments.yaml",
        "links.yaml",
        "palacio.yaml",
        "people.yaml",
        "sites.yaml",
    ]


def test_one_mistake_in_a_range_of_many_is_told_once(city: City) -> None:
    city.replace("inventories/devices/palacio.yaml", "    role: computer\n", "    role: computer\n    parents: nadie\n")
    assert [line.split(" (")[0] for line in city.mistakes()] == [
        "devices/palacio.yaml:7: “parents”: there is no device “nadie”"
    ]


def test_a_longer_circle_is_named_from_end_to_end_once(city: City) -> None:
    devices = "".join(
        f"  n{i}: {{role: other, address: 10.9.0.{i + 1}, powered_by: n{(i + 1) % 4}}}\n" for i in range(4)
    )
    city.write("inventories/devices/x.yaml", "defaults: {site: anexo, department: catastro}\ndevices:\n" + devices)
    assert [line.split(" (")[0] for line in city.mistakes()] == [
        "devices/x.yaml:3: “powered_by” goes in a circle: n0 → n1 → n2 → n3 → n0"
    ]


def test_a_chain_of_thousands_is_no_circle(city: City) -> None:
    lines = [
        f"  n{i}: {{role: other, address: 10.{i // 250 + 20}.9.{i % 250}, parents: n{i + 1}}}" for i in range(3000)
    ]
    lines.append("  n3000: {role: other, address: 10.99.0.1}")
    text = "defaults: {site: anexo, department: catastro}\ndevices:\n" + "\n".join(lines)
    city.write("inventories/devices/x.yaml", text)
    assert len(city.load().devices) == 3001 + 6


@pytest.mark.parametrize("name", ["departments.yaml", "sites.yaml"])
def test_a_missing_file_is_told_and_makes_no_other_mistakes(city: City, name: str) -> None:
    (city.root / "inventories" / name).unlink()
    assert city.mistakes() == [f"{name}:1: there is no such file: the inventory needs it"]


@pytest.mark.parametrize(("name", "meant"), [("linsk.yaml", "links"), ("sites.yml", "sites"), ("person.yaml", None)])
def test_a_file_with_a_mistyped_name_is_not_silence(city: City, name: str, meant: str | None) -> None:
    city.write(f"inventories/{name}", "links: {}")
    if meant:
        told = f"{name}:1: “{name}” is not a file that the inventory reads (did you mean “{meant}.yaml”?)"
        assert city.mistakes() == [told]
    else:
        assert city.load().devices


def test_files_of_others_beside_the_inventory_are_left_to_them(city: City) -> None:
    for name in ("rota.yaml", "shifts.yaml", "notes.txt", ".links.yaml"):
        city.write(f"inventories/{name}", "shifts: {}")
    assert city.load().devices


def test_a_missing_directory_is_one_clear_mistake(city: City) -> None:
    nowhere = city.root / "nowhere"
    with pytest.raises(Exception, match=r"1 problem\(s\)") as caught:
        load_inventory(nowhere)
    assert [city.told(problem) for problem in caught.value.problems] == [  # type: ignore[attr-defined]
        f"{nowhere}:1: there is no such directory (`nms init` lays out a new one)"
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"defaults: {name: \xff\xfe}", "cannot be read: it is not UTF-8"),
        (b"a: 1\nb: \x1b[31m", "is not valid YAML: unacceptable character"),
        (b"\x00\x01\x02", "is not valid YAML: unacceptable character"),
        (b"a: [" * 5000, "is not valid YAML: "),
        (b"a: &a [*a]", "is not valid YAML: it is nested too deeply or too large"),
        (b"? {x: 1}\n: 2", "is not valid YAML: a key must be a plain word"),
        (b"x: !!python/object/apply:os.system [true]", "is not valid YAML: the tag"),
    ],
    ids=["not UTF-8", "escape", "binary", "deep", "endless alias", "key", "python tag"],
)
def test_a_file_that_is_no_inventory_is_told_without_a_traceback(city: City, content: bytes, sentence: str) -> None:
    (city.root / "inventories/devices/x.yaml").write_bytes(content)
    told = city.mistakes()
    assert len(told) == 1
    assert told[0].startswith("devices/x.yaml:")
    assert sentence in told[0]


def test_an_unreadable_file_is_told(city: City) -> None:
    path = city.root / "inventories/devices/anexo.yaml"
    path.unlink()
    path.symlink_to("/nowhere/else.yaml")
    assert city.mistakes()[0] == "devices/anexo.yaml:1: cannot be read: No such file or directory"
    path.unlink()
    path.mkdir()
    assert city.mistakes()[0] == "devices/anexo.yaml:1: cannot be read: Is a directory"


@pytest.mark.parametrize("name", ["devices/anexo.yaml", "devices", "sites.yaml", "."])
def test_a_forbidden_file_or_directory_is_told(city: City, name: str) -> None:
    settings = city.config
    path = city.root / "inventories" / name
    path.chmod(0)
    with unprivileged(city.root), pytest.raises(DocumentError) as caught:
        load_inventory(city.root / "inventories", settings)
    path.chmod(0o755)
    assert [city.told(problem) for problem in caught.value.problems] == [
        f"{name if name != '.' else city.root / 'inventories'}:1: cannot be read: Permission denied"
    ]


def test_without_settings_credentials_and_calendars_are_not_judged(city: City) -> None:
    city.replace("inventories/inventory.yaml", "credential: leer", "credential: otra")
    city.replace("inventories/departments.yaml", "staff: 10", "staff: 10\n    service_hours: ofice")
    assert load_inventory(city.root / "inventories").devices
