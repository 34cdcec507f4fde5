"""Commands of playbooks: where they run, who asked, what is kept when the device answers, refuses or is silent."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from nms.access import Forbidden
from nms.model import Device, DeviceId, Endpoint, Role, TicketKind
from nms.store.records import Records
from nms.store.tables.audit import audit
from nms.tickets.desk import TicketDesk
from nms.tickets.errors import NotNow, Unusable
from nms.tickets.evidence import StepVerdict
from nms.tickets.listing import show_ticket
from nms.tickets.playbooks import CommandRefused
from nms.tickets.running import CommandDesk
from nms.tickets.steps import StepDesk
from nms.transports.errors import TransportError, Unreachable
from tests.tickets.conftest import MANAGER, NOON, TECHNICIAN, VIEWER, an_office, draft

UPS = {"ups": "ups-01"}


class Runner:
    """A device that answers what it is told to."""

    def __init__(self, output: str = "ups.status: OL\n", error: TransportError | None = None) -> None:
        self.output, self.error, self.lines = output, error, list[tuple[str, str, float]]()

    async def run(self, device: Device, endpoint: Endpoint, line: str, seconds: float) -> str:
        self.lines.append((str(endpoint.options.get("platform")), line, seconds))
        if self.error:
            raise self.error
        return self.output


def reached(*platforms: str) -> Device:
    endpoints = tuple(Endpoint("ssh", "192.0.2.1", 22, "entrar", {"platform": one}) for one in platforms)
    return Device(DeviceId("ups-01"), "UPS-01", Role.UPS, "192.0.2.1", "palacio", "tesoreria", endpoints)


def commands(records: Records, runner: Runner, *devices: Device) -> CommandDesk:
    desk = TicketDesk(an_office(*(devices or (reached("linux"),))))
    return CommandDesk(StepDesk(desk), records, runner, lambda: NOON)


def opened(desk: CommandDesk, device: str = "ups-01") -> str:
    with desk.records.begin() as connection:
        made = draft(kind=TicketKind.PREVENTIVE, playbook="ups-prueba", device=DeviceId(device) if device else None)
        return desk.steps.desk.open(connection, TECHNICIAN, made, NOON).folio


def audited(records: Records) -> list[tuple[str, str, str]]:
    with records.read() as connection:
        rows = connection.execute(sa.select(audit.c.actor, audit.c.action, audit.c.detail).order_by(audit.c.id)).all()
    return [(row.actor, row.action, str(row.detail)) for row in rows]


async def test_the_output_is_judged_and_kept_and_the_audit_says_who_asked(any_records: Records) -> None:
    runner = Runner("ups.status: OL\x1b[2J\r\nbattery.charge:   100\r\n")
    desk = commands(any_records, runner, reached("cisco_ios", "linux"))
    folio = opened(desk)
    state = await desk.run(TECHNICIAN, folio, "lectura", UPS)
    assert runner.lines == [("linux", "upsc ups-01", 30.0)]
    assert state.done
    assert state.last is not None
    assert (state.last.verdict, state.last.command, state.last.actor) == (StepVerdict.OK, "upsc ups-01", "ana")
    assert state.last.text.startswith("ups.status: OL\nbattery.charge:   100")
    asked = [detail for actor, action, detail in audited(any_records) if (actor, action) == ("ana", "run-command")]
    assert len(asked) == 1
    assert "upsc ups-01" in asked[0]


async def test_what_is_not_as_expected_stays_open_until_somebody_says_what_it_means(any_records: Records) -> None:
    desk = commands(any_records, Runner("ups.status: OB"))
    folio = opened(desk)
    failed = await desk.run(TECHNICIAN, folio, "lectura", UPS)
    assert failed.last is not None
    assert (failed.last.verdict, failed.done) == (StepVerdict.FAILED, False)
    explained = await desk.run(TECHNICIAN, folio, "lectura", UPS, "corte de luz anunciado")
    assert (explained.done, len(explained.evidence)) == (True, 2)


async def test_nothing_is_sent_without_the_permission_the_catalogue_and_a_fitting_device(any_records: Records) -> None:
    runner = Runner()
    desk = commands(any_records, runner, reached("linux"), Device(
        DeviceId("ups-02"), "UPS-02", Role.UPS, "192.0.2.2", "palacio", "tesoreria"
    ), Device(
        DeviceId("ups-03"), "UPS-03", Role.UPS, "192.0.2.3", "palacio", "tesoreria",
        (Endpoint("ssh", "192.0.2.3", 22, "entrar", {"platform": "cisco_xe"}),),
    ))  # fmt: skip
    folio = opened(desk)
    for stranger in (MANAGER, VIEWER):
        with pytest.raises(Forbidden):
            await desk.run(stranger, folio, "lectura", UPS)
    for values in ({"ups": "x; reboot"}, {"ups": "-h"}, {"ups": "a\nb"}, {}, {"ups": "a", "more": "b"}):
        with pytest.raises(CommandRefused):
            await desk.run(TECHNICIAN, folio, "lectura", values)
    with pytest.raises(Unusable, match="is not one that the monitor runs"):
        await desk.run(TECHNICIAN, folio, "visual", {})
    with pytest.raises(Unusable, match="ups-02 has no ssh endpoint: add one in the inventory"):
        await desk.run(TECHNICIAN, opened(desk, "ups-02"), "lectura", UPS)
    with pytest.raises(Unusable, match="no command for cisco_xe"):
        await desk.run(TECHNICIAN, opened(desk, "ups-03"), "lectura", UPS)
    with pytest.raises(Unusable, match="names no device"):
        await desk.run(TECHNICIAN, opened(desk, ""), "lectura", UPS)
    with pytest.raises(Unusable, match="not in the inventory"):
        await desk.run(TECHNICIAN, opened(desk, "ups-99"), "lectura", UPS)
    with any_records.begin() as connection:
        for step in ("visual", "flotacion"):
            desk.steps.enter(connection, TECHNICIAN, folio, step, "13.5", NOON)
        desk.steps.desk.resolve(connection, TECHNICIAN, folio, NOON, cause="wear", solution="completed")
    with pytest.raises(NotNow):
        await desk.run(TECHNICIAN, folio, "lectura", UPS)
    assert runner.lines == []


async def test_a_silent_device_is_in_the_log_of_the_ticket_and_leaves_the_step_open(any_records: Records) -> None:
    desk = commands(any_records, Runner(error=Unreachable("no SSH session with 192.0.2.1 (timed out)")))
    folio = opened(desk)
    with pytest.raises(Unusable, match=r"upsc ups-01 did not run: no SSH session with 192\.0\.2\.1"):
        await desk.run(TECHNICIAN, folio, "lectura", UPS)
    with any_records.read() as connection:
        shown = show_ticket(connection, desk.steps.desk, folio, NOON)
    assert ("run", "no SSH session with 192.0.2.1 (timed out)") in [(one.action, one.note) for one in shown.log]
    assert not shown.steps[3].evidence


async def test_what_the_device_does_not_understand_is_no_success(any_records: Records) -> None:
    book = an_office().playbooks
    linux = book.catalogue.platforms["linux"].model_copy(update={"refusals": (r".*: command not found$",)})
    catalogue = book.catalogue.model_copy(update={"platforms": {"linux": linux}})
    office = an_office(reached("linux"))
    plain = book.playbooks["ups-prueba"]
    step = plain.steps[3].model_copy(
        update={"commands": (plain.steps[3].commands[0].model_copy(update={"expect": None}),)}
    )
    playbook = plain.model_copy(update={"steps": (*plain.steps[:3], step)})
    desk = TicketDesk(
        type(office)(
            office.departments,
            office.devices,
            office.calendars,
            playbooks=type(book)({"ups-prueba": playbook}, catalogue),
        )
    )
    running = CommandDesk(StepDesk(desk), any_records, Runner("-bash: upsc: command not found"), lambda: NOON)
    state = await running.run(TECHNICIAN, opened(running), "lectura", UPS)
    assert state.last is not None
    assert state.last.verdict is StepVerdict.FAILED


async def test_where_the_monitor_cannot_run_it_what_was_read_by_hand_is_taken(any_records: Records) -> None:
    bare = Device(DeviceId("ups-02"), "UPS-02", Role.UPS, "192.0.2.2", "palacio", "tesoreria")
    desk = commands(any_records, Runner(), reached("linux"), bare)
    by_hand, by_command = opened(desk, "ups-02"), opened(desk)
    with any_records.begin() as connection:
        with pytest.raises(Unusable, match="write what the device says"):
            desk.steps.enter(connection, TECHNICIAN, by_hand, "lectura", " ", NOON)
        assert desk.steps.enter(connection, TECHNICIAN, by_hand, "lectura", "ups.status: OL", NOON).done
        with pytest.raises(Unusable, match="which the monitor runs"):
            desk.steps.enter(connection, TECHNICIAN, by_command, "lectura", "ups.status: OL", NOON)
