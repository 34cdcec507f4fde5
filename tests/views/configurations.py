"""The configurations of the city hall of these tests: one switch, whose copy has a first text and a change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nms.collect.configuration.definitions import Definitions, load_definitions
from nms.collect.configuration.fetching import Fetched
from nms.config import Config
from nms.model import DeviceId
from nms.queries.configurations import ConfigurationReads
from nms.store.configurations.archive import Archive
from nms.store.configurations.book import ConfigurationState
from nms.store.configurations.repository import ConfigurationRepository
from nms.views.api.configurations import Door
from nms.wiring.configuration_rounds import ConfigurationActs
from nms.wiring.configurations import Configurations

SWITCH = DeviceId("sw-tesoreria")
HOSTILE_LINE = " description <script>alert(1)</script>[/red]=cmd"
FIRST = f"version 15.2\nhostname sw\nenable secret 5 $1$x$TheSecret\ninterface Gi0/1\n{HOSTILE_LINE}\nend\n"
SECOND = FIRST.replace("interface Gi0/1", "interface Gi0/2")


@cache
def definitions() -> Definitions:
    return load_definitions(Path(__file__).parents[2] / "collectors")


@dataclass
class Given:
    """Stands in for the rounds: a visit brings what is written here."""

    archive: Archive
    now: float
    text: str = SECOND

    async def fetch(self, device: DeviceId, by: str) -> ConfigurationState:
        fetched = Fetched("cisco_ios", self.text, FIRST, changed_by="ana")
        return self.archive.take(device, fetched, self.now, reason="asked").state


def door_of(city: Any) -> Door:
    """Reads and acts over the records of a city."""
    archive = Archive(
        city.records, ConfigurationRepository(city.directory / "configurations"), definitions(), b"a key of the tests"
    )
    kind = definitions().kinds["cisco_ios"]
    switch = city.inventory.devices[SWITCH]
    places = {SWITCH: (switch, switch.endpoints[0], kind)}
    here = Configurations(Config(), city.inventory, places, archive, city.live, lambda: city.now)
    archive.take(SWITCH, Fetched("cisco_ios", FIRST, FIRST), city.now - 86_400, reason="night")
    archive.accept(SWITCH, "jefa", city.now - 80_000, "norma")
    archive.take(SWITCH, Fetched("cisco_ios", SECOND, FIRST, changed_by="ana"), city.now - 7200, reason="night")
    reads = ConfigurationReads(city.inventory, archive, here.kinds, here.findings, clock=lambda: city.now)
    return Door(reads, ConfigurationActs(here, Given(archive, city.now), lambda: None))  # type: ignore[arg-type]
