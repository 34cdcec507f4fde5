"""From a source to the inventory, or to every mistake in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nms.config import Config
from nms.inventory.checks import check_whole, unique
from nms.inventory.draft import Draft
from nms.inventory.entries import LinkEntry
from nms.inventory.resolve import Placed, resolve_devices
from nms.inventory.yaml_source import read_yaml
from nms.model import Department, Device, DeviceId, Inventory, Link, Person, Site


def load_inventory(directory: Path, config: Config | None = None) -> Inventory:
    """The inventory in the YAML files of a directory.

    With the settings, its credentials and calendars are checked against them, and devices that say no interval
    take theirs. Raises: `DocumentError` with every mistake of all files.
    """
    draft = read_yaml(directory)
    inventory = build(draft, config)
    draft.problems.raise_any()
    return inventory


def build(draft: Draft, config: Config | None) -> Inventory:
    """The inventory of a draft; mistakes are noted in the draft."""
    placed = unique(resolve_devices(draft), draft.problems)
    check_whole(draft, placed, config)
    return Inventory(
        municipality=config.office.municipality if config else "",
        departments={name: _department(draft, name) for name in draft.departments},
        sites={name: Site(name, **entry.model_dump()) for name, (entry, _) in draft.sites.items()},
        devices=_devices(placed, config),
        links={name: _link(name, entry) for name, (entry, _) in draft.links.items()},
        people={name: Person(name, **entry.model_dump()) for name, (entry, _) in draft.people.items()},
        is_sample=draft.is_sample,
    )


def _devices(placed: Mapping[DeviceId, Placed], config: Config | None) -> dict[DeviceId, Device]:
    if config is None:
        return {name: one.device for name, one in placed.items()}
    usual = config.polling.interval
    return {
        name: one.device if "interval" in one.merged.values else replace(one.device, interval=usual)
        for name, one in placed.items()
    }


def _department(draft: Draft, name: str) -> Department:
    entry, _ = draft.departments[name]
    return Department(
        name,
        entry.name,
        entry.short_name or entry.name,
        entry.staff,
        entry.criticality,
        entry.service_hours,
        entry.sites,
    )


def _link(name: str, entry: LinkEntry) -> Link:
    (a_device, _, a_interface), (b_device, _, b_interface) = entry.a.partition(" "), entry.b.partition(" ")
    return Link(
        id=name,
        name=entry.name or name,
        a_device=DeviceId(a_device),
        a_interface=a_interface.strip(),
        b_device=DeviceId(b_device),
        b_interface=b_interface.strip(),
        capacity_bps=entry.capacity,
        kind=entry.kind,
        provider=entry.provider,
        circuit=entry.circuit,
        group=entry.group,
    )
