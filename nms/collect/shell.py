"""Linux servers over SSH: load, processor, memory, file systems, RAID, failed services, updates that wait.

The commands and what they say are in `nms.collect.linux`; all of them only read. A command that this machine lacks
leaves its part out; one that it should have and that gives nothing is named in `problems`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nms.collect import linux
from nms.collect.answer import Answer, Resolver, failed
from nms.collect.parts import part
from nms.messages import called
from nms.model import DEVICE_ITSELF, Component, Device, DeviceId, Endpoint, Number, Outcome, Reading, Witness
from nms.transports.errors import TransportError
from nms.transports.ssh import SshClient, SshTarget
from nms.transports.ssh_script import Printed

TRANSPORT = "ssh"
EACH_SECONDS, ALL_SECONDS = 12.0, 22.0
"""Time for one command, and for all of them in one visit."""
AGAIN_SECONDS = 600.0
"""How soon what was not answered in time is asked again: a command that hangs may go on hanging over there, and one
more at each visit would fill the server with them."""
UPDATES_EVERY = 6 * 3600.0
"""How often a server is asked for its updates, in seconds: it takes its packager seconds of work."""


@dataclass(slots=True)
class Server:
    """What is remembered of a server between visits; losing it costs one reading."""

    distribution: str = ""
    ticks: linux.Ticks | None = None
    updates_at: float | None = None
    late: dict[str, float] = field(default_factory=dict)
    """Commands that were not answered in time, and when."""

    def waits(self, command: str, at: float) -> bool:
        """Whether a command is not asked again yet."""
        return 0 <= at - self.late.get(command, at - AGAIN_SECONDS) < AGAIN_SECONDS


@dataclass(frozen=True, slots=True)
class LinuxAsker:
    """Logs in once a visit. `resolve` turns an endpoint into a target with its credential."""

    client: SshClient
    resolve: Resolver[SshTarget]
    servers: dict[tuple[DeviceId, str], Server] = field(default_factory=dict)

    async def ask(self, device: Device, endpoint: Endpoint, at: float) -> Answer:
        server = self.servers.setdefault((device.id, endpoint.address), Server())
        due = (*linux.COMMANDS, *_updates_due(server, at))
        commands = {linux.written(command): command for command in due if not server.waits(command, at)}
        try:
            target = self.resolve(device, endpoint)
            printed, logged_in = await self.client.each(target, [*commands], seconds=EACH_SECONDS, most=ALL_SECONDS)
        except TransportError as error:
            return failed(TRANSPORT, at, error)
        outputs = _answers(commands, printed)
        for run, command in commands.items():
            server.late.pop(command, None)
            if run not in printed:
                server.late[command] = at
            elif command in linux.UPDATES.values():
                server.updates_at = at
        late = [command for command in due if server.waits(command, at)]
        return _without(understand(device.id, at, outputs, logged_in, server), late)


def _without(answer: Answer, late: Sequence[str]) -> Answer:
    """An answer that says which commands were not answered in time, instead of that they gave nothing."""
    if not late:
        return answer
    nothing = {_nothing(command) for command in late}
    told = (f"ssh: “{command}” was not answered in time" for command in late)
    problems = (*(one for one in answer.problems if one not in nothing), *told)
    return replace(answer, problems=problems, witness=replace(answer.witness, reason="; ".join(problems)))


def _answers(commands: Mapping[str, str], printed: Mapping[str, Printed]) -> dict[str, str]:
    """The outputs by what the commands are called. One that did not really answer says nothing: no list of failed
    services is not the same as an empty one."""
    found = {}
    for run, one in printed.items():
        command = commands[run]
        answered = linux.has_answered(command, one.status)
        if answered or command != linux.SERVICES:
            found[command] = one.text if answered else ""
    return found


def _updates_due(server: Server, at: float) -> tuple[str, ...]:
    """From the second visit, when the distribution is known."""
    command = linux.UPDATES.get(server.distribution)
    due = server.updates_at is None or at - server.updates_at >= UPDATES_EVERY
    return (command,) if command and due else ()


def understand(
    device: DeviceId,
    at: float,
    outputs: Mapping[str, str],
    logged_in: float | None = None,
    server: Server | None = None,
) -> Answer:
    """What the outputs say; `server` is brought up to date."""
    server = server or Server()
    problems: list[str] = []
    zfs, pool_states = linux.pools(outputs.get(linux.POOLS, ""))
    readings = [
        *_system(device, at, outputs, server, problems),
        *_storage(device, at, outputs, zfs, problems),
        *_updates(device, at, outputs, server, problems),
    ]
    states = [*linux.raid(outputs.get(linux.RAID, "")), *pool_states, *linux.reboot(outputs.get(linux.REBOOT, ""))]
    services = outputs.get(linux.SERVICES)
    if services is not None and linux.tells_of_services(services):
        broken = linux.services(services)
        states += broken
        shown = (part("services", called("Failed services"), "failed"),)
        readings.append(Reading(device, "services", at, shown, {"count": [len(broken)]}))
    server.distribution = linux.distribution(outputs.get(linux.RELEASE, "")) or server.distribution
    outcome = Outcome.PARTIAL if problems else Outcome.ANSWERED
    witness = Witness(TRANSPORT, outcome, at, round_trip=logged_in, reason="; ".join(problems))
    facts = linux.facts(outputs.get(linux.RELEASE, ""))
    return Answer(witness, tuple(readings), tuple(states), facts, problems=tuple(problems))


def _system(
    device: DeviceId, at: float, outputs: Mapping[str, str], server: Server, problems: list[str]
) -> Iterator[Reading]:
    values: dict[str, Number] = {}
    for command, metric in ((linux.UPTIME, "device_uptime_seconds"), (linux.LOAD, "system_load_1m")):
        number = linux.first_number(outputs.get(command, ""))
        if number is None:
            problems.append(_nothing(command))
        else:
            values[metric] = number
    pools = linux.memory(outputs.get(linux.MEMORY, ""))
    if "memory" in pools:
        values |= _amounts("memory", *pools["memory"])
    else:
        problems.append(_nothing(linux.MEMORY))
    if values:
        yield Reading(device, "system", at, (DEVICE_ITSELF,), {name: [value] for name, value in values.items()})
    if "swap" in pools:
        swap = _amounts("memory", *pools["swap"])
        shown = (part("memory", called("Swap"), "swap"),)
        yield Reading(device, "swap", at, shown, {name: [value] for name, value in swap.items()})
    now = linux.ticks(outputs.get(linux.PROCESSOR, ""))
    used = linux.used_since(server.ticks, now)
    server.ticks = now
    if used is not None:
        shown = (part("processor", called("Processor"), "all"),)
        yield Reading(device, "processor", at, shown, {"processor_used_ratio": [used]})


def _storage(
    device: DeviceId, at: float, outputs: Mapping[str, str], zfs: Mapping[str, tuple[int, int]], problems: list[str]
) -> Iterator[Reading]:
    mounts = linux.storage(outputs.get(linux.STORAGE, ""))
    if not mounts:
        problems.append(_nothing(linux.STORAGE))
    sizes = {**mounts, **{f"zpool {name}": size for name, size in zfs.items()}}
    if sizes:
        components = tuple(Component("storage", name, name) for name in sizes)
        columns: dict[str, Sequence[Number | None]] = {
            "storage_used_bytes": [used for used, _ in sizes.values()],
            "storage_size_bytes": [size for _, size in sizes.values()],
            "storage_used_ratio": [used / size for used, size in sizes.values()],
        }
        yield Reading(device, "storage", at, components, columns)
    counted = linux.inodes(outputs.get(linux.INODES, ""))
    if counted:
        components = tuple(part("storage", called("{name} inodes", name=name)) for name in counted)
        shares = [used / size for used, size in counted.values()]
        yield Reading(device, "inodes", at, components, {"storage_used_ratio": shares})


def _updates(
    device: DeviceId, at: float, outputs: Mapping[str, str], server: Server, problems: list[str]
) -> Iterator[Reading]:
    command = linux.UPDATES.get(server.distribution, "")
    if command not in outputs:
        return
    waiting = linux.updates(server.distribution, outputs[command])
    if not waiting:
        problems.append(_nothing(command))
        return
    labels = {"all": called("Updates"), "security": called("Security updates")}
    components = tuple(part("updates", labels[name], name) for name in waiting)
    yield Reading(device, "updates", at, components, {"updates_pending": list(waiting.values())})


def _amounts(kind: str, used: int, size: int) -> dict[str, Number]:
    return {f"{kind}_used_bytes": used, f"{kind}_size_bytes": size, f"{kind}_used_ratio": used / size}


def _nothing(command: str) -> str:
    return f"ssh: “{command}” gave nothing that can be read"
