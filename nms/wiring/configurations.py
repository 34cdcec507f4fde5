"""Copies of configurations: what the parts of the monitor that deal with them share, and what is found in them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nms.collect.configuration.definitions import Definitions, Kind, load_definitions
from nms.config import Config
from nms.model import Device, DeviceId, Endpoint, Inventory, State
from nms.queries.live import LiveBoard
from nms.store.configurations import book
from nms.store.configurations.archive import Archive
from nms.store.configurations.copies import FOLDER
from nms.store.configurations.repository import ConfigurationRepository, ConfigurationsError, masking_key
from nms.store.records import Records
from nms.tickets.preventive.causes import ConfigurationFinding
from nms.tickets.preventive.configurations import BELOW, Running, findings

PART = "configurations"

Place = tuple[Device, Endpoint, Kind]
AgreedWork = Callable[[Device, float, float], str]


@dataclass(frozen=True, slots=True)
class Configurations:
    """What the parts of the monitor that deal with configurations share."""

    config: Config
    inventory: Inventory
    places: Mapping[DeviceId, Place]
    archive: Archive
    live: LiveBoard
    clock: Callable[[], float] = time.time

    @property
    def kinds(self) -> dict[DeviceId, Kind]:
        return {device: kind for device, (_device, _endpoint, kind) in self.places.items()}

    def findings(self) -> Sequence[ConfigurationFinding]:
        """What holds now. Raises: RecordsError."""
        states = {device: one for device, one in self.archive.states().items() if DeviceId(device) in self.places}
        running = {DeviceId(device): self._running(DeviceId(device)) for device in list(self.live.devices)}
        settings = self.config.configuration_backup
        return list(findings(states, self.inventory.devices, running, settings, self.clock()))

    def is_judged(self, what: str, device: str) -> bool:
        """Whether a finding that is not there means that all is well: what a device runs is known from its polls."""
        if what == BELOW:
            return bool(self._running(DeviceId(device)).version)
        return DeviceId(device) in self.places

    def _running(self, device: DeviceId) -> Running:
        live, known = self.live.devices.get(device), self.inventory.devices.get(device)
        facts = live.facts if live else {}
        is_down = self.live.device_states.get(device) is State.DOWN
        families = known.families if known else ()
        return Running(facts.get("hardware", ""), facts.get("version", ""), families, is_down)


@contextmanager
def open_configurations(
    config: Config,
    inventory: Inventory,
    records: Records,
    live: LiveBoard,
    trouble: Callable[[str, str], None],
    agreed: AgreedWork = lambda _device, _start, _end: "",
) -> Iterator[Configurations | None]:
    """None where configurations are not kept, or cannot be; that is a trouble that is told, not the end.

    `agreed`: the title of planned work on a device between two instants; empty where there was none.
    """
    definitions = load_definitions(config.paths.collectors)
    places = places_of(inventory, definitions)
    if not config.configuration_backup.enabled or not places:
        yield None
        return
    folder = config.data_dir / FOLDER
    try:
        key = masking_key(folder)
        repository = ConfigurationRepository(folder)
        if damage := repository.check():
            repository.close()
            raise ConfigurationsError(damage)
    except ConfigurationsError as error:
        trouble(PART, str(error))
        yield None
        return

    def agreed_on(device: str, start: float, end: float) -> str:
        known = inventory.devices.get(DeviceId(device))
        return agreed(known, start, end) if known else ""

    keeps_secrets = config.configuration_backup.secrets == "kept"
    archive = Archive(records, repository, definitions, key, keeps_secrets, agreed_on)
    with records.begin() as connection:
        book.forget_departed(connection, inventory.devices)
    try:
        yield Configurations(config, inventory, places, archive, live)
    finally:
        repository.close()


def places_of(inventory: Inventory, definitions: Definitions) -> dict[DeviceId, Place]:
    """The devices whose configuration is fetched, each with its endpoint and how."""
    found = ((device, definitions.endpoint(device)) for device in inventory.devices.values())
    return {device.id: (device, *place) for device, place in found if place is not None}
