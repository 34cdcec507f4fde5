"""A device for one visit: one of the inventory by the ways that are wanted, or an address that the inventory lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nms.documents import loads, parse, suggestion
from nms.i18n import gettext as _
from nms.i18n import render
from nms.inventory.endpoints import TRANSPORTS, options
from nms.model import Device, DeviceId, Endpoint, Inventory, Role
from nms.text import clean
from nms.transports.errors import LocalFault


@dataclass(frozen=True, slots=True)
class Wanted:
    """How one visit asks. `transport`: only by this one, or by the check of this name (empty: by all that the inventory
    names). The others are for an address that the inventory lacks; `keys` as its endpoints are written."""

    transport: str = ""
    credential: str = ""
    port: int | None = None
    keys: Mapping[str, str] = field(default_factory=dict)


def device_for(inventory: Inventory, name: str, wanted: Wanted) -> Device:
    """Raises: LocalFault for what cannot be asked so; DocumentError for keys that the transport does not take."""
    device = inventory.devices.get(DeviceId(name))
    if device is None:
        return _stranger(name, wanted)
    if not device.endpoints:
        template = _("{name} has no endpoints: it is known by presence only (nms where {name})")
        raise LocalFault(template.format(name=name))
    kept = tuple(one for one in device.endpoints if wanted.transport in ("", one.transport, one.options.get("label")))
    if not kept:
        ways = ", ".join(dict.fromkeys(one.transport for one in device.endpoints))
        template = _("{name} is not asked by “{transport}” in the inventory; it is by: {ways}")
        raise LocalFault(template.format(name=name, transport=clean(wanted.transport, limit=40), ways=ways))
    return replace(device, endpoints=kept)


def _stranger(address: str, wanted: Wanted) -> Device:
    if not wanted.transport:
        template = _("there is no device “{name}” in the inventory; an address needs --over TRANSPORT")
        raise LocalFault(template.format(name=clean(address, limit=80)))
    model = TRANSPORTS.get(wanted.transport)
    if model is None:
        hint = suggestion(wanted.transport, TRANSPORTS)
        template = _("there is no transport “{name}”; {hint}")
        said = render(hint) if hint else ", ".join(TRANSPORTS)
        raise LocalFault(template.format(name=clean(wanted.transport, limit=40), hint=said))
    written = dict(wanted.keys) | ({"credential": wanted.credential} if wanted.credential else {})
    lines = [f"{key}: {value}" for key, value in written.items()] + ([f"port: {wanted.port}"] if wanted.port else [])
    entry = parse(model, loads("\n".join(lines) or "{}", "--set"))
    missing = [key for key in model.NEEDS if getattr(entry, key) is None]
    if missing:
        template = _("{transport} needs {keys}: say it with --credential or --set KEY=VALUE")
        raise LocalFault(template.format(transport=wanted.transport, keys=", ".join(missing)))
    endpoint = Endpoint(
        wanted.transport, entry.address or address, entry.usual_port(), entry.credential, options(entry)
    )
    return Device(DeviceId(address), address, Role.OTHER, address, "", "", (endpoint,))
