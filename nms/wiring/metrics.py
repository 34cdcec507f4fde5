"""The monitor's own figures, for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict

from nms.collect.runner import PollRunner
from nms.model import State
from nms.store.samples import EmbeddedSamples, InfluxSamples, SamplesError, SampleStore
from nms.transports.snmp.client import SnmpClient
from nms.transports.syslog import SyslogStatistics
from nms.views.metrics import Figure, figure
from nms.wiring.configurations import Configurations
from nms.wiring.engine import Engine

_TIERS = {0: "raw", 300: "5m", 3600: "1h"}


def figures(
    engine: Engine, runner: PollRunner, snmp: SnmpClient, syslog: SyslogStatistics | None = None
) -> Iterable[Figure]:
    """Asked for at each scrape."""
    polls, pipeline = runner.stats, engine.pipeline.stats
    yield figure("polls_total", "Polls finished", polls.finished)
    yield figure("polls_late_total", "Polls that started late", polls.late_polls)
    yield figure("polls_overlapping_total", "Polls left out because one was under way", polls.skipped_overlaps)
    yield figure("polls_over_budget_total", "Polls cut off at their time budget", polls.over_budget)
    yield figure("polls_in_flight", "Polls under way", polls.in_flight)
    yield figure("poll_lateness_worst_seconds", "Worst lateness of a poll", polls.worst_lateness_seconds)
    yield figure("values_stored_total", "Values handed to the store", pipeline.values)
    yield figure("readings_lost_total", "Readings that the store could not take in time", pipeline.lost_readings)
    yield figure("judging_seconds_total", "Time spent judging", pipeline.judge_seconds)
    yield figure("troubles", "Parts of the monitor that do not work", len(pipeline.troubles))
    yield _snmp(snmp)
    yield _messages(syslog or SyslogStatistics())
    yield _devices(engine)
    yield _alerts(engine)
    yield from figures_of_samples(engine.samples)
    if engine.configurations is not None:
        yield from copies_of_configurations(engine.configurations)


def copies_of_configurations(here: Configurations) -> Iterable[Figure]:
    """How the copies of configurations stand: what would be lost, and since when nobody knows."""
    now, states = here.clock(), here.archive.states()
    kept = [states[device] for device in map(str, here.places) if device in states]
    ages: dict[tuple[str, ...], float] = {
        (one.device,): max(0.0, now - one.succeeded_at) for one in kept if one.succeeded_at is not None
    }
    yield Figure("configuration_copy_age_seconds", "Age of the newest good copy of a configuration", ages, ("device",))
    failing = sum(one.failing_since is not None for one in kept)
    unsaved = sum(one.unsaved_since is not None for one in kept)
    drifted = sum(one.drift > 0 for one in kept)
    yield figure("configurations", "Devices whose configuration is kept", len(here.places))
    yield figure("configurations_missing", "Devices of them without any copy", len(here.places) - len(ages))
    yield figure("configurations_failing", "Devices of them whose last fetch failed", failing)
    yield figure("configurations_unsaved", "Devices of them with a change that was not saved", unsaved)
    yield figure("configurations_drifted", "Devices of them that are not as their baseline", drifted)


def _messages(syslog: SyslogStatistics) -> Figure:
    """`unknown`: of senders that are no devices; `over_limit` and `over_total`: dropped."""
    counts = {name: value for name, value in asdict(syslog).items() if isinstance(value, int)}
    counted: dict[tuple[str, ...], float] = {(name,): float(value) for name, value in counts.items()}
    return Figure("syslog_total", "What the receiver of syslog counted", counted, ("event",))


def _snmp(snmp: SnmpClient) -> Figure:
    counted = {name: value for name, value in asdict(snmp.statistics).items() if isinstance(value, int | float)}
    values: dict[tuple[str, ...], float] = {(name,): float(value) for name, value in counted.items()}
    return Figure("snmp_total", "What the SNMP client counted", values, ("event",))


def _devices(engine: Engine) -> Figure:
    counted = Counter(engine.live.device_states.values())
    return Figure("devices", "Devices by state", {(state.value,): counted[state] for state in State}, ("state",))


def _alerts(engine: Engine) -> Figure:
    counted: Counter[tuple[str, ...]] = Counter(
        (alert.severity.word, alert.status.value) for alert in engine.book.open_alerts()
    )
    return Figure("alerts", "Open alerts", counted, ("severity", "status"))


def figures_of_samples(samples: SampleStore) -> Iterable[Figure]:
    """Asked for at each scrape; a store that cannot answer gives none."""
    found: list[Figure] = []
    with suppress(SamplesError):
        if isinstance(samples, EmbeddedSamples):
            found += _of_file(samples)
        elif isinstance(samples, InfluxSamples):
            found.append(figure("samples_waiting", "Batches of samples that wait for the server", samples.waiting))
            found.append(figure("samples_lost_total", "Batches of samples that waited too long", samples.lost))
    return found


def _of_file(samples: EmbeddedSamples) -> Iterator[Figure]:
    used = samples.usage()
    tiers: dict[tuple[str, ...], float] = {(_TIERS[tier],): octets for tier, octets in used.tiers.items()}
    yield Figure("samples_tier_bytes", "Bytes of samples in each tier", tiers, ("tier",))
    yield figure("samples_file_bytes", "Bytes in use of the file of samples", used.used)
    yield figure("samples_log_bytes", "Bytes of its write-ahead log", used.log)
    yield figure("samples_damaged_blocks", "Blocks of samples that cannot be read", len(samples.damage()))
