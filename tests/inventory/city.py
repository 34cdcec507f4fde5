"""A small right inventory that tests spoil one line at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from nms.config import Config, load_config
from nms.documents import DocumentError, Problem
from nms.i18n import render
from nms.inventory import load_inventory
from nms.model import Inventory

FILES = {
    "config.yaml": """\
credentials:
  leer: {kind: snmp-community, community: env:C}
  entrar: {kind: ssh, user: m, password: env:P}
polling: {interval: 45s}
""",
    "inventories/inventory.yaml": """\
defaults:
  endpoints: {icmp: {}, snmp: {port: 16161, credential: leer}}
roles:
  switch: {parents: ["rt-{site}"], vendor: Genérico, lifecycle: {cost: 100, purchased: 2020-01-01}}
  computer: {endpoints: {icmp: false, snmp: false}}
groups:
  nuevo: {hardware: X2, lifecycle: {cost: 200}, tags: [a, b]}
""",
    "inventories/departments.yaml": """\
departments:
  tesoreria:
    name: Tesorería Municipal
    short_name: Tesorería
    staff: 68
    sites: palacio
    devices: {vendor: Hacienda, notes: de tesorería}
  catastro:
    name: Catastro
    staff: 10
    sites: [anexo, palacio]
""",
    "inventories/sites.yaml": """\
sites:
  palacio: {name: Palacio Municipal}
  anexo: {name: Anexo, latitude: 19.4, longitude: -99.1}
""",
    "inventories/links.yaml": """\
links:
  wan-anexo: {a: rt-anexo ge-0/0/0, b: rt-palacio ge-0/0/1, capacity: 100Mbps}
""",
    "inventories/people.yaml": """\
people:
  ana: {name: Ana, roles: technician, departments: [catastro], contacts: {mail: ana@example.invalid}}
""",
    "inventories/devices/palacio.yaml": """\
defaults: {site: palacio, department: tesoreria}
devices:
  rt-palacio: {role: router, address: 10.1.0.1}
  sw-palacio: {role: switch, group: nuevo, address: 10.1.0.2}
  pc-[01:03]:
    role: computer
    address: 10.1.1.[11:13]
""",
    "inventories/devices/anexo.yaml": """\
defaults: {site: anexo, department: catastro}
devices:
  rt-anexo: {role: router, address: 10.2.0.1, parents: [rt-palacio]}
""",
}


@dataclass(frozen=True, slots=True)
class City:
    """Files of a municipality in a directory of the test."""

    root: Path

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        self.write(name, text.replace(old, new))

    @property
    def config(self) -> Config:
        return load_config(self.root / "config.yaml")

    def load(self) -> Inventory:
        return load_inventory(self.root / "inventories", self.config)

    def problems(self) -> list[Problem]:
        with pytest.raises(DocumentError) as caught:
            self.load()
        return list(caught.value.problems)

    def mistakes(self) -> list[str]:
        """`file:line: sentence (hint)` of each mistake, in English, files from the inventory's directory."""
        return [self.told(problem) for problem in self.problems()]

    def told(self, problem: Problem) -> str:
        hint = f" ({render(problem.hint, 'en')})" if problem.hint else ""
        text = f"{problem.file}:{problem.line}: {render(problem.message, 'en')}{hint}"
        return text.replace(f"{self.root / 'inventories'}/", "")


@contextmanager
def unprivileged(root: Path) -> Iterator[None]:
    """Somebody who is not root, who may pass through the directories above `root`."""
    if os.geteuid() != 0:
        yield
        return
    for above in (root, *root.parents):
        if above.stat().st_uid == 0 and not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o055)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
