"""Compares SNMP clients on the same work: 52-port switches of 654 variables each, read over and over.

    python bench/snmp.py                             1, 100 and 1000 devices, dead ones, latency: some ten minutes
    python bench/snmp.py --devices 20 --repeat 1     a quick look
    python bench/snmp.py --clients nms,pysnmp --scenarios 100

The switches are a Python process of their own (`snmp_agent.py`), pinned to the last core where there are two or
more. What counts is the CPU time of the client's process, per million variables read; wall time is limited by the
agent, by the latency and by the timeouts of dead devices. The clients run one after the other within each
repetition, so that a busy machine is unfair to all alike; the figures are medians. Each client first reads every
device once and once more, not counted (the first of this engine learns the devices and is shown as "cold"); a round
that counts is at least 100 polls: a lone device, which is read in less than a millisecond, is polled 100 times in
each, as it would be within two hours.

Peers that are not installed are left out: pysnmp, gufo_snmp (Python packages), snmpget and snmpbulkwalk (net-snmp),
snmp_exporter (in PATH or at $SNMP_EXPORTER).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.snmp_agent import VARIABLES  # noqa: E402
from bench.snmp_clients import exporter_path  # noqa: E402

SLOW_CLIENTS = {"pysnmp", "net-snmp"}
ROUNDS = 4
ROUNDS_OF_SLOW_CLIENTS = {"pysnmp": 1, "net-snmp": 1}
ROUNDS_NOT_COUNTED = 2
NOT_COUNTED_OF_SLOW_CLIENTS = {"pysnmp": 1, "net-snmp": 0}
POLLS_OF_A_ROUND = 100


@dataclass(frozen=True)
class Scenario:
    """How many devices, what share of them dead, how far away."""

    devices: int
    dead: float = 0.0
    latency: float = 0.0

    @property
    def name(self) -> str:
        words = [f"{self.devices} device{'s' * (self.devices > 1)}"]
        if self.dead:
            words.append(f"{self.dead:.0%} dead")
        if self.latency:
            words.append(f"{self.latency * 1000:.0f} ms")
        return ", ".join(words)


def installed() -> list[str]:
    """The clients that can run here."""
    found = ["nms"]
    if importlib.util.find_spec("pysnmp"):
        found.append("pysnmp")
    if shutil.which("snmpget") and shutil.which("snmpbulkwalk"):
        found.append("net-snmp")
    try:
        has_gufo = importlib.util.find_spec("gufo.snmp") is not None
    except ModuleNotFoundError:
        has_gufo = False
    return found + ["gufo_snmp"] * has_gufo + ["snmp_exporter"] * bool(exporter_path())


@contextmanager
def fleet(scenario: Scenario) -> Iterator[int]:
    """Runs the switches; yields their port."""
    cores = sorted(os.sched_getaffinity(0))
    argv = [
        sys.executable,
        str(HERE / "snmp_agent.py"),
        str(scenario.latency),
        str(scenario.dead),
        str(scenario.devices),
    ]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, {cores[-1]})
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()


def not_counted(client: str) -> int:
    """Rounds of one poll in which a client gets to know the devices."""
    return NOT_COUNTED_OF_SLOW_CLIENTS.get(client, ROUNDS_NOT_COUNTED)


def measure(client: str, port: int, scenario: Scenario, timeout: float) -> list[dict[str, float]]:
    """What each round of one client cost."""
    rounds = ROUNDS_OF_SLOW_CLIENTS.get(client, ROUNDS)
    concurrency = 50 if client in SLOW_CLIENTS else max(scenario.devices, 1)
    polls = max(1, POLLS_OF_A_ROUND // scenario.devices)
    numbers = map(str, (port, scenario.devices, not_counted(client), rounds, polls, concurrency, timeout))
    argv = [sys.executable, str(HERE / "snmp_clients.py"), client, *numbers]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"    {client} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return []
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def compare(scenario: Scenario, clients: list[str], repeat: int, timeout: float) -> None:
    """Runs one scenario and prints its table."""
    print(f"\n{scenario.name} ({VARIABLES} variables each)")
    print(f"  {'client':<16}{'CPU s / 1M':>12}{'wall s':>10}{'variables/s':>14}{'memory MB':>12}{'silent':>8}")
    warm: dict[str, list[dict[str, float]]] = {client: [] for client in clients}
    cold: list[dict[str, float]] = []
    with fleet(scenario) as port:
        for _ in range(repeat):
            for client in clients:
                rounds = measure(client, port, scenario, timeout)
                if client == "nms":
                    cold += rounds[:1]
                warm[client] += rounds[not_counted(client) :]
    report("nms, cold", cold)
    for client in clients:
        report(client, warm[client])


def report(name: str, rounds: list[dict[str, float]]) -> None:
    rounds = [one for one in rounds if one["variables"]]
    if not rounds:
        print(f"  {name:<16}{'no answer':>12}")
        return
    cpu = median(one["cpu"] / one["variables"] * 1e6 for one in rounds)
    wall = median(one["wall"] for one in rounds)
    speed = median(one["variables"] / one["polls"] / one["wall"] for one in rounds)
    silent = median(one["silent"] for one in rounds)
    memory = "-" if name == "net-snmp" else f"{max(one['memory'] for one in rounds):.0f}"
    print(f"  {name:<16}{cpu:>12.2f}{wall:>10.4f}{speed:>14,.0f}{memory:>12}{silent:>8.0f}", flush=True)


def scenarios(options: argparse.Namespace) -> list[Scenario]:
    most = options.devices
    every = {
        "1": Scenario(1),
        "100": Scenario(min(100, most)),
        "1000": Scenario(most),
        "dead": Scenario(most, dead=0.1),
        "latency": Scenario(min(100, most), latency=0.02),
    }
    return [every[name] for name in options.scenarios.split(",")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=1000, help="how many at most")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions of each scenario")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds; no retries")
    parser.add_argument("--clients", default=",".join(installed()))
    parser.add_argument("--scenarios", default="1,100,1000,dead,latency")
    parser.add_argument("--slow-limit", type=int, default=100, help="devices at most for clients that take minutes")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the switches end as well
    clients = options.clients.split(",")
    for scenario in scenarios(options):
        slow = scenario.devices > options.slow_limit
        chosen = [client for client in clients if not (slow and client in SLOW_CLIENTS)]
        compare(scenario, chosen, options.repeat, options.timeout)
        if slow and len(chosen) < len(clients):
            print(f"  (pysnmp and net-snmp are left out above {options.slow_limit} devices: see --slow-limit)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
