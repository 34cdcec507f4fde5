"""Small families and recordings written for the tests."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from nms.collect.catalogue import Catalogue
from nms.collect.collected import Collected, Memory
from nms.collect.gather import collect
from nms.collect.plan import plan
from nms.collect.recognise import recognise
from nms.collect.recording import Recording
from nms.i18n import in_english
from nms.model import DeviceId
from nms.transports.snmp.values import Table, Value

SHIPPED = Path(__file__).parents[2] / "collectors"


def write_families(folder: Path, **families: str) -> Path:
    """Writes each family to `folder`/collectors/standard/NAME.yaml (underscores become hyphens)."""
    root = folder / "collectors" / "standard"
    root.mkdir(parents=True, exist_ok=True)
    for name, text in families.items():
        (root / f"{name.replace('_', '-')}.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return folder / "collectors"


def recording(text: str) -> Recording:
    """A recording from snmprec lines; leading white space is for the eye."""
    return Recording.parse("\n".join(line.strip() for line in text.strip().splitlines()).encode())


async def read(
    folder: Path, reader: object, *, at: float = 1000.0, memory: Memory | None = None, full: bool = False
) -> Collected:
    catalogue = Catalogue.load(folder)
    assert catalogue.problems == ()
    recognised = await recognise(reader, catalogue)  # type: ignore[arg-type]
    wanted = plan(catalogue, recognised.families, recognised.sys_object_id)
    return await collect(wanted, reader, DeviceId("d"), at, memory, full=full)  # type: ignore[arg-type]


class Counting:
    """A reader that notes which columns and instances it was asked for."""

    def __init__(self, inner: Recording) -> None:
        self.inner = inner
        self.asked: list[tuple[str, ...]] = []

    async def get(self, oids: Sequence[str]) -> Mapping[str, Value]:
        self.asked.append(tuple(oids))
        return await self.inner.get(oids)

    async def table(self, columns: Sequence[str]) -> Table:
        self.asked.append(tuple(columns))
        return await self.inner.table(columns)

    async def walk(self, root: str) -> Mapping[str, Value]:
        return await self.inner.walk(root)


def values(collected: Collected, metric: str) -> dict[str, float]:
    """Label of the component -> value of the metric."""
    return {
        component.label: value
        for reading in collected.readings
        for component, value in zip(reading.components, reading.columns.get(metric, ()), strict=False)
        if value is not None
    }


ENTERPRISES = "1.3.6.1.4.1."


@cache
def shipped() -> Catalogue:
    return Catalogue.load(SHIPPED)


async def told(sys_object_id: str, cells: str, sys_descr: str = "Box") -> Collected:
    """What a device tells that has `cells`: lines of an OID below enterprises (or a whole one) and its value."""
    lines = [f"1.3.6.1.2.1.1.1.0|4|{sys_descr}", f"1.3.6.1.2.1.1.2.0|6|{ENTERPRISES}{sys_object_id}"]
    lines.append("1.3.6.1.2.1.1.3.0|67|100")
    for line in filter(None, map(str.strip, cells.splitlines())):
        oid, _, value = line.partition(" ")
        whole = oid if oid.startswith("1.3.6.1.") else ENTERPRISES + oid
        lines.append(f"{whole}|{2 if value.lstrip('-').isdigit() else 4}|{value}")
    reader = recording("\n".join(lines))
    recognised = await recognise(reader, shipped())
    return await collect(plan(shipped(), recognised.families, recognised.sys_object_id), reader, DeviceId("d"), 1000.0)


def states(found: Collected) -> dict[str, str]:
    return {state.component.label: in_english(state.text) for state in found.states}
