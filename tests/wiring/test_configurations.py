"""Configurations by the clock, from real SSH sessions to preventive tickets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from nms.access import Actor, Forbidden, UserRole
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertContext
from nms.calendars import spans, weekdays
from nms.collect.configuration.definitions import load_definitions
from nms.collect.configuration.fetching import Fetcher
from nms.collect.configuration.schedule import NIGHT, NOTICED
from nms.config import Config, Tickets
from nms.config.backups import ConfigurationBackup
from nms.model import DEVICE_ITSELF, Department, Device, DeviceId, Endpoint, Inventory, Poll, Reading, Role, Site
from nms.queries.live import LiveBoard
from nms.queries.ports import NotFound, Rejected
from nms.queries.rows import Attention
from nms.store.audit import entries
from nms.store.configurations.archive import Archive
from nms.store.configurations.repository import ConfigurationRepository
from nms.store.records import Records
from nms.store.samples import MemorySamples
from nms.store.tables.tickets import tickets
from nms.tickets import persistence
from nms.tickets.case import Case
from nms.tickets.desk import TicketDesk
from nms.tickets.office import Office as Office_
from nms.tickets.playbooks.book import load_playbooks
from nms.transports.ssh import HostKeys, SshClient, SshTarget
from nms.wiring.configuration_rounds import Rounds
from nms.wiring.configurations import Configurations, open_configurations, places_of
from nms.wiring.maintenance import PreventiveWork
from nms.wiring.meters import Meters
from nms.wiring.metrics import copies_of_configurations
from tests.collect.configuration.samples import IOS
from tests.peers import free_port
from tests.ssh_devices import PASSWORD, USER, network_device

COLLECTORS = Path(__file__).parents[2] / "collectors"
ZONE = ZoneInfo("America/Mexico_City")
NIGHT_AT = datetime(2026, 3, 4, 2, 0, tzinfo=ZONE).timestamp()
NOON = NIGHT_AT - 14 * 3600
TECHNICIAN = Actor("ana", frozenset({UserRole.TECHNICIAN}), origin="test")
ON_CALL = Actor("guardia", frozenset({UserRole.ON_CALL}), origin="test")
MANAGER = Actor("director", frozenset({UserRole.MANAGER}), origin="test")
BOSS = Actor("jefa", frozenset({UserRole.ADMINISTRATOR}), origin="test")


def ios(name: str, text: str = "a") -> dict[str, str]:
    running = IOS.replace("hostname sw-test", f"hostname {name}").replace("Enlace a Tesoreria", f"Enlace {text}")
    return {"show running-config": running, "show startup-config": running.replace("36029133", "36029009")}


def device(name: str, port: int, **options: str) -> Device:
    endpoint = Endpoint("ssh", "127.0.0.1", port, "ssh", {"platform": "cisco_ios", **options})
    return Device(DeviceId(name), name, Role.SWITCH, "127.0.0.1", "palacio", "tesoreria", (endpoint,))


@dataclass
class Office:
    """Rounds over some devices, their clock turned by hand."""

    directory: Path
    devices: list[Device]
    settings: ConfigurationBackup
    now: float = NOON
    passwords: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        departments = {"tesoreria": Department("tesoreria", "Tesorería", "Tesorería", 20)}
        devices = {one.id: one for one in self.devices}
        self.inventory = Inventory("Villa", departments, {"palacio": Site("palacio", "Palacio")}, devices, {})
        self.records = Records.open(self.directory / "records.db")
        self.repository = ConfigurationRepository(self.directory / "configurations")
        self.definitions = load_definitions(COLLECTORS)
        self.archive = Archive(self.records, self.repository, self.definitions, b"a key of the tests")
        self.live = LiveBoard()
        self.ssh = SshClient(HostKeys(self.directory / "hosts"), threads=16, connect_timeout=3, command_timeout=5)
        config = Config(configuration_backup=self.settings)
        places = places_of(self.inventory, self.definitions)
        self.here = Configurations(config, self.inventory, places, self.archive, self.live, lambda: self.now)
        fetcher = Fetcher(self.ssh, self._target, self.settings.timeout)
        self.rounds = Rounds(self.here, fetcher, self.troubles.__setitem__, lambda part: self.troubles.pop(part, None))

    def _target(self, known: Device, endpoint: Endpoint) -> SshTarget:
        password = self.passwords.get(known.id, PASSWORD)
        return SshTarget(endpoint.address, endpoint.port or 22, "cisco_ios", USER, password=password)

    async def until(self, end: float, step: float = 60.0) -> None:
        """Turns the clock on, a step at a time, and waits for the visits of each."""
        while self.now < end:
            self.now = min(end, self.now + step)
            self.rounds.tick()
            await self.rest()

    async def rest(self) -> None:
        while self.rounds._running:
            await asyncio.gather(*list(self.rounds._running.values()), return_exceptions=True)

    def close(self) -> None:
        self.ssh.close()
        self.repository.close()
        self.records.close()


@contextmanager
def office(directory: Path, devices: list[Device], **settings: object) -> Iterator[Office]:
    given: dict[str, object] = {"timeout": "5s", "concurrency": 12, **settings}
    made = Office(directory, devices, ConfigurationBackup.model_validate(given))
    try:
        yield made
    finally:
        made.close()


@asynccontextmanager
async def switches(number: int) -> AsyncIterator[list[tuple[Device, dict[str, str]]]]:
    async with AsyncExitStack() as stack:
        found = []
        for index in range(number):
            name = f"sw-{index:02d}"
            outputs = ios(name)
            port, _heard = await stack.enter_async_context(network_device(outputs, prompt=f"{name}#"))
            found.append((device(name, port), outputs))
        yield found


async def test_a_night_with_39_devices_of_which_some_are_dead_cut_or_refuse(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        dead = [device(f"dead-{index}", free_port()) for index in range(4)]
        mute = device("mute", silent.getsockname()[1])
        async with switches(34) as alive:
            devices = [*(one for one, _ in alive), *dead, mute]
            with office(tmp_path, devices, attempts=2) as here:
                here.passwords["sw-00"] = "wrong"
                cut = alive[1][1]
                cut["show running-config"] = cut["show running-config"].partition("line vty")[0]
                here.rounds.schedule.begin(here.now, {one.id: here.now for one in devices})
                await here.until(NIGHT_AT - 1, step=7200)
                assert here.archive.states() == {}
                await here.until(NIGHT_AT + 3600, step=120)
                states = here.archive.states()
                assert len(states) == 39
                good = {name for name, one in states.items() if one.succeeded_at is not None}
                assert good == {f"sw-{index:02d}" for index in range(2, 34)}
                assert "cut short" in states["sw-01"].problem
                assert "refuses the log-in" in states["sw-00"].problem
                assert "no SSH session" in states["mute"].problem
                assert here.troubles == {}
                head = here.repository.head()
                again = await here.rounds.fetch(DeviceId("sw-05"), "ana")
                assert again.succeeded_at == here.now
                assert here.repository.head() == head
                assert here.rounds.schedule.next_night == NIGHT_AT + 86_400


async def test_a_change_that_syslog_tells_of_is_kept_with_who_made_it(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            await here.rounds.fetch(switch.id, "ana")
            outputs.update(ios("sw-00", "b"))
            outputs["show running-config"] = outputs["show running-config"].replace(" by ana", "")
            text = "<189>45: *Mar  4 10:00:00: %SYS-5-CONFIG_I: Configured from console by beto on vty0 (192.0.2.5)"
            here.rounds.heard(switch, text)
            here.rounds.heard(switch, "<189>46: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up")
            await here.until(here.now + 60)
            assert here.archive.states()["sw-00"].changed_at is None
            await here.until(here.now + 120)
            state = here.archive.states()["sw-00"]
            assert (state.changed_by, state.changed_ticket) == ("beto", "")


async def test_a_trap_of_a_change_brings_a_visit_and_another_trap_does_not(tmp_path: Path) -> None:
    with office(tmp_path, [device("sw", free_port())]) as here:
        here.rounds.trapped(DeviceId("sw"), "1.3.6.1.6.3.1.1.5.3")
        here.rounds.trapped(DeviceId("nobody"), "1.3.6.1.4.1.9.9.43.2.0.1")
        assert here.rounds.schedule.ahead == {}
        here.rounds.trapped(DeviceId("sw"), "1.3.6.1.4.1.9.9.43.2.0.1")
        assert here.rounds.schedule.ahead[DeviceId("sw")].reason == NOTICED


def told(at: float, age: float) -> Poll:
    """A poll whose agent says how long ago its configuration was changed."""
    reading = Reading(DeviceId("sw-00"), "system", at, (DEVICE_ITSELF,), {"configuration_age_seconds": [age]})
    return Poll(DeviceId("sw-00"), at, 0.1, (), (reading,))


async def test_a_change_that_a_poll_tells_of_brings_one_visit_also_after_a_restart(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            here.rounds.polled(told(here.now, 5.0))
            assert here.rounds.schedule.ahead == {}
            await here.rounds.fetch(switch.id, "ana")
            outputs.update(ios("sw-00", "b"))
            here.now += 600
            here.rounds.begin()
            here.rounds.schedule.ahead.clear()
            here.rounds.polled(told(here.now, 620.0))
            assert here.rounds.schedule.ahead == {}
            here.rounds.polled(told(here.now, 300.0))
            visit = here.rounds.schedule.ahead[switch.id]
            assert (visit.reason, visit.at) == (NOTICED, here.now + 120)
            here.now += 60
            here.rounds.polled(told(here.now, 362.0))
            assert here.rounds.schedule.ahead[switch.id] == visit
            await here.until(visit.at)
            assert here.archive.states()["sw-00"].changed_at == visit.at
            here.rounds.polled(told(here.now + 60, 480.0))
            assert here.rounds.schedule.ahead == {}
            here.passwords["sw-00"] = "wrong"
            here.rounds.polled(told(here.now + 300, 100.0))
            await here.until(here.now + 300)
            assert "refuses" in here.archive.states()["sw-00"].problem
            here.rounds.polled(told(here.now + 60, 160.0))
            assert here.rounds.schedule.ahead == {}


async def test_a_change_within_planned_work_needs_no_ticket(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            book = AlertBook(here.records, zone=ZONE)
            book.apply([], here.now, AlertContext(here.inventory.devices))
            start, about = here.now + 600, {"device": ["sw-*"]}
            planned = book.plan_maintenance(BOSS, "Cambio de VLAN", about, "obra", start, 3600, here.now)
            assert book.agreed_between(switch, here.now, start - 1) == ""
            assert book.agreed_between(switch, start + 3600, start + 9000) == ""
            assert book.agreed_between(replace(switch, id=DeviceId("rt")), start, start + 9000) == ""
            here.archive = replace(
                here.archive, agreed=lambda _device, start, end: book.agreed_between(switch, start, end)
            )
            here.here = here.rounds.here = replace(here.here, archive=here.archive)
            await here.rounds.fetch(switch.id, "ana")
            outputs.update(ios("sw-00", "b"))
            here.now = start + 1800
            book.cancel_maintenance(BOSS, planned.id, here.now)
            here.now += 1800
            state = await here.rounds.fetch(switch.id, "ana")
            assert (state.changed_at, state.changed_during) == (here.now, "Cambio de VLAN")
            assert list(here.here.findings()) == []
            (page, *_) = here.rounds.door(lambda: None).reads.page(TECHNICIAN, "sw-00").versions
            assert page.during == "Cambio de VLAN"
            outputs.update(ios("sw-00", "c"))
            here.now += 600
            assert (await here.rounds.fetch(switch.id, "ana")).changed_during == ""
            assert [one.what for one in here.here.findings()] == ["changed-without-ticket"]


async def test_the_figures_of_the_copies_stand_in_the_metrics(tmp_path: Path) -> None:
    async with switches(2) as ((switch, outputs), (other, _)):
        with office(tmp_path, [switch, other]) as here:
            outputs["show running-config"] = ios("sw-00", "b")["show running-config"]
            await here.rounds.fetch(switch.id, "ana")
            here.now += 60
            here.passwords["sw-00"] = "wrong"
            await here.rounds.fetch(switch.id, "ana")
            found = {one.name: dict(one.values) for one in copies_of_configurations(here.here)}
            assert found == {
                "configuration_copy_age_seconds": {("sw-00",): 60.0},
                "configurations": {(): 2},
                "configurations_missing": {(): 1},
                "configurations_failing": {(): 1},
                "configurations_unsaved": {(): 1},
                "configurations_drifted": {(): 0},
            }


async def test_a_bad_fetch_never_takes_the_place_of_a_good_copy(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            first = await here.rounds.fetch(switch.id, "ana")
            good = outputs["show running-config"]
            for bad in (
                "",
                "% Invalid input detected at '^' marker.",
                good[: len(good) // 2],
                "% Authorization failed.",
            ):
                outputs["show running-config"] = bad
                state = await here.rounds.fetch(switch.id, "ana")
                assert (state.running, state.succeeded_at) == (first.running, first.succeeded_at)
                assert state.problem
            outputs["show running-config"] = good
            assert (await here.rounds.fetch(switch.id, "ana")).problem == ""


async def test_half_of_a_configuration_gone_at_once_is_believed_when_seen_twice(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            await here.rounds.fetch(switch.id, "ana")
            short = "version 15.2\n" + "!\n" * 18 + "end\n"
            outputs["show running-config"] = outputs["show startup-config"] = short
            state = await here.rounds.fetch(switch.id, "ana")
            assert state.problem == ""
            assert state.changed_at == here.now


async def test_an_unsaved_change_is_a_finding_only_when_it_lasts_and_ends_when_it_is_saved(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            await here.rounds.fetch(switch.id, "ana")
            outputs["show running-config"] = ios("sw-00", "b")["show running-config"]
            await here.rounds.fetch(switch.id, "ana")
            assert "unsaved" not in {one.what for one in here.here.findings()}
            await here.until(here.now + 3700, step=600)
            assert "unsaved" in {one.what for one in here.here.findings()}
            outputs.update(ios("sw-00", "b"))
            await here.rounds.fetch(switch.id, "ana")
            assert "unsaved" not in {one.what for one in here.here.findings()}


async def test_the_repository_that_cannot_be_written_is_a_trouble_that_is_told_and_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nms.store.configurations.repository import ConfigurationsError

    async with switches(1) as ((switch, _outputs),):
        with office(tmp_path, [switch], retry="1m") as here:

            def full(*_: object, **__: object) -> None:
                raise ConfigurationsError("no space left")

            with monkeypatch.context() as patched:
                patched.setattr(here.repository, "keep", full)
                here.rounds.heard(switch, "%SYS-5-CONFIG_I: Configured")
                await here.until(here.now + 130, step=130)
                assert here.troubles == {"configurations": "no space left"}
                with pytest.raises(ConfigurationsError):
                    await here.rounds.fetch(switch.id, "ana")
            await here.until(here.now + 60)
            assert here.troubles == {}
            assert here.archive.states()["sw-00"].succeeded_at is not None


async def test_reads_are_permitted_audited_and_never_show_a_secret(tmp_path: Path) -> None:
    async with switches(2) as ((switch, outputs), (other, _)):
        with office(tmp_path, [switch, other]) as here:
            door = here.rounds.door(lambda: None)
            assert [row.attention for row in door.reads.listed(TECHNICIAN)] == [Attention.UNKNOWN] * 2
            await door.acts.fetch(TECHNICIAN, "sw-00")
            here.now += 60
            outputs.update(ios("sw-00", "b"))
            await door.acts.fetch(TECHNICIAN, "sw-00")
            page = door.reads.page(TECHNICIAN, "sw-00")
            assert page.texts == ("running", "startup")
            assert [one.added for one in page.versions] == [1, 0]
            text = door.reads.text(TECHNICIAN, "sw-00", "running").text
            assert "ThisIsAHash" not in text
            assert "enable secret 5 <secret:" in text
            diff = door.reads.diff(TECHNICIAN, "sw-00", "previous", str(page.versions[0].id))
            assert "-  description Enlace a" not in diff.lines
            assert "- description Enlace a" in diff.lines
            assert "+ description Enlace b" in diff.lines
            assert door.reads.diff(TECHNICIAN, "sw-00", f"@{here.now - 30}", "running").added == 1
            assert door.reads.diff(TECHNICIAN, "sw-00", "startup", "running").lines == ()
            found = door.reads.search(TECHNICIAN, r"description enlace [ab]")
            assert [(hit.device, hit.section) for hit in found.hits] == [("sw-00", "interface GigabitEthernet0/1")]
            assert door.reads.search(TECHNICIAN, "ThisIsAHash").hits == ()
            viewer = Actor("vera", frozenset({UserRole.VIEWER}))
            elsewhere = Actor("ana", frozenset({UserRole.TECHNICIAN}), frozenset({"catastro"}))
            for who in (viewer, elsewhere):
                with pytest.raises(Forbidden):
                    door.reads.text(who, "sw-00", "running")
                with pytest.raises(Forbidden):
                    await door.acts.fetch(who, "sw-00")
            assert door.reads.listed(elsewhere) == []
            for wrong in ("9999", "baseline", "@x", "nonsense", "@1"):
                with pytest.raises(NotFound):
                    door.reads.text(TECHNICIAN, "sw-00", wrong)
            for wrong in ("(a+)+$", "(", " "):
                with pytest.raises(Rejected):
                    door.reads.search(TECHNICIAN, wrong)
            with here.records.read() as connection:
                rows = entries(connection, kind="configuration")
            assert [(row.action, row.subject) for row in rows if row.action != "fetch"] == [
                ("read", "all"),
                ("read", "all"),
                ("read", "sw-00"),
            ]


async def test_a_baseline_is_accepted_with_a_reason_by_who_may_also_read_it(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch]) as here:
            door = here.rounds.door(lambda: None)
            with pytest.raises(Rejected, match="fetch it first"):
                door.acts.accept(BOSS, "sw-00", "norma 2026")
            await door.acts.fetch(BOSS, "sw-00")
            for who in (TECHNICIAN, MANAGER):
                with pytest.raises(Forbidden):
                    door.acts.accept(who, "sw-00", "norma 2026")
            with pytest.raises(Rejected, match="say why"):
                door.acts.accept(BOSS, "sw-00", "  ")
            door.acts.accept(ON_CALL, "sw-00", "norma 2026")
            outputs.update(ios("sw-00", "b"))
            here.now += 60
            await door.acts.fetch(BOSS, "sw-00")
            assert {one.what for one in here.here.findings()} == {"drift", "changed-without-ticket"}
            assert door.reads.diff(BOSS, "sw-00", "baseline", "running").added == 1
            page = door.reads.restoring(BOSS, "sw-00", "es")
            assert page.secrets == 3
            assert "configure replace" in " ".join(page.steps)


async def test_each_cause_has_one_preventive_ticket_and_what_is_gone_ends_by_itself(tmp_path: Path) -> None:
    async with switches(1) as ((switch, outputs),):
        with office(tmp_path, [switch], unsaved_after="1m", too_old="3d") as here:
            zone = ZoneInfo("America/Mexico_City")
            hours = weekdays("office", spans("08:00-16:00"))
            playbooks = load_playbooks(COLLECTORS.parent / "playbooks")
            inventory = here.inventory
            book = Office_(inventory.departments, inventory.devices, {"office": hours}, Tickets(), playbooks, zone)
            work = PreventiveWork(
                here.records, TicketDesk(book), inventory, hours, Meters(here.live, MemorySamples()), here.here
            )

            def opened() -> list[str]:
                made = work.run(here.now).opened
                return sorted(case.cause_key for case in made if case.source == "configuration")

            await here.rounds.fetch(switch.id, "ana")
            assert opened() == []
            outputs["show running-config"] = ios("sw-00", "b")["show running-config"]
            here.now += 60
            await here.rounds.fetch(switch.id, "ana")
            assert opened() == ["configuration/changed-without-ticket/sw-00"]
            here.now += 60
            await here.rounds.fetch(switch.id, "ana")
            assert opened() == ["configuration/unsaved/sw-00"]
            assert opened() == []
            outputs.update(ios("sw-00", "b"))
            here.now += 60
            await here.rounds.fetch(switch.id, "ana")
            assert opened() == []
            assert tickets_of(here) == {
                "configuration/changed-without-ticket/sw-00": "open",
                "configuration/unsaved/sw-00": "resolved",
            }
            here.now += 4 * 86_400
            assert opened() == ["configuration/backup-too-old/sw-00"]
            (row,) = here.rounds.door(lambda: None).reads.listed(TECHNICIAN)
            assert (row.attention, row.findings) == (
                Attention.UNATTENDED,
                ("changed-without-ticket", "backup-too-old"),
            )
            titles = {case.title.template for case in cases(here)}
            assert "{device}: its configuration was changed by {person} without a ticket" in titles


def cases(here: Office) -> list[Case]:
    with here.records.read() as connection:
        folios = connection.execute(sa.select(tickets.c.folio).where(tickets.c.source == "configuration")).scalars()
        return [persistence.read(connection, folio) for folio in folios]


def tickets_of(here: Office) -> dict[str, str]:
    return {case.cause_key: case.status.value for case in cases(here)}


async def test_after_a_start_what_the_night_missed_is_fetched(tmp_path: Path) -> None:
    async with switches(1) as ((switch, _outputs),):
        with office(tmp_path, [switch]) as here:
            here.rounds.begin()
            assert here.rounds.schedule.ahead[switch.id].reason == NIGHT
            await here.until(here.now + 300)
            here.rounds.begin()
            assert here.rounds.schedule.ahead == {}


def test_a_damaged_repository_is_told_and_the_monitor_goes_on_without_it(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, paths={"collectors": COLLECTORS})  # type: ignore[arg-type]
    (tmp_path / "configurations" / "repository.git").mkdir(parents=True)
    (tmp_path / "configurations" / "repository.git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "configurations" / "masking-key").write_text("short")
    troubles: dict[str, str] = {}
    switch = device("sw", 22)
    inventory = Inventory("V", {}, {}, {switch.id: switch}, {})
    records = Records.open(tmp_path / "records.db")
    with open_configurations(config, inventory, records, LiveBoard(), troubles.__setitem__) as opened:
        assert opened is None
    records.close()
    assert "does not hold a key" in troubles["configurations"]


def test_nothing_is_opened_where_no_device_is_asked_over_ssh(tmp_path: Path) -> None:
    config = Config(data_dir=tmp_path, paths={"collectors": COLLECTORS})  # type: ignore[arg-type]
    records = Records.open(tmp_path / "records.db")
    with open_configurations(config, Inventory("V", {}, {}, {}, {}), records, LiveBoard(), print) as opened:
        assert opened is None
    records.close()
    assert not (tmp_path / "configurations").exists()
