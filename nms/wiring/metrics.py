"""The monitor's own metrics, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nms.collect.runner import PollRunner
from nms.model import State
from nms.wiring.engine import Engine


class _Own(Collector):
    def __init__(self, engine: Engine, runner: PollRunner) -> None:
        self._engine, self._runner = engine, runner

    def collect(self) -> Iterable[Metric]:
        stats, pipeline = self._runner.stats, self._engine.pipeline.stats
        yield CounterMetricFamily("nms_polls", "Polls finished", value=stats.finished)
        yield CounterMetricFamily("nms_polls_late", "Polls that started late", value=stats.late_polls)
        yield CounterMetricFamily("nms_polls_overlapping", "Polls skipped, one was under way", stats.skipped_overlaps)
        yield GaugeMetricFamily("nms_polls_in_flight", "Polls under way", value=stats.in_flight)
        yield CounterMetricFamily("nms_values_stored", "Values handed to the store", value=pipeline.values)
        yield CounterMetricFamily("nms_readings_lost", "Readings the store never took", value=pipeline.lost_readings)
        yield CounterMetricFamily("nms_judging_seconds", "Time spent judging", value=pipeline.judge_seconds)
        yield self._devices()
        yield self._alerts()

    def _devices(self) -> Metric:
        family = GaugeMetricFamily("nms_devices", "Devices by state", labels=["state"])
        states = list(self._engine.live.device_states.values())
        for state in State:
            family.add_metric([state.value], states.count(state))
        return family

    def _alerts(self) -> Metric:
        family = GaugeMetricFamily("nms_alerts", "Open alerts by severity and status", labels=["severity", "status"])
        counted: dict[tuple[str, str], int] = {}
        for alert in self._engine.book.open_alerts():
            place = (alert.severity.word, alert.status.value)
            counted[place] = counted.get(place, 0) + 1
        for place, number in counted.items():
            family.add_metric(list(place), number)
        return family


def own_metrics(engine: Engine, runner: PollRunner) -> Callable[[], bytes]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Own(engine, runner))

    def exposition() -> bytes:
        return generate_latest(registry)

    return exposition
