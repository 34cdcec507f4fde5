"""The time-series store against its peers, in one run: python -m bench.store --devices 60 --days 2

Every engine gets the same polls (see `bench/fleet.py`), in the same order, from the same process. CPU seconds are
those of this process while it serves the engine, and of the engine's own process; wall time would measure whatever
else the machine does. The slow ones stop after `--budget` CPU seconds and are rated by what they took.

    q1 last hour of one series                q4 top 20 interfaces by the 95th percentile of a week
    q2 last day of an interface, 5 minutes    q5 the latest value of every series
    q3 availability of 39 departments, 30 days
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.engines import Blocks, Engine, Victoria, cpu_of, installed, resident_mb, series
from bench.fleet import POLL, T0, Fleet, series_of
from nms.model import Component, DeviceId, Reading

DEPARTMENTS = 39
_IN, _OUT = "interface_in_octets_total", "interface_out_octets_total"


@dataclass
class Result:
    """What one engine did: samples taken, seconds of CPU, waits for a commit, and CPU milliseconds a query."""

    samples: int = 0
    waits: list[float] = field(default_factory=list)
    queries: dict[str, float] = field(default_factory=dict)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=60, help="315 is the whole city hall")
    parser.add_argument("--days", type=float, default=2.0)
    parser.add_argument("--budget", type=float, default=30.0, help="CPU seconds for engines that are slow")
    parser.add_argument("--engines", default="victoria,prometheus,rrdtool,rows")
    parser.add_argument("--folder", type=Path, help="where the data goes (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        engines = installed(Path(folder), options.engines.split(","))
        try:
            run(engines, options.devices, options.days, options.budget)
        finally:
            for engine in engines:
                engine.close()


def run(engines: Sequence[Engine], devices: int, days: float, budget: float) -> None:
    """Writes everything to everybody, asks, and prints."""
    fleet = Fleet(devices)
    results = {engine.name: Result() for engine in engines}
    for engine in engines:
        if engine.takes_all:
            _history(engine)
            engine.settled()
    spent_before = {engine.name: engine.cpu() for engine in engines}
    generator = 0.0
    polls = int(days * 1440)
    for n in range(polls):
        began = time.thread_time()
        readings = fleet.poll()
        generator += time.thread_time() - began
        for engine in engines:
            spent = engine.cpu() - spent_before[engine.name]
            if engine.takes_all or spent < budget:
                _write(engine, readings, results[engine.name])
                if n % 60 == 59:
                    engine.hourly(T0 + (n + 1) * POLL)
        if n == 0:
            gc.collect()
            gc.freeze()  # as the daemon does, for all engines
    end = T0 + polls * POLL
    for engine in engines:
        engine.finish(end)
    spent_cpu = {engine.name: engine.cpu() - spent_before[engine.name] for engine in engines}
    for engine in engines:
        if engine.takes_all:
            results[engine.name].queries = _asked(engine, fleet, end, min(7.0, days))
    print(f"{series_of(fleet.poll())} series, {polls} polls; generator {generator:.1f} CPU s")
    _print(engines, results, spent_cpu, days)


def _write(engine: Engine, readings: list[Reading], result: Result) -> None:
    cpu, wall = time.thread_time(), time.perf_counter()
    engine.write(readings)
    result.waits.append(time.perf_counter() - wall)
    engine.client_cpu += time.thread_time() - cpu
    result.samples += series_of(readings)


def _department(n: int) -> DeviceId:
    return DeviceId(f"department-{n:02}")


def _history(engine: Engine) -> None:
    """Thirty days of one state a minute for each department, before the run begins."""
    dice = np.random.default_rng(5)
    whole = (Component("device", ""),)
    for day in range(30):
        start = T0 - (30 - day) * 86_400
        for hour in range(24):
            batch = []
            for n in range(DEPARTMENTS):
                for minute in range(60):
                    at = start + hour * 3600 + minute * 60 + round(float(dice.random()) * 0.05, 3)
                    up = int(dice.random() > 0.001)
                    batch.append(Reading(_department(n), "reachability", at, whole, {"device_up": [up]}))
            engine.write(batch)
        engine.hourly(start + 86_400 + 6 * 3600)


def _asked(engine: Engine, fleet: Fleet, end: float, week_days: float) -> dict[str, float]:
    switch = fleet.names["sw"][0]
    if isinstance(engine, Blocks):
        questions = _of_blocks(engine, switch, end, week_days)
    elif isinstance(engine, Victoria):
        questions = _of_victoria(engine, switch, end, week_days)
    else:
        return {}
    return {name: _median_cpu(engine, question) for name, question in questions.items()}


def _median_cpu(engine: Engine, question: Callable[[], object], times: int = 5) -> float:
    """CPU milliseconds of this process and the engine's, which ticks in hundredths: many rounds make up for it."""
    question()
    began, server = time.process_time(), cpu_of(engine.pid) if engine.pid else 0.0
    rounds = 0
    while rounds < times or time.process_time() - began + (cpu_of(engine.pid) - server if engine.pid else 0) < 0.3:
        question()
        rounds += 1
        if rounds == 500:
            break
    spent = time.process_time() - began + (cpu_of(engine.pid) - server if engine.pid else 0.0)
    return spent / rounds * 1000


def _of_blocks(engine: Blocks, switch: str, end: float, week_days: float) -> dict[str, Callable[[], object]]:
    store = engine.store
    into, out = (series(switch, "interface", "Gi1/0/1", metric) for metric in (_IN, _OUT))
    ups = [series(_department(n), "device", "", "device_up") for n in range(DEPARTMENTS)]
    day = end - 86_400
    return {
        "q1": lambda: store.read(into, end - 3600, end),
        "q2": lambda: (store.read(into, day, end, 300), store.read(out, day, end, 300)),
        "q3": lambda: [store.read(up, T0 - 30 * 86_400, T0, 30 * 86_400).values[0] for up in ups],
        "q4": lambda: store.top(_IN, end - week_days * 86_400, end, 95, 20),
        "q5": lambda: len(store.latest()),
    }


def _of_victoria(engine: Victoria, switch: str, end: float, week_days: float) -> dict[str, Callable[[], object]]:
    port = f'{{device="{switch}",component="Gi1/0/1"}}'
    hours = round(week_days * 24)
    day = end - 86_400
    return {
        "q1": lambda: engine.ask_range(f"rate(nms_{_IN}{port}[2m])", end - 3600, end, 60),
        "q2": lambda: [engine.ask_range(f"rate(nms_{m}{port}[5m])", day, end, 300) for m in (_IN, _OUT)],
        "q3": lambda: engine.ask('avg_over_time(nms_device_up{device=~"department.*"}[30d])', T0),
        "q4": lambda: engine.ask(f"topk(20, quantile_over_time(0.95, rate(nms_{_IN}[5m])[{hours}h:5m]))", end),
        "q5": lambda: engine.ask('last_over_time({__name__=~"nms_.*"}[5m])', end),
    }


def _print(engines: Sequence[Engine], results: dict[str, Result], spent: dict[str, float], days: float) -> None:
    print("| store | samples / CPU s | commit p50 / p99 ms | bytes / sample | MB resident | q1 to q5, CPU ms |")
    print("|---|---|---|---|---|---|")
    for engine in engines:
        result, cpu = results[engine.name], spent[engine.name]
        p50, p99 = np.percentile(np.array(result.waits) * 1000, [50, 99])
        octets = engine.size()
        asked = " / ".join(f"{value:.1f}" for value in result.queries.values()) or "-"
        memory = resident_mb(engine.pid) if engine.pid else float("nan")
        print(
            f"| {engine.name} | {result.samples / cpu / 1e6:.2f} M | {p50:.1f} / {p99:.1f} "
            f"| {octets / max(result.samples, 1):.2f} | {memory:.0f} | {asked} |"
        )
    for engine in engines:
        if isinstance(engine, Blocks):
            tiers = engine.store.usage().tiers
            print(
                f"nms blocks: writing {engine.client_cpu:.1f} CPU s, maintenance {engine.maintenance:.1f} "
                f"(days and roll-ups {engine.rolling:.1f}, a day {engine.rolling / max(days, 1e-9):.1f}); "
                f"bytes by tier {dict(sorted(tiers.items()))}"
            )


if __name__ == "__main__":
    main()
