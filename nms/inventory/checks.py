"""What only the whole inventory shows: names that nothing answers to, duplicates, cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nms.config import Config
from nms.inventory.draft import Draft
from nms.inventory.endpoints import TRANSPORTS
from nms.inventory.origins import Origin, Problems
from nms.inventory.resolve import Placed
from nms.model import Device, DeviceId, Message, Role
from nms.transports.platforms import known_platforms


def check_whole(draft: Draft, placed: Mapping[DeviceId, Placed], config: Config | None) -> None:
    """Notes every loose end in the problems of the draft."""
    _departments(draft, config)
    _people(draft)
    for one in placed.values():
        _places(draft, one)
        _relatives(draft, one)
        if config is not None:
            _credentials(one, config, draft.problems)
        _platform(draft, one)
        _jump(draft, one, placed)
    _addresses(placed, draft.problems)
    for name in ("parents", "powered_by"):
        _cycles(placed, name, draft.problems)
    _jump_cycles(placed, draft.problems)
    _links(draft)


def unique(devices: list[Placed], problems: Problems) -> dict[DeviceId, Placed]:
    """Devices by id; a second one of the same id is a mistake."""
    found: dict[DeviceId, Placed] = {}
    for one in devices:
        first = found.setdefault(one.device.id, one)
        if first is not one:
            message = Message("there is a device “{name}” already", {"name": one.device.id})
            problems.add(one.origin.problem(message, _written_at(first.origin)))
    return found


def _written_at(origin: Origin) -> Message:
    return Message("the first one stands in {file}, line {line}", {"file": origin.file, "line": origin.line})


def _departments(draft: Draft, config: Config | None) -> None:
    for entry, origin in draft.departments.values():
        if config is not None and entry.service_hours not in config.office.calendars:
            message = Message("there is no calendar “{name}” under office.calendars", {"name": entry.service_hours})
            draft.problems.unknown(origin, message, entry.service_hours, config.office.calendars)
        for site in entry.sites:
            _known_site(draft, origin, site)


def _known_site(draft: Draft, origin: Origin, site: str) -> None:
    if site not in draft.known["sites"] and "sites" not in draft.unread:
        message = Message("there is no site “{name}” in sites.yaml", {"name": site})
        draft.problems.unknown(origin, message, site, draft.known["sites"])


def _known_department(draft: Draft, origin: Origin, department: str) -> None:
    if department not in draft.known["departments"] and "departments" not in draft.unread:
        message = Message("there is no department “{name}” in departments.yaml", {"name": department})
        draft.problems.unknown(origin, message, department, draft.known["departments"])


def _people(draft: Draft) -> None:
    for entry, origin in draft.people.values():
        for department in entry.departments:
            _known_department(draft, origin, department)


def _places(draft: Draft, one: Placed) -> None:
    _known_site(draft, one.where("site"), one.device.site)
    _known_department(draft, one.where("department"), one.device.department)


def _relatives(draft: Draft, one: Placed) -> None:
    if "devices" in draft.unread:
        return
    for key, names in (("parents", one.device.parents), ("powered_by", one.device.powered_by)):
        for name in names:
            if name not in draft.known["devices"]:
                message = Message("“{key}”: there is no device “{name}”", {"key": key, "name": name})
                draft.problems.unknown(one.where(key), message, name, draft.known["devices"])


def _credentials(one: Placed, config: Config, problems: Problems) -> None:
    for endpoint in one.device.endpoints:
        if endpoint.credential is None:
            continue
        origin = _endpoint_origin(one, "credential", endpoint.credential)
        credential = config.credentials.get(endpoint.credential)
        if credential is None:
            message = Message("there is no credential “{name}” in config.yaml", {"name": endpoint.credential})
            problems.unknown(origin, message, endpoint.credential, config.credentials)
            continue
        kinds = TRANSPORTS[endpoint.transport].CREDENTIALS
        if credential.kind not in kinds:
            params = {"name": endpoint.credential, "kind": credential.kind, "transport": endpoint.transport}
            message = Message("the credential “{name}” is for {kind}, not for {transport}", params)
            hint = Message("it must be one of these kinds: {kinds}", {"kinds": ", ".join(kinds)}) if kinds else None
            problems.add(origin.problem(message, hint))


def _platform(draft: Draft, one: Placed) -> None:
    for platform in (
        str(end.options.get("platform", "linux")) for end in one.device.endpoints if end.transport == "ssh"
    ):
        if platform != "linux" and platform not in known_platforms():
            message = Message("netmiko has no platform “{name}”", {"name": platform})
            draft.problems.unknown(_endpoint_origin(one, "platform", platform), message, platform, known_platforms())


def _jump(draft: Draft, one: Placed, placed: Mapping[DeviceId, Placed]) -> None:
    """A jump host is a device of the inventory with an SSH endpoint of its own."""
    for name in _jumps(one.device):
        origin = _endpoint_origin(one, "jump", name)
        if name not in draft.known["devices"]:
            if "devices" not in draft.unread:
                message = Message("“{key}”: there is no device “{name}”", {"key": "jump", "name": name})
                draft.problems.unknown(origin, message, name, draft.known["devices"])
        elif name in placed and not any(end.transport == "ssh" for end in placed[name].device.endpoints):
            message = Message("“{key}”: {name} has no ssh endpoint", {"key": "jump", "name": name})
            draft.problems.add(origin.problem(message, Message("give it one, with its credential")))


def _jumps(device: Device) -> tuple[DeviceId, ...]:
    """The jump hosts that the SSH endpoints of a device name."""
    named = (end.options.get("jump") for end in device.endpoints if end.transport == "ssh")
    return tuple(DeviceId(str(name)) for name in named if name)


def _jump_cycles(placed: Mapping[DeviceId, Placed], problems: Problems) -> None:
    for cycle in _cycles_in({id_: _jumps(one.device) for id_, one in placed.items()}):
        params = {"key": "jump", "cycle": " → ".join((*cycle, cycle[0]))}
        message = Message("“{key}” goes in a circle: {cycle}", params)
        hint = Message("a jump host that is reached directly says “jump: null”")
        first = placed[cycle[0]]
        problems.add(_endpoint_origin(first, "jump", _jumps(first.device)[0]).problem(message, hint))


def _endpoint_origin(one: Placed, key: str, value: str) -> Origin:
    """Where the endpoint that says so was written."""
    for name, keys in one.merged.endpoints.items():
        if keys.get(key) == value:
            return one.where("endpoints", name, key)
    return one.origin


def _addresses(placed: Mapping[DeviceId, Placed], problems: Problems) -> None:
    """Two devices at one address are a mistake, but for applications, which share servers."""
    first: dict[str, Placed] = {}
    for one in placed.values():
        if one.device.role is Role.APPLICATION or not one.device.address:
            continue
        other = first.setdefault(one.device.address.lower(), one)
        if other is not one:
            params = {"address": one.device.address, "other": other.device.id, "name": one.device.id}
            message = Message("“{name}” has the address {address} of “{other}”", params)
            problems.add(one.where("address").problem(message, _written_at(other.where("address"))))


def _cycles(placed: Mapping[DeviceId, Placed], name: str, problems: Problems) -> None:
    for cycle in _cycles_in({id_: getattr(one.device, name) for id_, one in placed.items()}):
        shown = " → ".join((*cycle, cycle[0]))
        params = {"key": name, "cycle": shown}
        message = Message("“{key}” goes in a circle: {cycle}", params)
        hint = Message("take one of these steps away: a device cannot stand behind itself")
        problems.add(placed[cycle[0]].where(name).problem(message, hint))


def _cycles_in(graph: Mapping[DeviceId, tuple[DeviceId, ...]]) -> Iterator[tuple[DeviceId, ...]]:
    """Each circle met by a walk in depth, once, from its smallest name."""
    done: set[DeviceId] = set()
    for start in graph:
        path: list[DeviceId] = []
        on_path: dict[DeviceId, int] = {}
        steps: list[tuple[DeviceId, Iterator[DeviceId]]] = []
        if start not in done:
            steps.append((start, iter(graph[start])))
            path.append(start)
            on_path[start] = 0
        while steps:
            node, following = steps[-1]
            step = next(following, None)
            if step is None:
                steps.pop()
                path.pop()
                del on_path[node]
                done.add(node)
            elif step in on_path:
                yield _from_smallest(tuple(path[on_path[step] :]))
            elif step in graph and step not in done:
                on_path[step] = len(path)
                path.append(step)
                steps.append((step, iter(graph[step])))


def _from_smallest(cycle: tuple[DeviceId, ...]) -> tuple[DeviceId, ...]:
    at = cycle.index(min(cycle))
    return cycle[at:] + cycle[:at]


def _links(draft: Draft) -> None:
    ends: dict[str, str] = {}
    for name, (entry, origin) in draft.links.items():
        if entry.a == entry.b:
            draft.problems.add(origin.problem(Message("both ends of “{name}” are the same", {"name": name})))
        for end in (entry.a, entry.b):
            device, _, interface = end.partition(" ")
            if device not in draft.known["devices"] and "devices" not in draft.unread:
                message = Message("there is no device “{name}”", {"name": device})
                draft.problems.unknown(origin, message, device, draft.known["devices"])
            other = ends.setdefault(f"{device} {interface.strip()}", name)
            if other != name:
                params = {"interface": end, "other": other, "name": name}
                message = Message("“{name}” ends at {interface}, where “{other}” ends already", params)
                draft.problems.add(origin.problem(message, Message("an interface carries one link")))
