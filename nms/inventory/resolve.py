"""From a draft to the inventory: inheritance applied, ranges expanded, endpoints validated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from nms.documents import Document, DocumentError, parse, suggestion
from nms.inventory.addresses import is_host
from nms.inventory.draft import Block, Draft
from nms.inventory.endpoints import TRANSPORTS, EndpointEntry, options
from nms.inventory.layers import Layer, Merged, merge
from nms.inventory.origins import Origin, Problems
from nms.inventory.ranges import RangeMistake, expand, expand_numbered, has_range
from nms.model import Device, DeviceId, Endpoint, Lifecycle, Message, Role
from nms.text import clean

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_HOLE = re.compile(r"\{(id|n|site|site_name|department|department_name|address)\}")
_RANGED = ("address", "serial", "asset_tag", "rack")
_NEEDED = ("role", "address", "site", "department")


@dataclass(frozen=True, slots=True)
class Placed:
    """A resolved device with the origins of what it says, for the checks that need the whole inventory."""

    device: Device
    origin: Origin
    merged: Merged

    def where(self, *steps: str) -> Origin:
        return self.merged.origin(*steps) or self.origin


def resolve_devices(draft: Draft) -> list[Placed]:
    """Every device of the draft; mistakes go to its problems, and what is too wrong to be a device is left out."""
    _check_layers(draft)
    return [placed for block in draft.blocks for placed in _devices_of(draft, block)]


def _devices_of(draft: Draft, block: Block) -> Iterator[Placed]:
    problems = draft.problems
    try:
        names = expand_numbered(block.pattern)
    except RangeMistake as error:
        problems.add(block.origin.problem(error.message, error.hint))
        draft.unread.add("devices")
        return
    draft.known["devices"] |= {name for name, _ in names}
    merged = merge(_layers(draft, block))
    if _lacks(merged, block, problems):
        return
    columns = _columns(merged, block, len(names), problems)
    entries = _endpoint_entries(merged, block, problems)
    for row, (name, number) in enumerate(names):
        if not _ID.fullmatch(name):
            hint = Message("use small letters, digits, “-”, “_” and “.”, a letter or digit first")
            problems.add(block.origin.problem(Message("“{name}” cannot be an id", {"name": clean(name)}), hint))
            continue
        own = {field: column[row] for field, column in columns.items()}
        holes = {"id": name, "n": number, "address": own["address"]} | _names(draft, merged)
        device = _device(merged, DeviceId(name), own, entries, partial(_filled, holes=holes))
        yield Placed(device, block.origin, merged)


def _layers(draft: Draft, block: Block) -> list[Layer]:
    """The layers of a block, the farthest first. Role, department and groups are found nearest first."""
    groups = _groups(draft, block)
    near = [*groups, *block.near]
    department = _said("department", [*_opt(draft.defaults), *near])
    by_department = _opt(draft.department_devices.get(department)) if department else []
    role = _said("role", [*_opt(draft.defaults), *by_department, *near])
    if department is None and role is not None:
        department = _said("department", _opt(draft.roles.get(role)))
        by_department = _opt(draft.department_devices.get(department)) if department else []
    by_role = _opt(draft.roles.get(role)) if role is not None else []
    return [*_opt(draft.defaults), *by_role, *by_department, *near]


def _opt(layer: Layer | None) -> list[Layer]:
    return [] if layer is None else [layer]


def _said(name: str, layers: Iterable[Layer]) -> Any:
    said = [getattr(layer.fields, name) for layer in layers if name in layer.fields.model_fields_set]
    return said[-1] if said else None


def _groups(draft: Draft, block: Block) -> list[Layer]:
    """The groups that a block names; those of the device stand for those of its file."""
    for layer in reversed(block.near):
        if "group" in layer.fields.model_fields_set:
            found = []
            for name in getattr(layer.fields, "group", ()):
                if name in draft.groups:
                    found.append(draft.groups[name])
                elif "inventory" not in draft.unread:
                    message = Message("there is no group “{name}” in inventory.yaml", {"name": name})
                    draft.problems.unknown(layer.origin("group"), message, name, draft.groups)
            return found
    return []


def _lacks(merged: Merged, block: Block, problems: Problems) -> bool:
    missing = [name for name in _NEEDED if merged.values.get(name) is None]
    for name in missing:
        message = Message("“{device}” has no “{key}”", {"device": clean(block.pattern), "key": name})
        hint = Message("write it here, or in its group, department, role or the defaults of the file")
        if name not in _wrongly_written(block):
            problems.add(block.origin.problem(message, hint))
    return bool(missing)


def _wrongly_written(block: Block) -> set[str]:
    """Keys that the file holds but whose value was refused: told already."""
    found: set[str] = set()
    for layer in block.near:
        data = layer.document.data
        for step in layer.path:
            data = data[step]
        if isinstance(data, Mapping):
            found |= {str(key) for key in data} - layer.fields.model_fields_set
    return found


def _columns(merged: Merged, block: Block, count: int, problems: Problems) -> dict[str, list[str]]:
    """What differs from one device of a range to the next, expanded beside it."""
    columns: dict[str, list[str]] = {}
    for field in _RANGED:
        pattern = merged.values.get(field, "")
        origin = merged.origin(field) or block.origin
        try:
            values = expand(pattern) if has_range(pattern) or field == "address" else [pattern]
        except RangeMistake as error:
            problems.add(origin.problem(error.message, error.hint))
            values = [pattern]
        if len(values) not in (1, count):
            params: dict[str, str | int] = {
                "key": field,
                "values": len(values),
                "names": count,
                "pattern": clean(block.pattern),
            }
            message = Message("“{key}” makes {values} values, and “{pattern}” makes {names} devices", params)
            problems.add(origin.problem(message, Message("both ranges must have the same length")))
            values = [""]
        if field == "address":
            _check_addresses(values, origin, problems)
        columns[field] = values if len(values) == count else values * count
    return columns


def _check_addresses(values: list[str], origin: Origin, problems: Problems) -> None:
    wrong = next((value for value in values if value and not is_host(value)), None)
    if wrong is not None:
        message = Message("“{key}”: {value} is not an address", {"key": "address", "value": clean(wrong)})
        hint = Message("write an IPv4 or IPv6 address or a host name: 10.1.2.3")
        problems.add(origin.problem(message, hint))


def _names(draft: Draft, merged: Merged) -> dict[str, str]:
    """Where the devices of a block stand and whom they serve, by id and as people say it."""
    site, department = merged.values["site"], merged.values["department"]
    building, unit = draft.sites.get(site), draft.departments.get(department)
    return {
        "site": site,
        "site_name": building[0].name if building else site,
        "department": department,
        "department_name": (unit[0].short_name or unit[0].name) if unit else department,
    }


def _device(
    merged: Merged, name: DeviceId, own: Mapping[str, str], entries: list[EndpointEntry], fill: Callable[[Any], Any]
) -> Device:
    values = merged.values
    interval = {"interval": values["interval"]} if values.get("interval") else {}
    return Device(
        id=name,
        name=clean(fill(values.get("name") or name)),
        role=Role(values["role"]),
        address=own["address"],
        site=values["site"],
        department=values["department"],
        endpoints=tuple(_endpoint(entry, own["address"], fill) for entry in entries),
        parents=tuple(DeviceId(fill(parent)) for parent in values.get("parents", ())),
        powered_by=tuple(DeviceId(fill(feeder)) for feeder in values.get("powered_by", ())),
        families=values.get("families", ()),
        **interval,
        vendor=values.get("vendor", ""),
        hardware=values.get("hardware", ""),
        serial=fill(own["serial"]),
        asset_tag=fill(own["asset_tag"]),
        mac=values.get("mac", ""),
        rack=fill(own["rack"]),
        tags=values.get("tags", ()),
        notes=values.get("notes", ""),
        lifecycle=Lifecycle(**merged.lifecycle),
        thresholds=merged.thresholds,
        simulated=values.get("simulated", False),
    )


def _filled(value: Any, holes: Mapping[str, str]) -> Any:
    """`{site}` and the like in a text, put in literally; other values as they are."""
    if isinstance(value, str):
        return _HOLE.sub(lambda hole: holes[hole[1]], value)
    if isinstance(value, list | tuple):
        return type(value)(_filled(item, holes) for item in value)
    if isinstance(value, dict):
        return {key: _filled(item, holes) for key, item in value.items()}
    return value


def _endpoint(entry: EndpointEntry, address: str, fill: Callable[[Any], Any]) -> Endpoint:
    return Endpoint(
        transport=entry.transport,
        address=fill(entry.address) if entry.address else address,
        port=entry.usual_port(),
        credential=entry.credential,
        options=fill(options(entry)),
    )


def _endpoint_entries(merged: Merged, block: Block, problems: Problems) -> list[EndpointEntry]:
    """The endpoints of a block, whole; mistakes are told where the offending key was written."""
    found: list[EndpointEntry] = []
    for name, keys in merged.endpoints.items():
        origin = merged.origin("endpoints", name) or block.origin
        model = TRANSPORTS.get(str(keys.get("transport", name)))
        if model is None:
            if "transport" not in keys:
                _unknown_transport(name, origin, problems)
            continue
        try:
            label = {"label": name} if "transport" in keys else {}
            entry = model.model_validate(label | keys | {"transport": keys.get("transport", name)})
        except ValidationError:
            _tell(model, keys, merged, name, origin, problems)
            continue
        for needed in model.NEEDS:
            if getattr(entry, needed) is None:
                message = Message("the {transport} endpoint needs “{key}”", {"transport": name, "key": needed})
                problems.add(origin.problem(message))
        found.append(entry)
    return found


def _unknown_transport(name: str, origin: Origin, problems: Problems) -> None:
    message = Message("there is no transport “{name}”", {"name": clean(name)})
    problems.unknown(origin, message, name, TRANSPORTS)


def _tell(
    model: type[EndpointEntry], keys: dict[str, Any], merged: Merged, name: str, origin: Origin, problems: Problems
) -> None:
    """Tells the mistakes of an endpoint, each at the line where its key was written."""
    for key in keys:
        at = merged.origin("endpoints", name, key) or origin
        document = Document(at.file, {key: keys[key]}, {(): at.line, (key,): at.line})
        try:
            parse(model, document)
        except DocumentError as error:
            problems.add(*error.problems)


def _check_layers(draft: Draft) -> None:
    """Endpoint blocks of roles, groups and the like, also of those that no device uses."""
    layers = [*_opt(draft.defaults), *draft.roles.values(), *draft.department_devices.values()]
    layers += [*draft.groups.values(), *(layer for block in draft.blocks for layer in block.near)]
    for layer in layers:
        for name, keys in layer.fields.endpoints.items():
            if keys is False:
                continue
            transport = str(keys.get("transport", name))
            if transport in TRANSPORTS:
                _check_block(layer, name, transport, keys, draft.problems)
            elif "transport" in keys:
                message = Message("there is no transport “{name}”", {"name": clean(transport)})
                origin = layer.origin("endpoints", name, "transport")
                draft.problems.add(origin.problem(message, suggestion(transport, TRANSPORTS)))


def _check_block(layer: Layer, name: str, transport: str, keys: dict[str, Any], problems: Problems) -> None:
    try:
        parse(TRANSPORTS[transport], layer.document, (*layer.path, "endpoints", name))
    except DocumentError as error:
        problems.add(*error.problems)
