"""What the copies of configurations say that somebody should do: pure functions over what is known of each device.

unsaved                 a change would be lost at the next restart
changed-without-ticket  somebody changed it while no ticket about the device was open and no work on it was planned
backup-failing          the device is up and gives no copy
backup-too-old          there is no recent copy, for whatever reason
drift                   it is not what was accepted as the baseline
below-baseline          its software is older than the least version
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import sqlalchemy as sa

from nms.access import MONITOR
from nms.config.backups import ConfigurationBackup, LeastVersion
from nms.model import Device, DeviceId, Message, Number, TicketStatus
from nms.rules.configured import reach_of
from nms.rules.versions import is_below
from nms.store.configurations.book import ConfigurationState
from nms.store.tables.tickets import IS_ACTIVE, tickets
from nms.tickets import life, persistence
from nms.tickets.case import Case
from nms.tickets.codes import Cause, Solution, Source
from nms.tickets.desk import TicketDesk
from nms.tickets.preventive.causes import ConfigurationFinding

Judged = Callable[[str, str], bool]
"""Of a kind of finding and a device: whether its absence says anything."""

CHANGED = "changed-without-ticket"
BELOW = "below-baseline"
PREFIX = "configuration"


@dataclass(frozen=True, slots=True)
class Running:
    """What a device says of itself: model, software, families; and whether it is down."""

    hardware: str = ""
    version: str = ""
    families: tuple[str, ...] = ()
    is_down: bool = False


def findings(
    states: Mapping[str, ConfigurationState],
    devices: Mapping[DeviceId, Device],
    running: Mapping[DeviceId, Running],
    settings: ConfigurationBackup,
    now: float,
) -> Iterator[ConfigurationFinding]:
    """Everything that holds now, for the devices of the inventory."""
    for device in devices.values():
        here = running.get(device.id, Running())
        state = states.get(device.id)
        if state is not None:
            yield from _of_copy(device, state, here, settings, now)
        least = least_version(device, here, settings.least_versions)
        if least is not None and is_below(here.version, least):
            params = {"device": device.name, "version": here.version, "least": least}
            title = Message("{device} runs version {version}, below the least one, {least}", params)
            yield ConfigurationFinding(device.id, BELOW, now, title=title)


def _of_copy(
    device: Device, state: ConfigurationState, here: Running, settings: ConfigurationBackup, now: float
) -> Iterator[ConfigurationFinding]:
    """About the copies of one device."""
    since, seen = state.unsaved_since, state.succeeded_at
    if since is not None and seen is not None and seen - since >= settings.unsaved_after:
        title = Message("{device}: its configuration was changed and not saved", {"device": device.name})
        yield ConfigurationFinding(device.id, "unsaved", since, title=title)
    unexplained = not state.changed_ticket and not state.changed_during
    if state.changed_at is not None and unexplained and (state.baseline_at or 0.0) < state.changed_at:
        params = {"device": device.name, "person": state.changed_by}
        title = Message("{device}: its configuration was changed without a ticket", {"device": device.name})
        if state.changed_by:
            title = Message("{device}: its configuration was changed by {person} without a ticket", params)
        yield ConfigurationFinding(device.id, CHANGED, state.changed_at, title=title)
    if state.baseline and state.drift:
        counted: dict[str, str | Number] = {"device": device.name, "lines": state.drift}
        title = Message("{device}: {lines} lines of its configuration are not those of the baseline", counted)
        yield ConfigurationFinding(device.id, "drift", now, title=title)
    yield from _of_fetching(device, state, here, settings, now)


def _of_fetching(
    device: Device, state: ConfigurationState, here: Running, settings: ConfigurationBackup, now: float
) -> Iterator[ConfigurationFinding]:
    """A device that is up and gives nothing is a fault of its own; one that is down has another ticket."""
    failing = state.failing_since
    if failing is not None and not here.is_down and now - failing >= settings.failing_after:
        params = {"device": device.name, "reason": state.problem}
        title = Message("{device}: its configuration cannot be fetched: {reason}", params)
        yield ConfigurationFinding(device.id, "backup-failing", failing, title=title)
        return
    last = state.succeeded_at if state.succeeded_at is not None else failing
    if last is not None and now - last >= settings.too_old:
        title = Message("{device}: there is no recent copy of its configuration", {"device": device.name})
        yield ConfigurationFinding(device.id, "backup-too-old", last, title=title)


def least_version(device: Device, here: Running, least: tuple[LeastVersion, ...]) -> str | None:
    """The least version for a device: of the first entry that fits it."""
    families = here.families or device.families
    hardware = here.hardware or device.hardware
    for one in least:
        if reach_of(one.scope).covers(device, families) and fnmatchcase(hardware.lower(), one.hardware.lower()):
            return one.at_least
    return None


def explained(connection: sa.Connection, found: ConfigurationFinding) -> bool:
    """Whether somebody has dealt with an unexplained change: its ticket was resolved after it."""
    if found.what != CHANGED:
        return False
    case = persistence.latest_for_cause(connection, cause_key(found))
    ended = (case.resolved_at or case.closed_at) if case is not None and not case.is_active else None
    return ended is not None and ended >= found.at


def cause_key(found: ConfigurationFinding) -> str:
    return f"{PREFIX}/{found.what}/{found.device}"


def open_causes(connection: sa.Connection) -> dict[str, str]:
    """The causes with an open ticket, each with whoever has it (empty: nobody yet)."""
    query = sa.select(tickets.c.cause_key, tickets.c.assignee)
    rows = connection.execute(query.where(IS_ACTIVE, tickets.c.source == Source.CONFIGURATION.value))
    return {row.cause_key: row.assignee for row in rows}


def end_what_is_over(
    connection: sa.Connection, desk: TicketDesk, holding: frozenset[str], is_judged: Judged, now: float
) -> list[Case]:
    """Resolves tickets that nobody has begun and whose cause is gone; work that has begun is its people's to end.

    `holding`: the causes that hold now. Changes without a ticket do not go away by themselves: somebody has to say
    what they were; nor does what cannot be judged now.
    """
    waiting = [TicketStatus.OPEN.value, TicketStatus.ASSIGNED.value]
    query = sa.select(tickets.c.folio, tickets.c.cause_key).where(
        IS_ACTIVE, tickets.c.source == Source.CONFIGURATION.value, tickets.c.status.in_(waiting)
    )
    ended: list[Case] = []
    for folio, key in connection.execute(query).all():
        _, what, device = key.split("/", 2)
        if key in holding or what == CHANGED or not is_judged(what, device):
            continue
        before = persistence.checkout(connection, folio)
        moved = life.resolve(before, now, cause=Cause.CONFIGURATION, solution=Solution.RECOVERED)
        moved = replace(moved, message=Message("what called for this work is gone"))
        ended.append(desk.commit(connection, MONITOR, before, moved, now))
    return ended
