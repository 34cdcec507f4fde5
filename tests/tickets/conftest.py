"""A small city hall for tickets: three departments, service hours with holidays, a playbook, a desk."""

from __future__ import annotations

from datetime import date

import pytest

from nms.access import Actor, actor
from nms.calendars import MEXICO, always, spans, weekdays
from nms.model import Department, Device, DeviceId, Message, Role, TicketKind
from nms.tickets.case import Draft
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office
from nms.tickets.playbooks import Catalogue, Playbook, PlaybookBook

HOUR, DAY = 3600.0, 86_400.0
NOON = 1_790_100_000.0
"""Tuesday 2026-09-22, 12:00 in Mexico City."""

OFFICE_HOURS = weekdays("office", spans("08:00-16:00"), holidays=MEXICO)

TECHNICIAN = actor("ana", ["technician"], origin="cli:soporte-01")
MANAGER = actor("marta", ["manager"], origin="api:10.0.0.5")
VIEWER = actor("vera", ["viewer"])
ADMINISTRATOR = actor("root", ["administrator"])


def playbook(**changes: object) -> Playbook:
    given: dict[str, object] = {
        "id": "ups-prueba",
        "title": "Prueba de UPS",
        "purpose": "Saber cuánto dura.",
        "kind": "preventive",
        "owner": "Centro de Datos",
        "version": "1.0",
        "reviewed": date(2026, 1, 1),
        "mission": ["3.1"],
        "applies_to": {"roles": ["ups"]},
        "triggers": [{"calendar": {"rule": "FREQ=MONTHLY;BYDAY=1TU", "first": "2026-01-06 09:00", "spread_days": 7}}],
        "estimated_minutes": 60,
        "sources": ["IEEE 1188-2005"],
        "steps": [
            {"id": "visual", "do": "Inspeccione."},
            {"id": "flotacion", "do": "Mida.", "measure": {"name": "tensión", "unit": "V", "min": 13.2, "max": 13.9}},
            {"id": "foto", "do": "Fotografíe.", "attach": {"kind": "photo", "of": "banco"}, "optional": True},
            {
                "id": "lectura",
                "do": "Lea.",
                "commands": [
                    {"platform": "linux", "run": "upsc {ups:name}", "expect": {"contains": ["ups.status: OL"]}}
                ],
                "optional": True,
            },
        ],
    }
    return Playbook.model_validate(given | changes)


CATALOGUE = Catalogue.model_validate(
    {
        "platforms": {
            "linux": {"verbs": ["upsc"], "commands": [{"run": "upsc {ups:name}", "shows": "variables"}]},
            "cisco_ios": {
                "verbs": ["show"],
                "commands": [
                    {"run": "show interfaces {port:interface}", "shows": "estado"},
                    {"run": "show version", "shows": "versión"},
                ],
            },
        }
    }
)

DEPARTMENTS = {
    one.id: one
    for one in (
        Department("seguridad", "Seguridad Pública", "Seguridad", 210, criticality=1, service_hours="always"),
        Department("tesoreria", "Tesorería Municipal", "Tesorería", 60, criticality=2),
        Department("archivo", "Archivo General", "Archivo", 12, criticality=4),
    )
}


def device(number: int, role: Role = Role.UPS, department: str = "tesoreria", site: str = "palacio") -> Device:
    name = f"{role.value}-{number:02}"
    return Device(DeviceId(name), name.upper(), role, "192.0.2.1", site, department)


def an_office(*devices: Device, **changes: object) -> Office:
    book = PlaybookBook({"ups-prueba": playbook()}, CATALOGUE)
    known = {one.id: one for one in devices or (device(1), device(2), device(1, Role.SWITCH))}
    given: dict[str, object] = {
        "departments": DEPARTMENTS,
        "devices": known,
        "calendars": {"office": OFFICE_HOURS, "always": always()},
        "playbooks": book,
    }
    return Office(**(given | changes))  # type: ignore[arg-type]


def draft(**changes: object) -> Draft:
    given: dict[str, object] = {
        "kind": TicketKind.CORRECTIVE,
        "title": Message("{device} does not answer", {"device": "sw-tesoreria"}),
        "source": "hand",
        "department": "tesoreria",
    }
    return Draft(**(given | changes))  # type: ignore[arg-type]


@pytest.fixture
def desk() -> TicketDesk:
    return TicketDesk(an_office())


def person(name: str, *roles: str) -> Actor:
    return actor(name, roles, origin="test")
