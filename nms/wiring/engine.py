"""Everything behind the sockets: the content read, the stores opened, the judge, the books and the pipeline made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nms.alerts.blankets import configured_windows
from nms.alerts.book import AlertBook
from nms.alerts.changes import AlertContext, AlertPolicy
from nms.alerts.held import explained_in
from nms.calendars import ServiceHours
from nms.collect.catalogue import Catalogue
from nms.collect.collected import DeviceLimit
from nms.config import Config
from nms.inventory import load_inventory
from nms.model import Device, DeviceId, Inventory, Reading
from nms.notify.watchdog import Watchdog
from nms.presence.book import Policy, PresenceBook
from nms.queries.live import LiveBoard
from nms.rules.configured import policies
from nms.rules.derived import Rates
from nms.rules.judge import Judge
from nms.rules.policies import MONITOR
from nms.store.announcements import AnnouncementBook
from nms.store.audit import AuditLog
from nms.store.errors import RecordsError
from nms.store.records import Records
from nms.store.samples import SampleStore
from nms.store.states import StateHistory
from nms.store.tokens import TokenBook
from nms.tickets.attachments import ATTACHMENTS, AttachmentStore
from nms.tickets.desk import TicketDesk
from nms.tickets.incidents import IncidentTickets
from nms.tickets.office import Office
from nms.tickets.playbooks.book import load_playbooks
from nms.wiring.calendars import service_hours
from nms.wiring.configurations import Configurations, open_configurations
from nms.wiring.elsewhere import Elsewhere, elsewhere
from nms.wiring.foresight import Foresight
from nms.wiring.guard import Spokesman, tell_restart, watchdog_of
from nms.wiring.maintenance import PreventiveWork
from nms.wiring.meters import Meters
from nms.wiring.notifying import Telling, telling
from nms.wiring.pipeline import Pipeline
from nms.wiring.samples import open_samples
from nms.wiring.uplink import uplink_targets
from nms.wiring.usual import Usual

Adapt = Callable[[Inventory], Inventory]


class CollectedRates:
    """The rates that the collectors have already worked out."""

    def rates(self, reading: Reading) -> Rates:
        return reading.rates


@dataclass(frozen=True, slots=True)
class Engine:
    """The open parts of one monitor."""

    config: Config
    inventory: Inventory
    catalogue: Catalogue
    calendars: Mapping[str, ServiceHours]
    samples: SampleStore
    records: Records
    states: StateHistory
    judge: Judge
    book: AlertBook
    desk: TicketDesk
    tokens: TokenBook
    announcements: AnnouncementBook
    live: LiveBoard
    pipeline: Pipeline
    telling: Telling
    preventive: PreventiveWork
    foresight: Foresight
    usual: Usual
    watchdog: Watchdog
    spokesman: Spokesman
    files: AttachmentStore
    elsewhere: tuple[Elsewhere, ...]
    started_at: float
    probes: Mapping[DeviceId, Device]
    """Targets of the monitor's own uplink that are no devices of the inventory."""
    presence: PresenceBook | None = None
    configurations: Configurations | None = None

    def learn(self, device: DeviceId, families: Sequence[str], limits: Sequence[DeviceLimit]) -> None:
        """What a device turned out to be, and the limits that it states itself: the judge goes by them."""

        def lesson(judge: Judge) -> None:
            judge.learn_families(device, tuple(families))
            judge.learn_limits(device, limits)

        self.pipeline.learn(lesson)


@contextmanager
def open_engine(config: Config, adapt: Adapt | None = None) -> Iterator[Engine]:
    """`adapt` changes the inventory once it is read (the demo does).

    Raises: DocumentError, SamplesError, RecordsError, each with a sentence for people.
    """
    inventory = load_inventory(config.paths.inventories, config)
    inventory = adapt(inventory) if adapt else inventory
    catalogue = Catalogue.load(config.paths.collectors)
    calendars = dict(service_hours(config.office))
    desk = _desk(config, inventory, calendars)
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        samples, records = _stores(config, stack)
        states, now = StateHistory(records), time.time()
        book = _book(config, inventory, records, desk, now)
        uplink = uplink_targets(config, inventory)
        judge = _judge(config, inventory, book, uplink.names)
        live = _board(inventory, states, now)
        presence = _presence(config, inventory, records, now)
        if presence is not None:
            stack.callback(_write_last, presence)
        pipeline = Pipeline(inventory, samples, states, judge, book, live, presence=presence)
        copies = open_configurations(config, inventory, records, live, pipeline.trouble, book.agreed_between)
        configurations = stack.enter_context(copies)
        spokesman = Spokesman(pipeline.tell)
        tell_restart(config.data_dir, book, pipeline.tell, now)
        yield Engine(
            config=config,
            inventory=inventory,
            catalogue=catalogue,
            calendars=calendars,
            samples=samples,
            records=records,
            states=states,
            judge=judge,
            book=book,
            desk=desk,
            tokens=TokenBook(records),
            announcements=AnnouncementBook(records),
            live=live,
            pipeline=pipeline,
            telling=telling(config, inventory, calendars, records),
            preventive=PreventiveWork(
                records, desk, inventory, calendars["office"], Meters(live, samples), configurations
            ),
            foresight=Foresight(inventory, samples, config.tickets.lead_times.forecast),
            usual=Usual.of(config, inventory, samples),
            watchdog=watchdog_of(config, records, spokesman),
            spokesman=spokesman,
            files=AttachmentStore(config.data_dir / ATTACHMENTS, config.tickets.largest_attachment),
            elsewhere=_opened(elsewhere(config, records, desk), stack),
            started_at=now,
            probes={probe.id: probe for probe in uplink.probes},
            presence=presence,
            configurations=configurations,
        )


def _stores(config: Config, stack: ExitStack) -> tuple[SampleStore, Records]:
    samples = open_samples(config)
    stack.callback(samples.close)
    records = Records.open(config.records.url.reveal() if config.records.url else config.data_dir / "records.db")
    stack.callback(records.close)
    return samples, records


def _board(inventory: Inventory, states: StateHistory, now: float) -> LiveBoard:
    """What is shown until the first polls: the states as they were, without what has left the inventory."""
    states.start(now)
    states.forget(_departed(inventory, states), now)
    live = LiveBoard()
    live.remember(states.present())
    return live


def _desk(config: Config, inventory: Inventory, calendars: Mapping[str, ServiceHours]) -> TicketDesk:
    playbooks, zone = load_playbooks(config.paths.playbooks), ZoneInfo(config.office.timezone)
    office = Office(inventory.departments, inventory.devices, calendars, config.tickets, playbooks, zone)
    return TicketDesk(office, AuditLog())


def _book(config: Config, inventory: Inventory, records: Records, desk: TicketDesk, now: float) -> AlertBook:
    """The alerts as they were left, without those of devices that the inventory has no more."""
    zone = ZoneInfo(config.office.timezone)
    book = AlertBook(records, alert_policy(config), [IncidentTickets(desk)], zone)
    book.apply([], now, AlertContext(inventory.devices, configured_windows(config.maintenance, zone)))
    book.retire_departed([*inventory.devices, MONITOR], now)
    return book


def _judge(config: Config, inventory: Inventory, book: AlertBook, uplink: Sequence[DeviceId]) -> Judge:
    alerts = book.open_alerts()
    known = {alert.key: (alert.device, alert.severity) for alert in alerts}
    return Judge(inventory, policies(config, uplink), known, CollectedRates(), explained_in(alerts))


def _presence(config: Config, inventory: Inventory, records: Records, now: float) -> PresenceBook | None:
    wanted = config.presence
    if not wanted.enabled:
        return None
    policy = Policy(wanted.keep, wanted.keep_passing, wanted.gap, wanted.most_stations)
    return PresenceBook.open(inventory, records, policy, now)


def _write_last(presence: PresenceBook) -> None:
    """At the end; what cannot be written any more was seen minutes ago, and is seen again."""
    with suppress(RecordsError):
        presence.flush(time.time(), all_of_it=True)


def _opened(systems: Sequence[Elsewhere], stack: ExitStack) -> tuple[Elsewhere, ...]:
    for one in systems:
        stack.callback(one.close)
    return tuple(systems)


def _departed(inventory: Inventory, states: StateHistory) -> list[str]:
    """The subjects whose device, link or department is not in the inventory any more."""
    known = {
        "device": inventory.devices.keys(),
        "link": inventory.links.keys(),
        "department": inventory.departments.keys(),
    }
    parted = (subject.partition("/") for subject in states.present())
    return [f"{kind}/{name}" for kind, _slash, name in parted if name not in known.get(kind, ())]


def alert_policy(config: Config) -> AlertPolicy:
    alerts = config.alerts
    return AlertPolicy(alerts.pending, alerts.recovery, alerts.reopen, alerts.orphan)
