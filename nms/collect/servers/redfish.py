"""A server through its management controller (Redfish): sensors at each poll, parts and logs a few times an hour.

A controller answers slowly: what changes by the minute (power state, health, temperatures, fans, power) is read at
each visit, what changes by hand (drives, memory, firmware) and the event log every `slow_seconds`; their states are
repeated in between, so that no alert ends for want of news.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from nms.collect.answer import Answer, Resolver, failed
from nms.collect.servers import redfish_parts as parts
from nms.collect.servers.redfish_parts import Found
from nms.collect.sheet import sheet
from nms.model import Device, DeviceId, Endpoint, Outcome, Witness
from nms.transports import redfish
from nms.transports.errors import AccessDenied, Malformed, OverBudget, TransportError
from nms.transports.redfish import Page, RedfishSession, RedfishTarget, link

TRANSPORT = "redfish"
TABLE, SLOW_TABLE = "redfish", "redfish_parts"
_SYSTEMS, _CHASSIS = f"{redfish.SERVICE}/Systems", f"{redfish.SERVICE}/Chassis"
_MANAGERS = f"{redfish.SERVICE}/Managers"
_FIRMWARE = f"{redfish.SERVICE}/UpdateService/FirmwareInventory"
_LOG_ENTRIES, _FIRMWARE_PARTS = 100, 60


@dataclass(slots=True)
class _Remembered:
    """When a slow part of one device was last tried, and what it gave when it was last read."""

    at: float
    found: Found = field(default_factory=Found)


_Memory = dict[str, _Remembered]
"""By the name of the part."""


@dataclass(slots=True)
class RedfishAsker:
    """A visit that is cut off leaves the parts that it did not reach to the next one: a controller that cannot give all
    of them in one visit gives them in several."""

    resolve: Resolver[RedfishTarget]
    slow_seconds: float = 900.0
    _memory: dict[DeviceId, _Memory] = field(default_factory=dict)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        quick, fresh, problems = Found(), list[Found](), list[str]()
        memory = self._memory.setdefault(device.id, {})
        logged_in: float | None = None
        try:
            async with redfish.session(self.resolve(device, endpoint)) as (session, took):
                systems = await _quick(session, quick, problems)
                await _slow(_Slow(session, systems, at), self._due(memory, at), memory, fresh, problems)
                logged_in = took
        except TransportError as error:
            if not quick.states and not quick.rows:
                return failed(TRANSPORT, at, error)
            problems.append(f"{TRANSPORT}: {error}")
        return _answer(device.id, at, quick, memory, fresh, problems, logged_in)

    def _due(self, memory: _Memory, at: float) -> list[str]:
        """Parts to read now: those never tried in the order of importance, then those that were tried longest ago."""
        late = [name for name in _PARTS if name not in memory or not 0 <= at - memory[name].at < self.slow_seconds]
        return sorted(late, key=lambda name: memory[name].at if name in memory else -1.0)


def _answer(
    device: DeviceId,
    at: float,
    quick: Found,
    memory: _Memory,
    fresh: list[Found],
    problems: list[str],
    logged_in: float | None,
) -> Answer:
    outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
    rows = {part: values for found in fresh for part, values in found.rows.items()}
    slow = [kept.found for kept in memory.values()]
    return Answer(
        Witness(TRANSPORT, outcome, at, round_trip=logged_in, reason="; ".join(problems)),
        (*sheet(device, TABLE, at, quick.rows), *sheet(device, SLOW_TABLE, at, rows)),
        (*quick.states, *(state for found in slow for state in found.states)),
        {name: text for found in (*slow, quick) for name, text in found.facts.items()},
        problems=tuple(problems),
    )


async def _quick(session: RedfishSession, found: Found, problems: list[str]) -> list[Page]:
    """Systems, and the sensors of each chassis. A part that cannot be read is named, and the rest is kept."""
    systems = [page async for page in session.members(_SYSTEMS)]
    for page in systems:
        parts.system(found, page)
    chassis = [page async for page in session.members(_CHASSIS)]
    for page in chassis:
        name = parts.name_of(page) if len(chassis) > 1 else ""
        for what, read in _SENSORS.items():
            try:
                await read(session, page, name, found)
            except _OF_ONE_PART as error:
                problems.append(f"{TRANSPORT}: {' '.join((name, what)).strip()}: {error}")
    if not systems and not chassis:
        problems.append(f"{TRANSPORT}: the controller shows neither systems nor chassis")
    return systems


async def _temperatures(session: RedfishSession, page: Page, name: str, found: Found) -> None:
    """Thermal, else the subsystem that follows it."""
    thermal = await session.page(link(page.get("Thermal")))
    if thermal:
        parts.thermal(found, thermal, name)
    else:
        await _fans(session, page, name, found)


async def _power(session: RedfishSession, page: Page, name: str, found: Found) -> None:
    power = await session.page(link(page.get("Power")))
    if power:
        parts.power(found, power, name)
    else:
        await _supplies(session, page, name, found)


async def _newer(session: RedfishSession, page: Page, name: str, found: Found) -> None:
    """All sensors one by one, of a chassis that has neither of the older pages."""
    older = [await session.page(link(page.get(name))) for name in ("Thermal", "Power")]
    if not any(older) and link(page.get("Sensors")):
        async for one in session.members(link(page.get("Sensors"))):
            parts.sensor(found, one, name)


async def _fans(session: RedfishSession, page: Page, name: str, found: Found) -> None:
    subsystem = await session.page(link(page.get("ThermalSubsystem"))) or {}
    async for fan in session.members(link(subsystem.get("Fans"))):
        parts.fan(found, fan, name)


async def _supplies(session: RedfishSession, page: Page, name: str, found: Found) -> None:
    subsystem = await session.page(link(page.get("PowerSubsystem"))) or {}
    async for supply in session.members(link(subsystem.get("PowerSupplies"))):
        metrics = await session.page(link(supply.get("Metrics"))) or {}
        parts.supply(found, supply, metrics, name)


_OF_ONE_PART = (AccessDenied, Malformed)
_SENSORS: Mapping[str, Callable[[RedfishSession, Page, str, Found], Awaitable[None]]] = {
    "temperatures and fans": _temperatures,
    "power": _power,
    "sensors": _newer,
}
"""What is read of a chassis at each visit."""


@dataclass(slots=True)
class _Slow:
    """What the slow parts are read with; `found` is what the part that is being read fills."""

    session: RedfishSession
    systems: list[Page]
    at: float
    found: Found = field(default_factory=Found)
    _managers: list[Page] | None = None

    async def managers(self) -> list[Page]:
        if self._managers is None:
            self._managers = [page async for page in self.session.members(_MANAGERS)]
        return self._managers


async def _slow(task: _Slow, due: list[str], memory: _Memory, fresh: list[Found], problems: list[str]) -> None:
    """Part after part: one that the account may not read, or is too much, is named; what was known of it is kept."""
    for name in due:
        kept = memory.setdefault(name, _Remembered(task.at))
        kept.at, task.found = task.at, Found()
        try:
            await _PARTS[name](task)
        except (AccessDenied, OverBudget, Malformed) as error:
            problems.append(f"{TRANSPORT}: {name}: {error}")
            continue
        kept.found = task.found
        fresh.append(task.found)


async def _management(task: _Slow) -> None:
    for manager in await task.managers():
        if version := parts.as_text(manager.get("FirmwareVersion")):
            task.found.facts.setdefault("version", version)
        task.found.health(task.found.part("manager", manager), manager)


async def _storage(task: _Slow) -> None:
    found, session = task.found, task.session
    for system in task.systems:
        async for controller in session.members(link(system.get("Storage"))):
            found.health(found.part("storage-controller", controller), controller)
            for path in redfish.links(controller.get("Drives"))[:100]:
                if page := await session.page(path):
                    parts.drive(found, page)
            async for volume in session.members(link(controller.get("Volumes"))):
                parts.volume(found, volume)


async def _memory(task: _Slow) -> None:
    for system in task.systems:
        async for module in task.session.members(link(system.get("Memory"))):
            task.found.health(task.found.part("memory", module), module)


async def _processors(task: _Slow) -> None:
    for system in task.systems:
        async for processor in task.session.members(link(system.get("Processors"))):
            task.found.health(task.found.part("processor", processor), processor)


async def _logs(task: _Slow) -> None:
    """The entries of all logs but those of log-ins; collections often carry their members whole."""
    entries: list[Page] = []
    for owner in (*task.systems, *await task.managers()):
        async for service in task.session.members(link(owner.get("LogServices")), most=8):
            if not parts.is_audit(service):
                entries += await _log(task.session, link(service.get("Entries")))
    task.found.states += parts.log(entries, task.at)


async def _log(session: RedfishSession, path: str) -> list[Page]:
    collection = await session.page(path) if path else None
    whole = [one for one in parts.entries((collection or {}).get("Members")) if "Severity" in one]
    if whole or not collection:
        return whole[:_LOG_ENTRIES]
    return [page async for page in session.members(path, most=_LOG_ENTRIES // 4)]


async def _firmware(task: _Slow) -> None:
    async for page in task.session.members(_FIRMWARE, most=_FIRMWARE_PARTS):
        parts.firmware(task.found, page)


_PARTS: Mapping[str, Callable[[_Slow], Awaitable[None]]] = {
    "managers": _management,
    "storage": _storage,
    "memory": _memory,
    "processors": _processors,
    "event log": _logs,
    "firmware": _firmware,
}
"""What is read a few times an hour, the most important first."""
