"""What is known of each configuration, as rows: the last attempt, the last success, changes, the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from nms.model import DeviceId
from nms.store.configurations.repository import RUNNING
from nms.store.records import serialise
from nms.store.tables.configurations import configuration_versions, configurations
from nms.store.tables.tickets import IS_ACTIVE, tickets


@dataclass(frozen=True, slots=True)
class ConfigurationState:
    """One device; the fields are those of the table. Empty text names: there is none."""

    device: str
    kind: str = ""
    attempted_at: float = 0.0
    succeeded_at: float | None = None
    problem: str = ""
    failing_since: float | None = None
    running: str = ""
    startup: str = ""
    with_secrets: bool = False
    secrets: int = 0
    changed_at: float | None = None
    changed_by: str = ""
    changed_ticket: str = ""
    changed_during: str = ""
    device_says: str = ""
    unsaved_since: float | None = None
    baseline: str = ""
    baseline_at: float | None = None
    baseline_by: str = ""
    drift: int = 0


@dataclass(frozen=True, slots=True)
class ConfigurationVersion:
    """One text that was kept. `author` is who changed it, as far as anybody knows; `reason` why it was looked at."""

    id: int
    device: str
    kind: str
    at: float
    text: str
    revision: str
    author: str = ""
    reason: str = ""
    note: str = ""
    ticket: str = ""
    during: str = ""
    added: int = 0
    removed: int = 0


def states(connection: sa.Connection) -> dict[DeviceId, ConfigurationState]:
    rows = connection.execute(sa.select(configurations)).mappings()
    return {DeviceId(row["device"]): ConfigurationState(**row) for row in rows}


def state(connection: sa.Connection, device: str) -> ConfigurationState:
    """What is known of one device; nothing yet where it was never tried."""
    query = sa.select(configurations).where(configurations.c.device == device)
    row = connection.execute(query).mappings().first()
    return ConfigurationState(**row) if row else ConfigurationState(device)


def write(connection: sa.Connection, new: ConfigurationState) -> None:
    """Puts a state in the place of the one before."""
    serialise(connection, "configurations")
    values = asdict(new)
    at = configurations.c.device == new.device
    if connection.execute(configurations.update().where(at).values(values)).rowcount == 0:
        connection.execute(configurations.insert().values(values))


def add_version(connection: sa.Connection, version: ConfigurationVersion) -> None:
    values = asdict(version)
    del values["id"]
    connection.execute(configuration_versions.insert().values(values))


def versions(
    connection: sa.Connection, device: str, *, kind: str = "", until: float | None = None, limit: int = 200
) -> list[ConfigurationVersion]:
    """The newest first."""
    column = configuration_versions.c
    query = sa.select(configuration_versions).where(column.device == device).order_by(column.id.desc()).limit(limit)
    if kind:
        query = query.where(column.kind == kind)
    if until is not None:
        query = query.where(column.at <= until)
    return [ConfigurationVersion(**row) for row in connection.execute(query).mappings()]


def version(connection: sa.Connection, device: str, number: int) -> ConfigurationVersion | None:
    column = configuration_versions.c
    query = sa.select(configuration_versions).where((column.device == device) & (column.id == number))
    row = connection.execute(query).mappings().first()
    return ConfigurationVersion(**row) if row else None


def running_before(connection: sa.Connection, device: str, number: int) -> ConfigurationVersion | None:
    """The running text before a version."""
    column = configuration_versions.c
    earlier = (column.device == device) & (column.kind == RUNNING) & (column.id < number)
    query = sa.select(configuration_versions).where(earlier).order_by(column.id.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    return ConfigurationVersion(**row) if row else None


def forget_departed(connection: sa.Connection, present: Mapping[DeviceId, object]) -> int:
    """Drops the states of devices that have left the inventory, so that nothing is found in them; texts stay."""
    known = connection.execute(sa.select(configurations.c.device)).scalars().all()
    gone = [device for device in known if device not in present]
    for start in range(0, len(gone), 500):
        chosen = configurations.c.device.in_(gone[start : start + 500])
        connection.execute(configurations.delete().where(chosen))
    return len(gone)


def ticket_between(connection: sa.Connection, device: str, start: float, end: float) -> str:
    """A ticket about the device that was open at some time between two instants; empty where there was none."""
    column = tickets.c
    ended = sa.func.coalesce(column.resolved_at, column.closed_at)
    open_then = sa.or_(IS_ACTIVE, ended >= start)
    query = sa.select(column.folio).where((column.device == device) & (column.opened_at <= end), open_then)
    return connection.execute(query.order_by(column.id.desc()).limit(1)).scalar() or ""
