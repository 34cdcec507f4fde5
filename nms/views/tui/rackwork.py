"""Racks as they stand in the room: which device is in which unit, from the top to the floor. No widget, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nms.inventory.racks import position
from nms.queries.rows import DeviceRow

USUAL_HEIGHT = 42


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of a rack, or a device of which only the rack is known (`number` None).

    `row` is None where nothing is built in; `is_top` marks the highest unit of a device; `rivals` are other devices
    that the inventory puts into the same unit.
    """

    number: int | None
    row: DeviceRow | None = None
    is_top: bool = True
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rack:
    name: str
    units: tuple[Unit, ...]

    @property
    def used(self) -> int:
        return sum(unit.row is not None and unit.number is not None for unit in self.units)

    @property
    def height(self) -> int:
        return sum(unit.number is not None for unit in self.units)


def racks(rows: Iterable[DeviceRow]) -> list[Rack]:
    """The racks by name, as high as the usual one or as their highest device."""
    by_name: dict[str, list[tuple[int, int, DeviceRow]]] = {}
    loose: dict[str, list[DeviceRow]] = {}
    for row in rows:
        where = position(row.rack) if row.rack else None
        if where is None:
            continue
        placed = by_name.setdefault(where.rack, [])
        if where.low is None or where.high is None:
            loose.setdefault(where.rack, []).append(row)
        else:
            placed.append((where.low, where.high, row))
    return [Rack(name, _units(by_name[name], loose.get(name, []))) for name in sorted(by_name)]


def _units(placed: list[tuple[int, int, DeviceRow]], loose: list[DeviceRow]) -> tuple[Unit, ...]:
    inside: dict[int, list[tuple[int, DeviceRow]]] = {}
    for low, high, row in placed:
        for number in range(low, high + 1):
            inside.setdefault(number, []).append((high, row))
    top = max(USUAL_HEIGHT, *inside) if inside else USUAL_HEIGHT
    built = tuple(_unit(number, inside) for number in range(top, 0, -1))
    return built + tuple(Unit(None, row) for row in sorted(loose, key=lambda row: row.name))


def _unit(number: int, inside: Mapping[int, list[tuple[int, DeviceRow]]]) -> Unit:
    here = inside.get(number, [])
    if not here:
        return Unit(number)
    high, row = here[0]
    return Unit(number, row, high == number, tuple(other.name for _high, other in here[1:]))
