"""The inventory's files as people write them, before inheritance and ranges are worked out."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from nms.config import Threshold
from nms.config.quantities import BitRate, Span
from nms.documents import Strict, mistake
from nms.inventory.racks import position
from nms.inventory.ranges import RangeMistake, expand, has_range
from nms.model import Role
from nms.text import clean


def _iso(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise mistake("“{key}”: {value} is not a date", "write it as 2026-12-24", value=value) from error


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _text(value: Any) -> Any:
    """Numbers that stand for text (a serial of digits) are taken as they are written."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _own_scope(thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    for one in thresholds:
        if "scope" in one.model_fields_set:
            raise mistake("“scope” has no place here: the threshold is for these devices already")
    return thresholds


def _mac(value: Any) -> Any:
    if value in ("", None):
        return value
    digits = re.sub(r"[:.\- ]", "", str(value)).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits) or int(digits[:2], 16) & 1:
        raise mistake(
            "“{key}”: {value} is not a hardware address", 'write it in quotes: "00:1b:54:aa:bb:cc"', value=value
        )
    return digits


Mac = Annotated[str, BeforeValidator(_mac)]


def _in_a_rack(value: str) -> str:
    """A range stands for positions: its first one must be right."""
    try:
        first = expand(value)[0] if has_range(value) else value
    except RangeMistake:
        return value  # told where ranges are worked out
    if value and position(first) is None:
        raise mistake("“{key}”: {value} is no place in a rack", "write it as R1 U40, R1 U12-14 or R1", value=value)
    return clean(value)


Text = Annotated[str, BeforeValidator(_text), AfterValidator(clean)]
IsoDate = Annotated[str, AfterValidator(_iso)]
Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]
"""One name, or a list of them."""


class LifecycleEntry(Strict):
    """Purchase, warranty and support, as ISO dates."""

    purchased: IsoDate | None = None
    """Date of purchase."""

    warranty_until: IsoDate | None = None
    """End of warranty."""

    end_of_sale: IsoDate | None = None
    """The maker sells it no more."""

    end_of_support: IsoDate | None = None
    """The maker supports it no more."""

    support_contract_until: IsoDate | None = None
    """End of the contract of support or maintenance."""

    licence_until: IsoDate | None = None
    """End of its licence or subscription: without it the equipment loses functions."""

    cost: float | None = Field(default=None, ge=0)
    """What it cost."""

    currency: str = Field(default="MXN", pattern=r"^[A-Z]{3}$")
    """ISO 4217 code."""


class DeviceFields(Strict):
    """What can be said of devices, at any level: defaults, role, department, group, file, device."""

    name: Text | None = None
    """What people call it; its id unless said."""

    role: Role | None = None
    """What it is for."""

    address: str | None = None
    """IP address or host name; a range beside a range of ids."""

    site: str | None = None
    """Building, by id."""

    department: str | None = None
    """Department that it serves, by id."""

    endpoints: dict[str, dict[str, Any] | Literal[False]] = Field(default_factory=dict)
    """Ways of asking it, by transport; `false` takes an inherited one away."""

    parents: Names = ()
    """Devices through which it is reached; several are redundant."""

    powered_by: Names = ()
    """UPSs and PDUs that feed it; several are redundant."""

    families: Names = ()
    """Collector families; none: the monitor finds them itself."""

    interval: Span | None = None
    """Time between two polls."""

    vendor: Text = ""
    """Maker."""

    hardware: Text = ""
    """Model."""

    serial: Text = ""
    """Serial number; a range beside a range of ids."""

    asset_tag: Text = ""
    """Inventory number of the municipality; a range beside a range of ids."""

    mac: Mac = ""
    """Hardware address, in any usual spelling; it tells computers apart whose IP address changes."""

    rack: Annotated[str, AfterValidator(_in_a_rack)] = ""
    """Rack and units, counted from the floor: `R1 U40`, `R1 U12-14`; a range beside a range of ids."""

    tags: Names = ()
    """Words to filter by."""

    notes: Text = ""
    """What the next technician should know."""

    lifecycle: LifecycleEntry = LifecycleEntry()
    """Purchase, warranty, support."""

    thresholds: Annotated[tuple[Threshold, ...], AfterValidator(_own_scope)] = ()
    """Limits for these devices, without `scope`."""

    simulated: bool = False
    """Whether it is simulated equipment, which is labelled so wherever it is shown."""


class GroupFields(DeviceFields):
    """What a device, or the defaults of a device file, can say besides."""

    group: Names = ()
    """Groups of `inventory.yaml`; a later one is stronger."""


class DepartmentEntry(Strict):
    """One department."""

    name: Text
    """Full name."""

    short_name: Text = ""
    """Name for narrow columns; the full one unless said."""

    staff: int = Field(ge=0)
    """People who work there."""

    criticality: int = Field(default=3, ge=1, le=4)
    """1 (public safety: never down) to 4 (back office)."""

    service_hours: str = "office"
    """A calendar of `config.yaml`."""

    sites: Names = ()
    """Buildings, by id; the main one first."""

    devices: DeviceFields = DeviceFields()
    """Defaults for the devices of this department."""


class SiteEntry(Strict):
    """One building."""

    name: Text
    """What people call it."""

    address: Text = ""
    """Street address."""

    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees north."""

    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees east."""


class LinkEntry(Strict):
    """One data link between two interfaces."""

    name: Text = ""
    """What people call it; its id unless said."""

    a: str = Field(pattern=r"^\S+ \S.*$")
    """Device and interface of one end: `rt-catastro GigabitEthernet0/0/0`."""

    b: str = Field(pattern=r"^\S+ \S.*$")
    """Device and interface of the other end."""

    capacity: BitRate | None = None
    """`100Mbps`."""

    kind: Literal["wan", "lan", "radio", "fibre", "internet", "voice"] = "wan"
    """What sort of link."""

    provider: Text = ""
    """Who provides it."""

    circuit: Text = ""
    """The provider's number for it."""

    group: str = ""
    """Links of one group are redundant paths of each other."""


PersonRole = Literal["viewer", "technician", "on-call", "manager", "auditor", "administrator"]


class PersonEntry(Strict):
    """Somebody who works with the monitor."""

    name: Text
    """Their name."""

    roles: Annotated[tuple[PersonRole, ...], BeforeValidator(_one_or_more)] = ()
    """What they do here."""

    contacts: dict[str, Text] = Field(default_factory=dict)
    """How to reach them, by kind: `mail`, `phone`, `telegram` ..."""

    departments: Names = ()
    """Departments that they look after, by id; none: all."""

    skills: Names = ()
    """What they know, in the words of `skill` in the playbooks (`redes`, `telefonía`); none: everything."""
